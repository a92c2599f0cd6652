"""The interface description names how each operation is called, and the node does as it says."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.app.machines.conftest import Asked

from tallystick.app.machines.openapi import security
from tallystick.app.machines.scopes import every_read, needed, of_types, scopes
from tallystick.app.permissions import resource_of

verbs = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@pytest.fixture(scope="module")
def told(asked: Asked) -> dict[str, Any]:
    return asked.client.get("/openapi.json").json()


def operations(told: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
        if method in verbs
    ]


def test_every_scheme_is_declared_and_every_operation_says_which_it_takes(
    told: dict[str, Any],
) -> None:
    schemes = told["components"]["securitySchemes"]
    flow = schemes["oauth2"]["flows"]["clientCredentials"]
    assert flow["scopes"] == scopes
    assert flow["tokenUrl"].endswith("/oauth/token")
    listed = operations(told)
    assert len(listed) > 60
    for method, path, operation in listed:
        assert "security" in operation, (method, path)
        for one in operation["security"]:
            assert set(one) <= set(schemes), (method, path)
            assert set(one.get("oauth2", ())) <= set(scopes)
        # What changes something is never open to whoever comes by; applicants prove theirs by its token.
        if path.startswith("/v1/applications/"):
            continue
        if method in ("put", "delete") or (method, path) in (("post", "/v1/handles"),):
            assert {} not in operation["security"], (method, path)


def test_every_operation_asks_for_the_scopes_of_its_resource(told: dict[str, Any]) -> None:
    for method, path, _ in operations(told):
        part = resource_of(path).part
        found = needed(method.upper(), path)
        assert found == (set() if part == "nobody" else {f"{part}:{_verb(method)}"}), (method, path)


def _verb(method: str) -> str:
    return "read" if method in ("get", "head", "options") else "write"


def test_a_token_without_scope_is_told_the_one_that_is_said(
    asked: Asked, told: dict[str, Any]
) -> None:
    client, secret = asked.add("finance:write")
    headers = {"Authorization": f"Bearer {asked.token(client, secret)}"}
    tried = 0
    for method, path, operation in operations(told):
        wanted = [one["oauth2"] for one in operation["security"] if "oauth2" in one]
        if not wanted or wanted[0] == ["finance:write"] or "{" in path.replace("{handle}", ""):
            continue
        address = path.replace("{handle}", "99.7/SN-1")
        answer = asked.client.request(method, address, headers=headers)
        assert answer.status_code == 403, (method, path)
        assert answer.json()["scope"] == " ".join(wanted[0]), (method, path)
        tried += 1
    assert tried > 15


def test_operations_that_need_somebody_refuse_nobody(asked: Asked, told: dict[str, Any]) -> None:
    stranger = TestClient(
        asked.client.app, base_url="https://node.example", client=("192.0.2.7", 5)
    )
    for method, path, operation in operations(told):
        if {} in operation["security"] or path == "/api/sessions":
            continue
        answer = stranger.request(method, path.replace("{handle}", "99.7/SN-1"))
        assert answer.status_code in (400, 401, 403, 404, 422), (method, path, answer.text)


def test_scopes_of_keys_follow_their_entry_types() -> None:
    assert of_types(("*",)) == scopes.keys()
    assert of_types(("identity.*", "trace.capture/1")) == {
        "identity:read", "identity:write", "trace:read", "trace:write",
    }  # fmt: skip
    assert of_types(("ident.*", "finance")) == {"finance:read", "finance:write"}
    assert of_types(()) == frozenset()
    assert security("get", "/somewhere/new")[1] == {"oauth2": sorted(every_read)}
