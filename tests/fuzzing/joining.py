"""Routes of invitations of people, with bodies that they take: one invitation for each, of one firm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from tests.app.joining.rig import Rig, path, rigged
from tests.app.rotating import test_rotations as rotations
from tests.fuzzing.applying import Given
from tests.identity.people.firm import first, maker, second
from tests.ledger.authenticator import plainly
from tests.ledger.world import key

from tallystick.app.enrolling import desk
from tallystick.ledger import PrivateKey, SigningKey

_api = "app/tallystick/app/joining/api.py"
_rotating = "app/tallystick/app/rotating/api.py"
#: Where each stands in the sources, and the fixture that serves it.
joining_routes = {
    (_api, ""): "joining_invite",
    (_api, "/look"): "joining_look",
    (_api, "/requests"): "joining_ask",
    (_api, "/requests/{known}/approval"): "joining_approval",
    (_api, "/requests/{known}/signature"): "joining_signature",
    (_api, "/requests/{known}/refusal"): "joining_refusal",
    (_rotating, "/drafts"): "joining_rotation-draft",
    (_rotating, ""): "joining_rotation",
    (_rotating, "/{known}/signature"): "joining_rotation-signature",
    (_rotating, "/{known}/refusal"): "joining_rotation-refusal",
    ("app/tallystick/app/notices/api.py", "/v1/notices/seen"): "joining_seen",
    ("app/tallystick/app/notices/api.py", "/notices/seen"): "joining_page",
}


@pytest.fixture(scope="module")
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
    if name.startswith("rotation"):
        return _rotation(rig, officer, name.partition("-")[2])
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


def _rotation(rig: Rig, officer: TestClient, name: str) -> Given:
    """Of a member's key; the officer countersigns."""
    browser, fresh = rig.login(maker), PrivateKey.generate()
    if name == "draft":
        told = {"old": f"300:{maker}", "jwk": fresh.public.jwk()}
        return browser, f"{rotations.path}/drafts", [_bytes(told)], {}, "POST"
    draft = rotations.drafted(browser, f"300:{maker}", fresh).json()
    both = key(f"300:{maker}"), SigningKey(f"301:{maker}", fresh)
    asked = rotations.signed(draft, *both)
    if name == "":
        return browser, rotations.path, [_bytes(asked)], {}, "POST"
    known = browser.post(rotations.path, json=asked).json()["id"]
    where = f"{rotations.path}/{known}/{name}"
    if name == "refusal":
        return officer, where, [b"{}"], {}, "POST"
    given = plainly(key(f"300:{second}"))(b"other bytes").members()
    return officer, where, [_bytes({"signature": given})], {}, "POST"


def _bytes(said: Any) -> bytes:
    return orjson.dumps(said)
