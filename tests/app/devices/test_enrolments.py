"""From an invitation to a device: by a person's signature and the device's, and by nothing less."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.app.devices.desk import Desk, approval, gate
from tests.identity.devices.captured import capture, reading
from tests.identity.devices.enrolled import administrator
from tests.identity.devices.factories import Factory
from tests.ledger.world import core, key, supplier

from tallystick.app.devices.asked import Invite
from tallystick.app.devices.enrolments import draft_of
from tallystick.app.enrolling.desk import open_max, waits_ms
from tallystick.identity import AddDevice, devices
from tallystick.ledger import (
    Author,
    PrivateKey,
    Signature,
    SigningKey,
    StreamAuthor,
    audit,
    pae,
    suites,
)
from tallystick.scanners import (
    Enrolling,
    EnrolmentDeclined,
    EnrolmentForeign,
    InvitationRefused,
    read_address,
)


@pytest.mark.parametrize("suite", suites)
def test_a_device_is_invited_asks_is_approved_and_speaks(desk: Desk, suite: str) -> None:
    made = desk.invite()
    assert made["address"].startswith("https://node.example/scan/enrol#t=")
    own = PrivateKey.from_seed(b"a seed of thirty-two bytes long!", suite)
    device, invitation, asked = desk.asks(made["address"], "东门 1", own)
    assert (invitation.organisation, invitation.purpose) == (core, "scanner")
    assert asked.state == "requested"
    _, waiting = desk.get(f"/requests?organisation={core}", "core")
    assert [one["digits"] for one in waiting["requests"]] == [device.digits]
    assert device.go_on(invitation, asked.id).state == "requested"
    assert desk.approve(asked.id)[0] == 200
    done = device.go_on(invitation, asked.id)
    assert (done.state, done.device) == ("enrolled", gate)
    assert device.go_on(invitation, asked.id) == done
    speaking = Author(
        desk.world.origin, gate, SigningKey(f"300:{gate}", own), desk.world.clock, desk.world.random
    )
    scanned = capture(desk.world, StreamAuthor(speaking), reading())
    assert desk.log.submit([scanned])[0].accepted
    _, told = desk.get(f"?organisation={core}", "core")
    (row,) = [one for one in told["devices"] if one["device"] == gate]
    assert (row["name"], row["state"], row["entries"]) == ("东门 1", "active", 1)
    audit(desk.world.store, desk.world.rules, desk.world.ledger.directory, desk.world.checker)


def test_a_token_is_good_once_for_minutes_and_stands_nowhere(desk: Desk) -> None:
    made = desk.invite(minutes=5)
    token = read_address(made["address"]).token
    with desk.node.store.read() as transaction:
        rows = str(list(transaction.rows("device_invitation")))
    assert token not in rows
    assert devices.hash_of(token) in rows
    desk.asks(made["address"])
    for path in ("invitations/look", "requests"):
        told = {"token": token}
        if path == "requests":
            told |= _signed(desk, token)
        status, said = desk.post(path, told)
        assert (status, said["code"]) == (409, "invitation-used")
    late = read_address(desk.invite(minutes=5)["address"]).token
    desk.world.clock.advance(5 * 60_000)
    status, said = desk.post("invitations/look", {"token": late})
    assert (status, said["code"]) == (410, "invitation-expired")
    status, said = desk.post("requests", {"token": late, **_signed(desk, late)})
    assert (status, said["code"]) == (410, "invitation-expired")
    status, said = desk.post("invitations/look", {"token": "A" * 43})
    assert (status, said["code"]) == (404, "invitation-unknown")


def test_whoever_asks_has_the_key(desk: Desk) -> None:
    token = read_address(desk.invite()["address"]).token
    good = _signed(desk, token)
    for wrong in (
        {"name": "Another"},
        {"jwk": PrivateKey.generate().public.jwk()},
        {"signature": base64.b64encode(bytes(64)).decode()},
    ):
        status, said = desk.post("requests", {"token": token, **good, **wrong})
        assert (status, said["code"]) == (403, "enrolment-proof-wrong")
    other = read_address(desk.invite()["address"]).token
    status, said = desk.post("requests", {"token": other, **good})
    assert (status, said["code"]) == (403, "enrolment-proof-wrong")
    assert desk.post("requests", {"token": token, **good})[0] == 201


@pytest.mark.parametrize("name", ["", " Gate", "a\u202eb", "x" * 61, "line\nbreak", "e\u0301"])
def test_names_that_could_mislead_are_refused(desk: Desk, name: str) -> None:
    token = read_address(desk.invite()["address"]).token
    status, said = desk.post("requests", {"token": token, **_signed(desk, token, name)})
    assert (status, said["code"]) == (422, "enrolment-malformed")


@pytest.mark.parametrize("by", ["", "supplier", "auditor"])
def test_only_who_speaks_for_the_organisation_invites_and_refuses(desk: Desk, by: str) -> None:
    wish = {"organisation": core, "purpose": "scanner"}
    status, said = desk.post("invitations", wish, by)
    assert (status, said["code"]) == (404, "not-your-devices")
    _, _, asked = desk.asks(desk.invite()["address"])
    status, said = desk.post(f"requests/{asked.id}/refusal", None, by)
    assert (status, said["code"]) == (404, "invitation-unknown")
    status, said = desk.get(f"?organisation={core}", by)
    assert status == (200 if by == "auditor" else 404)


def test_a_refused_device_is_told(desk: Desk) -> None:
    device, invitation, asked = desk.asks(desk.invite()["address"])
    assert desk.post(f"requests/{asked.id}/refusal", None, "core")[0] == 200
    assert device.go_on(invitation, asked.id).state == "refused"
    status, said = desk.approve(asked.id)
    assert (status, said["code"]) == (403, "enrolment-refused")
    with pytest.raises(EnrolmentDeclined, match="enrolment-refused"):
        device.node.sign(asked.id, bytes(64))


def test_nobody_approves_in_a_persons_place(desk: Desk) -> None:
    """The node knows request and token; a stranger knows both too. Only the person's own signature approves."""
    device, invitation, asked = desk.asks(desk.invite()["address"])
    draft = draft_of(desk.enrolments.by_id(asked.id))
    for by, reference in (
        (administrator, f"300:{supplier}"),
        (supplier, f"300:{supplier}"),
        ("99.100/P-MAKER00000000", "300:99.100/P-MAKER00000000"),
        (administrator, f"300:{core}"),
    ):
        made = draft.unsigned(desk.world.origin, by, gate, desk.world.clock.now_ms())
        own = key(reference)
        signature = Signature(own.keyid, own.private.sign(pae(made.payload)))
        status, said = desk.post(f"requests/{asked.id}/approval", approval(made, signature))
        assert (status, said["code"]) == (403, "enrolment-proof-wrong"), (by, reference)
    forged = Signature(f"300:{administrator}", bytes(64))
    made = draft.unsigned(desk.world.origin, administrator, gate, desk.world.clock.now_ms())
    status, said = desk.post(f"requests/{asked.id}/approval", approval(made, forged))
    assert (status, said["code"]) == (403, "enrolment-proof-wrong")
    assert device.go_on(invitation, asked.id).state == "requested"


@pytest.mark.parametrize(
    "changed",
    [
        {"purpose": "service"},
        {"jwk": PrivateKey.generate().public.jwk()},
        {"replaces": "99.100.1/x"},
    ],
)
def test_what_is_approved_is_what_was_asked(desk: Desk, changed: dict[str, Any]) -> None:
    _, _, asked = desk.asks(desk.invite()["address"])
    status, said = desk.approve(asked.id, **changed)
    assert (status, said["code"]) == (422, "enrolment-malformed")


@pytest.mark.parametrize("payload", [10**30, [], {}, None, "", "AAAA", True])
def test_an_approval_that_is_no_envelope(desk: Desk, payload: object) -> None:
    """A number that no JSON library of ours writes made the route fail (fuzzing)."""
    _, _, asked = desk.asks(desk.invite()["address"])
    told = desk.approval(asked.id)
    told["envelope"]["payload"] = payload
    answer = desk.client.post(f"/v1/devices/requests/{asked.id}/approval", content=json.dumps(told))
    assert (answer.status_code, answer.json()["code"]) == (422, "enrolment-malformed")


def test_a_device_signs_nothing_that_it_did_not_ask_for(desk: Desk) -> None:
    """A node that swapped key, class or organisation gets no signature, and so no device."""
    device, invitation, asked = desk.asks(desk.invite()["address"])
    desk.approve(asked.id)
    for shown in (
        {"organisation": supplier},
        {"purpose": "printer"},
        {"origin": "another.example/log"},
    ):
        with pytest.raises(EnrolmentForeign):
            device.go_on(invitation.model_copy(update=shown), asked.id)
    thief = Enrolling(device.node, PrivateKey.generate())
    with pytest.raises(EnrolmentForeign):
        thief.go_on(invitation, asked.id)
    with pytest.raises(EnrolmentDeclined, match="enrolment-proof-wrong"):
        device.node.sign(asked.id, bytes(64))
    assert device.go_on(invitation, asked.id).state == "enrolled"


def test_a_handle_that_is_taken_brings_the_request_back(desk: Desk) -> None:
    """The person chose a handle that somebody else got meanwhile: nothing is lost, and the person chooses again."""
    device, invitation, asked = desk.asks(desk.invite()["address"])
    status, said = desk.approve(asked.id, "99.100.1/SCANNER-1")
    assert (status, said["code"]) == (422, "enrolment-malformed")
    status, said = desk.approve(asked.id, "99.100.2/gate-1")
    assert (status, said["code"]) == (422, "enrolment-malformed")
    desk.approve(asked.id)
    taken = AddDevice(device=gate.upper(), organisation=core, purpose="scanner")
    desk.world.add(core, "identity.device.add/1", taken)
    with pytest.raises(EnrolmentDeclined, match="already-registered"):
        device.go_on(invitation, asked.id)
    assert device.go_on(invitation, asked.id).state == "requested"
    assert desk.approve(asked.id, "99.100.1/gate-2")[0] == 200
    assert device.go_on(invitation, asked.id).state == "enrolled"


def test_a_request_waits_a_day(desk: Desk) -> None:
    device, invitation, asked = desk.asks(desk.invite()["address"])
    desk.world.clock.advance(waits_ms - 1000)
    assert desk.approve(asked.id)[0] == 200
    desk.world.clock.advance(waits_ms)
    assert device.go_on(invitation, asked.id).state == "expired"
    status, said = desk.approve(asked.id)
    assert (status, said["code"]) == (409, "enrolment-not-waiting")


def test_invitations_have_a_limit_and_old_ones_are_forgotten(desk: Desk) -> None:
    wish = Invite(organisation=core, purpose="scanner", minutes=60)
    for _ in range(open_max):
        desk.enrolments.invite(wish)
    status, said = desk.post("invitations", {"organisation": core, "purpose": "scanner"}, "core")
    assert (status, said["code"]) == (429, "invitations-too-many")
    desk.world.clock.advance(31 * 24 * 3600 * 1000)
    desk.invite()
    with desk.node.store.read() as transaction:
        assert len(list(transaction.rows("device_invitation"))) == 1


def test_a_factory_identity_goes_the_whole_way(desk: Desk) -> None:
    factory = Factory()
    made = factory.device("SN-4711")
    listing = devices.ListFactory(organisation=core, ca=factory.ca, name="Works")
    desk.world.add(administrator, devices.list_factory_type, listing)
    device, invitation, asked = desk.asks(
        desk.invite()["address"], factory=lambda jwk: made.proof(jwk).encode()
    )
    _, told = desk.get(f"/requests/{asked.id}")
    assert told["factory"]["ca"] == factory.ca
    assert "4711" not in str(told)
    assert desk.approve(asked.id)[0] == 200
    assert device.go_on(invitation, asked.id).state == "enrolled"
    _, told = desk.get(f"?organisation={core}", "core")
    assert [one["factory_identity"] for one in told["devices"]] == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://node.example/scan/enrol",
        "https://node.example/scan/enrol?t=abc",
        "https://node.example/scan/enrol?x=1#t=abc",
        "https://node.example/other#t=abc",
        "ftp://node.example/scan/enrol#t=abc",
        "https://user:word@node.example/scan/enrol#t=abc",
        "https://node.example/scan/enrol#t=abc&t=def",
        "https://[::1/scan/enrol#t=abc",
    ],
)
def test_codes_that_are_no_invitations(text: str) -> None:
    with pytest.raises(InvitationRefused):
        read_address(text)


def test_an_address_may_lie_below_a_path() -> None:
    assert read_address(" https://h.example/t/scan/enrol#t=abc ").node == "https://h.example/t"


def _signed(desk: Desk, token: str, name: str = "Gate") -> dict[str, Any]:
    own = PrivateKey.generate()
    message = devices.request_message(desk.world.origin, token, name, own.public.jwk())
    signature = base64.b64encode(own.sign(message)).decode()
    return {"name": name, "jwk": own.public.jwk(), "signature": signature}


def test_both_ends_show_the_same_digits() -> None:
    jwk = key(f"300:{gate}").private.public.jwk()
    spoken = devices.spoken(jwk)
    assert [len(group) for group in spoken.split(" ")] == [4, 4, 4, 4]
    assert spoken == devices.spoken(dict(reversed(jwk.items())))
    assert spoken != devices.spoken(key("300:99.100.1/gate-2").private.public.jwk())
