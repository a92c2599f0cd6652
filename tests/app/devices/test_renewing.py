"""A device's fresh key: asked for by both its keys, approved by a person, and nothing less."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.app.devices.desk import Desk, gate
from tests.identity.devices.captured import capture, reading
from tests.identity.devices.enrolled import administrator
from tests.ledger.world import core, supplier

from tallystick.app.devices import on_device
from tallystick.app.devices.on_device import DeviceFolderRefused
from tallystick.identity import devices
from tallystick.ledger import Author, PrivateKey, SigningKey, StreamAuthor, audit, suites
from tallystick.scanners import Enrolling, EnrolmentForeign, Invitation, NodeClient, Renewing

time = "2026-03-01T00:00:00.000Z"


@dataclass
class Gate:
    """An enrolled device, and how it asks."""

    desk: Desk
    own: PrivateKey
    invitation: Invitation

    def renewing(
        self, fresh: PrivateKey, old: PrivateKey | None = None, index: int = 300
    ) -> Renewing:
        node = NodeClient("", self.desk.client)
        return Renewing(node, fresh, old=old or self.own, reference=f"{index}:{gate}")

    def speaks(
        self, key: PrivateKey, index: int, stream: StreamAuthor | None = None
    ) -> StreamAuthor:
        world = self.desk.world
        own = SigningKey(f"{index}:{gate}", key)
        author = Author(world.origin, gate, own, world.clock, world.random)
        made = StreamAuthor(author)
        if stream is not None:
            made.seq, made.prev = stream.seq, stream.prev
        return made


@pytest.fixture
def enrolled(desk: Desk) -> Gate:
    made = desk.invite()
    device, invitation, asked = desk.asks(made["address"], "东门 1")
    assert desk.approve(asked.id)[0] == 200
    assert device.go_on(invitation, asked.id).key == f"300:{gate}"
    return Gate(desk, device.key, invitation)


def asked(at: Gate, fresh: PrivateKey, old: PrivateKey | None = None) -> tuple[int, Any]:
    """What the device sends, with these keys."""
    message = devices.renewal_message(at.desk.world.origin, f"300:{gate}", fresh.public.jwk(), time)
    told = {
        "old": f"300:{gate}", "jwk": fresh.public.jwk(), "time": time,
        "by_old": base64.b64encode((old or at.own).sign(message)).decode(),
        "signature": base64.b64encode(fresh.sign(message)).decode(),
    }  # fmt: skip
    return at.desk.post("renewals", told)


@pytest.mark.parametrize("suite", suites)
def test_a_fresh_key_goes_on_with_the_stream_of_the_old_one(enrolled: Gate, suite: str) -> None:
    desk, fresh = enrolled.desk, PrivateKey.generate(suite)
    before = enrolled.speaks(enrolled.own, 300)
    assert desk.log.submit([capture(desk.world, before, reading())])[0].accepted
    device = enrolled.renewing(fresh)
    waits = device.ask_anew(enrolled.invitation, time)
    assert (waits.state, waits.device) == ("requested", gate)
    _, waiting = desk.get(f"/requests?organisation={core}", "core")
    (row,) = waiting["requests"]
    assert (row["renews"], row["key"], row["digits"]) == (
        f"300:{gate}",
        f"301:{gate}",
        device.digits,
    )
    assert row["name"] == "东门 1"
    assert desk.approve(waits.id)[0] == 200
    done = device.go_on(enrolled.invitation, waits.id)
    assert (done.state, done.key) == ("enrolled", f"301:{gate}")
    assert device.go_on(enrolled.invitation, waits.id) == done
    late = capture(desk.world, enrolled.speaks(enrolled.own, 300, before), reading())
    (refused,) = desk.log.submit([late])
    assert refused.problem is not None
    assert refused.problem.code == "key-not-valid"
    after = enrolled.speaks(fresh, 301, before)
    assert desk.log.submit([capture(desk.world, after, reading())])[0].accepted
    _, told = desk.get(f"?organisation={core}", "core")
    (listed,) = [one for one in told["devices"] if one["device"] == gate]
    assert (listed["name"], listed["keys"], listed["entries"]) == ("东门 1", [f"301:{gate}"], 2)
    audit(desk.world.store, desk.world.rules, desk.world.ledger.directory, desk.world.checker)


def test_asked_again_with_the_same_keys_it_is_the_same_request(enrolled: Gate) -> None:
    fresh = PrivateKey.generate()
    first, again = asked(enrolled, fresh), asked(enrolled, fresh)
    assert (first[0], again[0]) == (201, 201)
    assert first[1]["id"] == again[1]["id"]
    # With another key it is another one, in the place of what waited.
    other = asked(enrolled, PrivateKey.generate())[1]
    (waits,) = enrolled.desk.enrolments.waiting(core)
    assert waits.row.id == other["id"]
    assert asked(enrolled, fresh)[1]["state"] == "refused"


def test_who_has_not_both_keys_learns_nothing(enrolled: Gate) -> None:
    fresh, stranger = PrivateKey.generate(), PrivateKey.generate()
    assert asked(enrolled, fresh, old=stranger)[0] == 403
    _, said = asked(enrolled, fresh, old=stranger)
    message = devices.renewal_message(
        enrolled.desk.world.origin, "300:99.100.1/none", fresh.public.jwk(), time
    )
    signature = base64.b64encode(fresh.sign(message)).decode()
    told = {
        "old": "300:99.100.1/none", "jwk": fresh.public.jwk(), "time": time,
        "by_old": signature, "signature": signature,
    }  # fmt: skip
    for old in ("300:99.100.1/none", f"399:{gate}", f"300:{administrator}", f"300:{core}"):
        status, unknown = enrolled.desk.post("renewals", {**told, "old": old})
        assert (status, unknown["code"], unknown["detail"]) == (403, said["code"], said["detail"])
    assert enrolled.desk.enrolments.waiting(core) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"time": "2026-03-01T00:00:00.001Z"}, "enrolment-proof-wrong"),
        ({"signature": base64.b64encode(bytes(64)).decode()}, "enrolment-proof-wrong"),
        ({"by_old": base64.b64encode(bytes(64)).decode()}, "enrolment-proof-wrong"),
        ({"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "short"}}, "enrolment-malformed"),
        ({"old": "300"}, "enrolment-malformed"),
        ({"time": "yesterday"}, "enrolment-malformed"),
        ({"token": "A" * 43}, "enrolment-malformed"),
    ],
)
def test_requests_that_are_none(enrolled: Gate, change: dict[str, Any], code: str) -> None:
    fresh = PrivateKey.generate()
    message = devices.renewal_message(
        enrolled.desk.world.origin, f"300:{gate}", fresh.public.jwk(), time
    )
    told = {
        "old": f"300:{gate}", "jwk": fresh.public.jwk(), "time": time,
        "by_old": base64.b64encode(enrolled.own.sign(message)).decode(),
        "signature": base64.b64encode(fresh.sign(message)).decode(),
    }  # fmt: skip
    _, said = enrolled.desk.post("renewals", {**told, **change})
    assert said["code"] == code
    assert enrolled.desk.enrolments.waiting(core) == []


def test_a_device_that_was_stopped_asks_in_vain(enrolled: Gate) -> None:
    desk, fresh = enrolled.desk, PrivateKey.generate()
    known = asked(enrolled, fresh)[1]["id"]
    assert desk.approve(known)[0] == 200
    desk.world.add(core, devices.retire_type, devices.RetireDevice(device=gate, reason="stolen"))
    status, said = asked(enrolled, PrivateKey.generate())
    assert (status, said["code"]) == (403, "enrolment-proof-wrong")
    # Nor does what was approved before come to anything.
    _, told = desk.get(f"/requests/{known}")
    signature = base64.b64encode(bytes(64)).decode()
    status, said = desk.post(
        f"requests/{known}/signature", {"signature": signature, "by_old": signature}
    )
    assert (told["state"], status, said["code"]) == ("approved", 403, "enrolment-proof-wrong")


def test_only_an_administrators_own_signature_approves(enrolled: Gate) -> None:
    desk, fresh = enrolled.desk, PrivateKey.generate()
    known = asked(enrolled, fresh)[1]["id"]
    right = desk.approval(known)
    body = orjson.loads(base64.b64decode(right["body"]))
    assert (body["old"], body["key"]) == (f"300:{gate}", f"301:{gate}")
    for wrong in (
        desk.approval(known, jwk=PrivateKey.generate().public.jwk()),
        desk.approval(known, key=f"302:{gate}"),
        desk.approval(known, types=("finance.confirm/1",)),
        desk.approval(known, old=None),
    ):
        status, said = desk.post(f"requests/{known}/approval", wrong)
        assert (status, said["code"]) == (422, "enrolment-malformed")
    status, said = desk.post(f"requests/{known}/approval", desk.approval(known, by=supplier))
    assert (status, said["code"]) == (403, "enrolment-proof-wrong")
    draft = f"/requests/{known}/draft?author={administrator}&device="
    assert desk.get(f"{draft}99.100.1/other")[1]["code"] == "enrolment-malformed"
    assert desk.get(f"{draft}{gate}")[0] == 200
    assert desk.post(f"requests/{known}/approval", right)[0] == 200


def test_both_keys_sign_what_was_approved(enrolled: Gate) -> None:
    desk, fresh = enrolled.desk, PrivateKey.generate()
    known = asked(enrolled, fresh)[1]["id"]
    assert desk.approve(known)[0] == 200
    device = enrolled.renewing(fresh)
    entry = device.node.status(known).entry
    assert entry is not None
    message = device._message(entry, enrolled.invitation)
    new, old = (base64.b64encode(one.sign(message)).decode() for one in (fresh, enrolled.own))
    for told in (
        {"signature": new},
        {"signature": old, "by_old": new},
        {"signature": new, "by_old": new},
    ):
        status, said = desk.post(f"requests/{known}/signature", told)
        assert (status, said["code"]) == (403, "enrolment-proof-wrong")
    assert desk.post(f"requests/{known}/signature", {"signature": new, "by_old": old})[0] == 200
    # A device that enrols has no old key.
    _, _, first = desk.asks(desk.invite()["address"])
    assert desk.approve(first.id, "99.100.1/gate-2")[0] == 200
    status, said = desk.post(f"requests/{first.id}/signature", {"signature": new, "by_old": old})
    assert (status, said["code"]) == (403, "enrolment-proof-wrong")


def test_the_device_signs_only_what_it_asked_for(enrolled: Gate) -> None:
    desk, fresh = enrolled.desk, PrivateKey.generate()
    known = asked(enrolled, fresh)[1]["id"]
    assert desk.approve(known)[0] == 200
    entry = enrolled.renewing(fresh).node.status(known).entry
    assert entry is not None
    for device in (
        enrolled.renewing(PrivateKey.generate()),
        enrolled.renewing(fresh, index=301),
        Enrolling(NodeClient("", desk.client), fresh),
    ):
        with pytest.raises(EnrolmentForeign):
            device._message(entry, enrolled.invitation)


@pytest.mark.parametrize("breaks", ["", "asked", "signed", "replaced"])
def test_the_command_goes_on_wherever_it_was_broken_off(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks: str
) -> None:
    monkeypatch.setattr(on_device, "NodeClient", lambda _url: NodeClient("", desk.client))
    folder = tmp_path / "device"
    enrolling = on_device.ask(folder, desk.invite()["address"], "Gate 1")
    with pytest.raises(DeviceFolderRefused, match="no enrolled device"):
        on_device.renew(folder)
    (waiting,) = desk.enrolments.waiting(core)
    assert desk.approve(waiting.row.id)[0] == 200
    on_device.go_on(folder, enrolling, 0)
    write = on_device._write
    if breaks == "asked":
        monkeypatch.setattr(on_device, "_write", _breaks)
        with pytest.raises(KeyboardInterrupt):
            on_device.renew(folder)
        monkeypatch.setattr(on_device, "_write", write)
    renewing = on_device.renew(folder)
    fresh = renewing.key.public.jwk()
    assert on_device.go_on_renewing(folder, renewing, 0).state == "requested"
    (waiting,) = desk.enrolments.waiting(core)
    assert desk.approve(waiting.row.id)[0] == 200
    if breaks == "signed":
        renewing.go_on(renewing_invitation(folder), waiting.row.id)
    if breaks == "replaced":
        monkeypatch.setattr(on_device, "_write", _breaks)
        with pytest.raises(KeyboardInterrupt):
            on_device.go_on_renewing(folder, renewing, 0)
        monkeypatch.setattr(on_device, "_write", write)
    done = on_device.go_on_renewing(folder, on_device.renew(folder), 0)
    assert (done.state, done.key) == ("enrolled", f"301:{gate}")
    kept = PrivateKey.from_pem((folder / on_device.key_file).read_bytes())
    assert kept.public.jwk() == fresh
    assert not (folder / on_device.next_file).exists()
    begun = on_device._read(folder)
    assert (begun.key, begun.renewal) == (f"301:{gate}", None)


def _breaks(*_: object) -> None:
    raise KeyboardInterrupt


def renewing_invitation(folder: Path) -> Invitation:
    return on_device._read(folder).invitation


def test_what_became_of_a_renewal_is_told_however_late(enrolled: Gate) -> None:
    """The answer to its signature was lost, and the browser was closed for a year: the new key is the one that signs."""
    desk, fresh = enrolled.desk, PrivateKey.generate()
    device = enrolled.renewing(fresh)
    known = device.ask_anew(enrolled.invitation, time).id
    assert desk.approve(known)[0] == 200
    done = device.go_on(enrolled.invitation, known)
    desk.world.clock.advance(365 * 24 * 3600 * 1000)
    desk.invite()
    assert device.go_on(enrolled.invitation, known) == done


def test_a_refused_renewal_leaves_the_old_key_and_can_be_asked_anew(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_device, "NodeClient", lambda _url: NodeClient("", desk.client))
    folder = tmp_path / "device"
    enrolling = on_device.ask(folder, desk.invite()["address"], "Gate 1")
    (waiting,) = desk.enrolments.waiting(core)
    assert desk.approve(waiting.row.id)[0] == 200
    on_device.go_on(folder, enrolling, 0)
    old = (folder / on_device.key_file).read_bytes()
    renewing = on_device.renew(folder)
    (waiting,) = desk.enrolments.waiting(core)
    assert desk.post(f"requests/{waiting.row.id}/refusal", None, "core")[0] == 200
    assert on_device.go_on_renewing(folder, renewing, 0).state == "refused"
    assert (folder / on_device.key_file).read_bytes() == old
    again = on_device.renew(folder)
    assert again.digits != renewing.digits
    assert len(desk.enrolments.waiting(core)) == 1
