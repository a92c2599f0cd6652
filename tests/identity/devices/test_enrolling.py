"""Devices are made by an administrator and by their own key together; nobody else makes one."""

from __future__ import annotations

from typing import Any

import pytest
from tests.identity.devices.captured import capture
from tests.identity.devices.enrolled import administrator, enrol, enrolment, gate, said, sent
from tests.ledger.world import World, core, key, node, root, supplier

from tallystick.identity import AddPerson, AddPlaceholder, RevokeKey, devices
from tallystick.ledger import StreamAuthor, audit
from tallystick.trace import builders

maker, checker = "99.100/P-MAKER00000000", "99.100/P-CHECKER000000"


def state(world: World, device: str = gate) -> devices.Device:
    with world.reader.open() as snapshot:
        return devices.device(snapshot.view, device)


def test_a_device_and_its_key_come_by_one_entry(world: World) -> None:
    scanner = enrol(world)
    found = state(world)
    assert (found.state, found.kind.name, found.organisation) == ("active", "scanner", core)
    assert found.keys["300"]["types"] == sorted(devices.classes["scanner"].types)
    event = builders.commissioning(["99.100.1/BOX-1"], time="2026-01-05T01:00:00.000Z")
    assert world.ledger.append([capture(world, scanner, event)])[0].code == "unregistered-item"
    audit(world.store, world.rules, world.ledger.directory, world.checker)


@pytest.mark.parametrize("by", [maker, checker, supplier, node, root])
def test_only_an_administrator_of_the_organisation_approves(world: World, by: str) -> None:
    """The node that verified an organisation would make devices, and so receipts, for it."""
    body, own = enrolment()
    assert said(world, by, devices.enrol_type, body, own) == "not-entitled"
    with world.reader.open() as snapshot:
        assert not devices.may_approve(snapshot.view, by, core)
        assert not devices.may_approve(snapshot.view, "99.100/P-NOBODY", core)
        assert devices.may_approve(snapshot.view, administrator, core)
        assert devices.may_approve(snapshot.view, core, core)
        assert snapshot.view.get("device", gate) is None


def test_a_node_cannot_enrol_a_device_with_keys_that_it_holds(world: World) -> None:
    """It holds a key of the organisation, and one of an administrator; and makes the device's key itself."""
    clerk = "99.100/P-CLERK00000000"
    person = AddPerson(person=clerk, organisation=core, roles=("administrator",))
    world.add(core, "identity.person.add/1", person)
    world.add_key(core, clerk, custody="node")
    world.add_key(administrator, core, index=301, custody="node")
    body, own = enrolment()
    assert said(world, clerk, devices.enrol_type, body, own) == "own-key-required"
    by_organisation = world.author(core, f"301:{core}").write(
        devices.enrol_type, body, endorsers=[own, key(f"300:{clerk}")]
    )
    assert sent(world, by_organisation) == ["own-key-required"]
    assert said(world, node, devices.enrol_type, body, own) == "not-entitled"


def test_the_new_key_signs_too(world: World) -> None:
    body, own = enrolment()
    assert said(world, administrator, devices.enrol_type, body) == "key-registration-refused"
    other = key("300:99.100.1/another")
    assert said(world, administrator, devices.enrol_type, body, other) == "signature-invalid"
    assert said(world, administrator, devices.enrol_type, body, own) == "accepted"


@pytest.mark.parametrize(
    ("device", "change", "code"),
    [
        (gate, {"organisation": supplier}, "not-entitled"),
        ("99.100.2/gate-1", {}, "not-entitled"),
        (gate, {"key": "300:99.100.1/gate-2"}, "device-refused"),
        (gate, {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}, "signature-invalid"),
        ("99.100.1/SCANNER-1", {}, "already-registered"),
        (gate, {"replaces": "99.100.1/nothing"}, "unknown-party"),
        (gate, {"replaces": "99.100.2/scanner-1"}, "device-refused"),
        (gate, {"replaces": "99.100.1/scanner-1", "purpose": "printer"}, "device-refused"),
        (gate, {"organisation": "99.100/O-NOBODY0000000"}, "unknown-party"),
    ],
)
def test_what_no_device_is_made_of(
    world: World, device: str, change: dict[str, Any], code: str
) -> None:
    body, own = enrolment(device, **change)
    with world.reader.open() as snapshot:
        size = snapshot.size()
    assert said(world, administrator, devices.enrol_type, body, own) == code
    with world.reader.open() as snapshot:
        assert snapshot.size() == size


def test_a_public_key_is_enrolled_once(world: World) -> None:
    enrol(world)
    body, _ = enrolment("99.100.1/gate-2", jwk=key(f"300:{gate}").private.public.jwk())
    same = key(f"300:{gate}")
    again = type(same)("300:99.100.1/gate-2", same.private)
    assert said(world, administrator, devices.enrol_type, body, again) == "already-registered"


def test_a_replaced_device_says_no_more_and_stays_true(world: World) -> None:
    old = enrol(world)
    item = builders.commissioning(["99.100.1/BOX-1"], time="2026-01-05T01:00:00.000Z")
    (before,) = world.ledger.append([capture(world, old, item)])
    new = enrol(world, "99.100.1/gate-2", replaces=gate)
    assert sent(world, capture(world, old, item)) == ["key-not-valid"]
    assert state(world).state == "replaced"
    assert state(world).row["replaced"]["by"] == "99.100.1/gate-2"
    assert state(world, "99.100.1/gate-2").row["replaces"] == gate
    # The new stream begins at 0 in the new device's own name; the old one stands where it ended.
    (after,) = world.ledger.append([capture(world, new, item)])
    assert after.index > before.index >= 0
    body, own = enrolment("99.100.1/gate-3", replaces=gate)
    assert said(world, administrator, devices.enrol_type, body, own) == "device-refused"


def test_a_retired_device_is_refused_from_the_next_index_on(world: World) -> None:
    scanner = enrol(world)
    item = builders.commissioning(["99.100.1/BOX-1"], time="2026-01-05T01:00:00.000Z")
    body = devices.RetireDevice(device=gate, reason="stolen", suspect_from=3)
    assert said(world, maker, devices.retire_type, body) == "not-entitled"
    (sound,) = world.ledger.append([capture(world, scanner, item)])
    (gone,) = world.append([world.write(administrator, devices.retire_type, body)])
    assert sent(world, capture(world, scanner, item)) == ["key-not-valid"]
    found = state(world)
    assert (found.state, found.keys) == ("retired", {})
    assert found.row["retired"] == {"index": gone.index, "reason": "stolen"}
    with world.reader.open() as snapshot:
        row = snapshot.view.get("key", gate, "300")
        assert row is not None
        assert (row["until"], row["suspect_from"]) == (gone.index + 1, 3)
        assert snapshot.row(sound.index).author == gate
    assert said(world, administrator, devices.retire_type, body) == "device-refused"
    place = devices.PlaceDevice(device=gate, place="99.100.1/dock-1")
    assert said(world, core, devices.place_type, place) == "device-refused"


def test_a_fresh_key_goes_on_with_the_stream(world: World) -> None:
    """Until keys rotate by an entry of their own: a further key, and the end of the one before."""
    scanner = enrol(world)
    item = builders.commissioning(["99.100.1/BOX-1"], time="2026-01-05T01:00:00.000Z")
    world.ledger.append([capture(world, scanner, item)])
    world.add_key(administrator, gate, index=301, types=("trace.capture/1",))
    revoked = RevokeKey(key=f"300:{gate}", reason="replaced")
    world.add(administrator, "identity.key.revoke/1", revoked)
    assert sent(world, capture(world, scanner, item)) == ["key-not-valid"]
    rotated = StreamAuthor(world.author(gate, f"301:{gate}"), 1, _head(world))
    (answer,) = world.ledger.append([capture(world, rotated, item)])
    assert answer.index >= 0
    assert state(world).state == "active"


def test_a_placeholder_has_no_devices(world: World) -> None:
    body = AddPlaceholder(organisation="99.100/O-PAPER00000000", name={"en": "Paper"})
    world.add(core, "identity.placeholder.add/1", body)
    enrolled, own = enrolment(organisation="99.100/O-PAPER00000000")
    assert said(world, administrator, devices.enrol_type, enrolled, own) == "not-entitled"


def _head(world: World) -> str:
    with world.reader.open() as snapshot:
        found = snapshot.stream(gate)
    assert found is not None
    return found[1]
