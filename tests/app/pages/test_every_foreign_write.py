"""Whoever would change what is another's gets what it gets for what is not there, and nothing changes.

Every route with an object in its path is asked with a real one of a supplier's (of its node's, where suppliers have
none), by members of firms that have nothing to do with it, in every role, and by nobody.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.app.joining.rig import Guest
from tests.app.pages.cells import Copy
from tests.app.pages.test_every_write import writes
from tests.app.test_every_route import Route
from tests.ledger.authenticator import plainly

from tallystick.app import permissions
from tallystick.app.demo import cast
from tallystick.app.http import create_app
from tallystick.app.login import LoginDesk, session_cookie
from tallystick.app.login.members import Member
from tallystick.ledger import Envelope, PrivateKey, SigningKey, pae
from tallystick.scanners import Enrolling, NodeClient, read_address

site = "https://testserver"
owner = cast.suppliers[0]
strangers = ("other", "ended", "same-role", "nobody")
#: Bodies that are read before the thing is looked for.
bodies: Mapping[str, Any] = {
    "POST /v1/webhooks/{webhook}/state": {"state": "paused"},
    "POST /v1/applications/{number}/question": {"text": "Which branch?"},
    "POST /v1/applications/{number}/refusal": {"reason": "other"},
    "POST /v1/rotations/{known}/signature": {
        "signature": {"keyid": "300:99.100/P-TRIED", "sig": "AAAA"}
    },
}
#: Routes of whoever holds the token that was given out with the thing.
by_token = "/own"
#: What is written down of looking, and of what was looked at.
kept_of_looking = {"read_row", "read_party", "daily_count", "lookup", "sequencer"}


@dataclass
class Here:
    """An application over the copy, and one real thing for every kind of route."""

    client: TestClient
    copy: Copy
    known: dict[str, str]

    def ids(self, path: str, parameter: str) -> tuple[str, str]:
        """The owner's, and nobody's."""
        if parameter == "known":
            kind = path.split("/")[2]
            return self.known[kind], "0" * 32
        if parameter == "number":
            return self.known["applications"], "A-0000000000000"
        if parameter == "delivery":
            return "0" * 20, "9" * 20
        if parameter == "document":
            return "0" * 64, "1" * 64
        return self.copy.objects.in_path(path, parameter)

    def address(self, path: str, place: int) -> str:
        for part in path.split("{")[1:]:
            name = part.partition("}")[0]
            path = path.replace("{" + name + "}", quote(self.ids(path, name)[place]))
        return path

    def named(self, path: str) -> list[str]:
        names = [part.partition("}")[0] for part in path.split("{")[1:]]
        found = [one for name in names for one in self.ids(path, name)]
        return sorted({*found, *map(quote, found)}, key=len, reverse=True)

    def ask(self, route: Route, address: str, who: str) -> httpx.Response:
        headers = {"cookie": f"{session_cookie}={who}", "origin": site} if who else {}
        body = bodies.get(route.name, {})
        method = route.name.partition(" ")[0]
        answer: httpx.Response = self.client.request(method, address, json=body, headers=headers)
        return answer

    def rows(self) -> dict[str, list[str]]:
        """Everything in the store, by table."""
        with self.copy.node.store.engine.connect() as open_:
            tables = open_.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
            return {
                name: sorted(map(repr, open_.execute(text(f'SELECT * FROM "{name}"'))))
                for (name,) in tables.all()
                if name not in kept_of_looking
            }


@pytest.fixture(scope="module")
def here(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    copy = Copy(demo_home, tmp_path_factory.mktemp("foreign"), owner, cast.bank)

    def member(_desk: LoginDesk, token: str) -> Member | None:
        name, _, role = token.partition("~")
        organisation = copy.organisations.get(name, "")
        person = owner.person(role) if name == "own" else f"99.100/P-TRIED{role.upper()[:8]}"  # type: ignore[arg-type]
        if not organisation:
            return None
        return Member(person, organisation, frozenset({role}), f"300:{person}")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(LoginDesk, "member", member)
        app = create_app(copy.node)
        with TestClient(
            app, base_url=site, raise_server_exceptions=False, follow_redirects=False
        ) as client:
            yield Here(client, copy, waiting(client, copy))


def waiting(client: TestClient, copy: Copy) -> dict[str, str]:
    """What waits of the owner's: a new member, a device, a key in the place of another; and an application."""
    made = Here(client, copy, {})
    guest = Guest(client, passkey=False)
    asked = {"purpose": "person", "roles": ["maker"]}
    told = own(made, "POST", "/v1/invitations", asked, "administrator")
    answer = guest.asks(told["address"])
    assert answer.status_code == 201, answer.text
    wish = {"organisation": owner.handle, "purpose": "scanner"}
    address = own(made, "POST", "/v1/devices/invitations", wish, "administrator")["address"]
    device = Enrolling(NodeClient("", client), PrivateKey.generate())
    token = read_address(address).token
    begun = device.ask(token, "Gate 1", device.node.look(token))
    return {
        "invitations": guest.invitation["id"], "devices": begun.id, "rotations": rotated(made),
        "applications": copy.application.number,
    }  # fmt: skip


def rotated(made: Here) -> str:
    """The maker asks for a key in the place of its own."""
    old, fresh = cast.key(f"300:{owner.maker}"), PrivateKey.generate()
    wish = {"old": old.keyid, "jwk": fresh.public.jwk()}
    told = own(made, "POST", "/v1/rotations/drafts", wish, "maker")
    payload = base64.b64decode(told["payload"])
    keys = (old, SigningKey(f"301:{owner.maker}", fresh))
    envelope = Envelope(payload, tuple(plainly(one)(pae(payload)) for one in keys))
    signed = {
        "envelope": orjson.loads(envelope.encode()),
        "body": told["body"],
        "salt": told["salt"],
    }
    return str(own(made, "POST", "/v1/rotations", signed, "maker")["id"])


def own(made: Here, method: str, path: str, told: Any, role: str) -> Any:
    headers = {"cookie": f"{session_cookie}=own~{role}", "origin": site}
    answer = made.client.request(method, path, json=told, headers=headers)
    assert answer.status_code < 300, answer.text
    return answer.json()


def test_what_is_anothers_is_as_if_it_were_not_there(here: Here) -> None:
    routes = [
        one for one in writes(here.client.app) if "{" in one.path and by_token not in one.path
    ]
    assert len(routes) > 20
    wrong: list[str] = []
    before = here.rows()
    for route in routes:
        for relation in strangers:
            for role in permissions.roles if relation != "nobody" else ("",):
                who = f"{relation}~{role}" if role else ""
                real, unknown = (
                    told(
                        here.ask(route, here.address(route.path, place), who),
                        here.named(route.path),
                    )
                    for place in (0, 1)
                )
                if real != unknown:
                    wrong.append(f"{route.name} {who}: {real} | {unknown}")
        changed = [name for name, rows in here.rows().items() if rows != before[name]]
        if changed:
            wrong.append(f"{route.name} changed {changed}")
            before = here.rows()
    assert wrong == [], "\n".join(wrong)


def test_what_was_asked_for_was_there(here: Here) -> None:
    """The owner's own people are heard about the same things."""
    for path, role in (
        ("/v1/invitations/requests/{known}/refusal", "administrator"),
        ("/v1/devices/requests/{known}/refusal", "administrator"),
        ("/v1/rotations/{known}/refusal", "maker"),
        ("/v1/webhooks/{webhook}/state", "administrator"),
    ):
        own(here, "POST", here.address(path, 0), {"state": "paused"}, role)


def told(answer: httpx.Response, named: list[str]) -> tuple[int, str]:
    """Status and text, without the names that were asked for."""
    assert answer.status_code >= 400, answer.text
    said = answer.text
    for name in named:
        said = said.replace(name, "?") if len(name) > 3 else said
    if answer.headers["content-type"].startswith("text/html"):
        return answer.status_code, said.partition("<main")[2].partition("</main>")[0]
    found = orjson.loads(said)
    return answer.status_code, str({**found, "request_id": ""})
