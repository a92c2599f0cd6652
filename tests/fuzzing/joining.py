"""Routes of invitations of people, with bodies that they take: one invitation for each, of one firm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from tests.app.joining.rig import Rig, path, rigged
from tests.fuzzing.applying import Given
from tests.identity.people.firm import first

from tallystick.app.enrolling import desk

_api = "app/tallystick/app/joining/api.py"
#: Where each stands in the sources, and the fixture that serves it.
joining_routes = {
    (_api, ""): "joining_invite",
    (_api, "/look"): "joining_look",
    (_api, "/requests"): "joining_ask",
    (_api, "/requests/{known}/approval"): "joining_approval",
    (_api, "/requests/{known}/signature"): "joining_signature",
    (_api, "/requests/{known}/refusal"): "joining_refusal",
    ("app/tallystick/app/notices/api.py", "/v1/notices/seen"): "joining_seen",
    ("app/tallystick/app/notices/api.py", "/notices/seen"): "joining_page",
}


@pytest.fixture(scope="session")
def joining_firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    home = tmp_path_factory.mktemp("fuzzed-firm")
    with (
        rigged(home, f"sqlite:///{home / 'ledger.sqlite3'}") as made,
        pytest.MonkeyPatch.context() as patched,
    ):
        # Many are invited here within minutes.
        patched.setattr(desk, "open_max", 10**6)
        yield made


def given(rig: Rig, fixture: str) -> Given:
    """Client, path, seeds, headers and method."""
    name = fixture.rpartition("_")[2]
    officer, guest = rig.login(first), rig.guest(passkey=False)
    if name in ("seen", "page"):
        where = "/v1/notices/seen?index=1" if name == "seen" else "/notices/seen?index=x"
        return officer, where, [b"{}"], {}, "POST"
    if name == "invite":
        return officer, path, [b'{"purpose":"person","roles":["maker"]}'], {}, "POST"
    address = rig.invite(officer)
    if name == "look":
        return rig.client, f"{path}/look", [_bytes({"token": guest.look(address)})], {}, "POST"
    if name == "ask":
        return rig.client, f"{path}/requests", [_bytes(guest.request(address))], {}, "POST"
    guest.asks(address)
    known = guest.invitation["id"]
    where = f"{path}/requests/{known}/{name}"
    if name == "refusal":
        return officer, where, [b"{}"], {}, "POST"
    if name == "approval":
        return rig.client, where, [_bytes(rig.approval(officer, known, first))], {}, "POST"
    rig.approve(officer, known, first)
    return rig.client, where, [_bytes({"sig": "A" * 86 + "=="})], {}, "POST"


def _bytes(said: Any) -> bytes:
    return orjson.dumps(said)
