"""Whoever is not let in is a line of the log, by the code of the refusal, and nothing that was sent."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.app.operations.heard import Heard, hearing
from tests.app.operations.house import House, housed, root

from tallystick.app.login import session_cookie

marker = "XYMARKERYX"
token = (marker * 5)[:43]
basic = base64.b64encode(f"300%3A{root}:{marker}".encode()).decode()
proof = {"person": root, "nonce": marker, "sig": base64.b64encode(marker.encode() * 7).decode()}


@dataclass(frozen=True)
class Bad:
    """A request with something that lets nobody in, and the code that says so."""

    code: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)


def bearing(shown: str) -> dict[str, str]:
    return {"Authorization": shown}


bad = (
    Bad("login-challenge-over", "POST", "/v1/login", told={"json": proof}),
    Bad("login-refused", "POST", "/login", told={"data": {"person": marker, "nonce": marker}}),
    Bad("login-refused", "GET", f"/v1/login?note={marker}", {"Cookie": f"{session_cookie}={marker}"}),
    Bad("foreign-site", "POST", "/v1/login", {"Cookie": f"{session_cookie}={marker}", "Origin": f"https://{marker}.example"}),
    Bad("foreign-site", "POST", "/login", {"Sec-Fetch-Site": "cross-site"}, {"data": {"sig": marker}}),
    Bad("token-unknown", "GET", "/log/head?kind=handle&name=x", bearing(f"Bearer tally_{marker}")),
    Bad("token-unknown", "GET", "/", bearing(f"Bearer tally_{marker}")),
    Bad("token-unknown", "GET", "/", bearing(f"Digest {marker}")),
    Bad("access-token-refused", "GET", "/finance/v1/certificates", bearing(f"Bearer {marker}.{marker}.{marker}")),
    Bad("credentials-ambiguous", "GET", "/finance/v1/certificates", bearing(f"Bearer {marker}, Bearer {marker}")),
    Bad("oauth-client-refused", "POST", "/oauth/token", bearing(f"Basic {basic}"), {"data": {"grant_type": "client_credentials"}}),
    Bad("oauth-client-refused", "POST", "/oauth/token", told={"data": {"grant_type": marker, "client_id": marker}}),
    Bad("handle-authentication-needed", "GET", "/api/handles/99/T-000001", bearing(f"Basic {basic}")),
    Bad("handle-authentication-needed", "GET", "/", bearing(f"Basic {basic}")),
    Bad("handle-session-ended", "PUT", "/api/sessions/this", bearing(f'Handle sessionId="{marker}"')),
    Bad("invitation-unknown", "POST", "/v1/invitations/look", told={"json": {"token": token}}),
    Bad("invitation-unknown", "POST", "/v1/devices/invitations/look", told={"json": {"token": token}}),
    Bad("enrolment-malformed", "POST", "/v1/devices/renewals", told={"json": {"old": marker}}),
    Bad("hand-over-unknown", "POST", "/v1/handovers/look", told={"json": {"token": token}}),
    Bad("draft-not-yours", "POST", "/v1/handovers", told={"json": {"payload": marker}}),
    Bad("application-unknown", "GET", "/v1/applications/A-0000000000000/own", {"Application-Token": token}),
    Bad("directory-unbound", "GET", f"/login/directory?organisation=99/{marker}"),
    Bad("directory-refused", "GET", f"/login/directory/back?state={marker}&code={marker}", {"Cookie": f"tallystick_directory={marker}"}),
)  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Heard]]:
    with hearing() as heard, housed(tmp_path_factory.mktemp("refusals")) as house:
        # Over TLS, and not from this machine: as programs elsewhere ask.
        house.client.base_url = "https://testserver"  # type: ignore[assignment]
        yield house, heard


@pytest.mark.parametrize("one", bad, ids=lambda one: f"{one.code} {one.path[:30]}")
def test_what_lets_nobody_in_is_told_by_its_code_alone(told: tuple[House, Heard], one: Bad) -> None:
    house, heard = told
    before = len(heard.lines())
    house.client.cookies.clear()
    answer = house.client.request(one.method, one.path, headers=one.headers, **one.told)
    assert 400 <= answer.status_code < 500, answer.text
    lines = heard.lines()[before:]
    (refused,) = [line for line in lines if line["event"] == "refused"]
    assert set(refused) == {"time", "level", "event", "code", "request_id"}
    assert refused["code"] == one.code
    assert refused["request_id"] == answer.headers["x-request-id"]
    assert marker not in heard.text


def test_what_is_not_there_is_no_refusal(told: tuple[House, Heard]) -> None:
    """Public reads stay as cheap as they were."""
    house, heard = told
    before = len(heard.lines())
    for path in ("/api/handles/99/T-999999", "/certificates/0", "/items/99/T-9", "/nowhere"):
        assert house.client.get(path).status_code in (400, 404, 422)
    assert not [line for line in heard.lines()[before:] if line["event"] == "refused"]
