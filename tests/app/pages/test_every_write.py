"""Who may ask a route to change something: every one of them, by every role, before a word of the body is read.

What an entry may say is the rule's to judge (tests/app/permitted); here are the routes beside `/v1/entries`.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from fastapi.testclient import TestClient
from tests.app.test_every_route import Route, routes_of

from tallystick.app import permissions
from tallystick.app.access import needs_no_key
from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast
from tallystick.app.http import create_app
from tallystick.app.login import LoginDesk, session_cookie
from tallystick.app.login.members import Member, by_directory

site = "https://testserver"
officers = {"administrator", "security-administrator"}
#: By what routes know who asks that take no login.
otherwise: dict[str, str] = {
    "POST /v1/entries": "each entry is signed",
    **dict.fromkeys(("POST /api/sessions", "PUT /api/sessions/this", "POST /api/sessions/this", "DELETE /api/sessions/this"), "a handle server's key"),
    **dict.fromkeys(("POST /v1/devices/invitations/look", "POST /v1/devices/requests", "POST /v1/devices/renewals", "POST /v1/devices/requests/{known}/approval", "POST /v1/devices/requests/{known}/signature"), "the token of an invitation, and an officer's signature"),
    **dict.fromkeys(("POST /v1/invitations/look", "POST /v1/invitations/requests", "POST /v1/invitations/requests/{known}/approval", "POST /v1/invitations/requests/{known}/signature"), "the token of an invitation, and an officer's signature"),
    **dict.fromkeys(("POST /v1/applications", "PUT /v1/applications/{number}/own", "POST /v1/applications/{number}/own/papers", "DELETE /v1/applications/{number}/own/papers/{paper}", "POST /v1/applications/{number}/own/people/message", "PUT /v1/applications/{number}/own/people", "POST /v1/applications/{number}/own/submission", "POST /v1/applications/{number}/own/withdrawal"), "the applicant's own token"),
    **dict.fromkeys(("POST /v1/documents", "POST /v1/documents/queue/retry", "DELETE /v1/documents/queue/{document}", "POST /v1/handles"), "a program's token or signature"),
    **dict.fromkeys(("POST /v1/login/challenge", "POST /v1/login", "DELETE /v1/login", "POST /login", "POST /logout"), "how one logs in and out"),
    **dict.fromkeys(("POST /oauth/token", "POST /oauth/revoke"), "a program's secret"),
    "POST /epcis/validate": "changes nothing",
}  # fmt: skip


def writes(app: object) -> list[Route]:
    found = routes_of(app.routes)  # type: ignore[attr-defined]
    return [one for one in found if one.name != one.path and not one.name.startswith("OPTIONS ")]


@pytest.fixture
def client(demo_node: Node, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The cookie says in which role somebody of the core enterprise asks."""
    core = cast.core

    def member(_desk: LoginDesk, role: str) -> Member:
        person = core.person(role) if role in core.roles else f"99.100/P-TRIED{role.upper()[:8]}"  # type: ignore[arg-type]
        return Member(person, core.handle, frozenset({role}), "300:x")

    monkeypatch.setattr(LoginDesk, "member", member)
    with TestClient(
        create_app(demo_node), base_url=site, raise_server_exceptions=False, follow_redirects=False
    ) as made:
        yield made


def ask(client: TestClient, route: Route, role: str) -> httpx.Response:
    method, _, path = route.name.partition(" ")
    for part in path.split("{")[1:]:
        path = path.replace("{" + part.partition("}")[0] + "}", "0" * 32)
    headers = {"cookie": f"{session_cookie}={role}", "origin": site} if role else {}
    answer: httpx.Response = client.request(method, path, json={}, headers=headers)
    return answer


def test_every_route_that_changes_something_knows_who_asks(client: TestClient) -> None:
    assert {one.name for one in writes(client.app) if not one.reads} == set(otherwise)


def test_whoever_has_no_role_for_a_thing_does_not_get_as_far_as_the_body(
    client: TestClient,
) -> None:
    refused = 0
    for route in writes(client.app):
        if not route.reads:
            continue
        resource = permissions.resource_of(route.path)
        for role in permissions.roles:
            answer = ask(client, route, role)
            assert answer.status_code >= 400, (route.name, role)
            if role in resource.read_by or resource.open:
                continue
            assert answer.status_code == 403, (route.name, role, answer.text)
            page = answer.headers["content-type"].startswith("text/html")
            assert page or answer.json()["code"] == "role-missing", (route.name, role)
            refused += 1
        assert ask(client, route, "").status_code >= 400, route.name
    assert refused > 90


def test_whoever_came_by_a_directory_changes_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory that was broken into could have had a firm's entries sent to itself, or let people in."""
    core = cast.core

    def member(_desk: LoginDesk, role: str) -> Member:
        roles = frozenset[str](core.roles)
        return Member(core.person("maker"), core.handle, roles, f"{by_directory}7:{role}")

    monkeypatch.setattr(LoginDesk, "member", member)
    passed = set()
    for route in writes(client.app):
        # Users of the Handle API log in by sessions of its own.
        if not route.reads or route.path.startswith("/api/handles"):
            continue
        answer = ask(client, route, "maker")
        if "directory-only-reads" in answer.text:
            assert answer.status_code == 403, route.name
        else:
            passed.add(route.path)
    assert passed == set(needs_no_key)
    headers = {"cookie": f"{session_cookie}=maker", "origin": site}
    assert client.get("/v1/login", headers=headers).json()["person"] == core.person("maker")


@pytest.mark.parametrize("role", cast.core.roles)
@pytest.mark.parametrize(
    ("path", "body", "may"),
    [
        ("/v1/invitations", {"purpose": "person", "roles": ["maker"]}, officers),
        (
            "/v1/devices/invitations",
            {"organisation": cast.core.handle, "purpose": "scanner"},
            officers | {"warehouse"},
        ),
        ("/v1/webhooks", {"address": "https://hooks.example/in"}, officers),
    ],
    ids=["people", "devices", "webhooks"],
)
def test_who_lets_in_people_devices_and_webhooks(
    client: TestClient, path: str, body: dict[str, object], may: set[str], role: str
) -> None:
    headers = {"cookie": f"{session_cookie}={role}", "origin": site}
    answer = client.post(path, json=body, headers=headers)
    assert answer.status_code == (201 if role in may else 403), answer.text
