"""What each class of device may say."""

from __future__ import annotations

from typing import Any

import pytest
from tests.identity.devices.captured import capture, reading, time
from tests.identity.devices.enrolled import administrator, enrol, gate, said, sent
from tests.identity.keys.says import recovery, rotation
from tests.ledger.world import World, core, key

from tallystick.identity import AddDevice, AddKey, CreateHandles, HandleRecord, devices
from tallystick.identity.key_types import rotate_type
from tallystick.identity.keys.errors import RecoveryRefused
from tallystick.identity.keys.rotation import require_successor
from tallystick.ledger import SigningKey, StreamAuthor
from tallystick.trace import builders
from tallystick.trace.epcis import vocabulary

box = "99.100.1/BOX-1"


def made(world: World, step: str) -> Any:
    if step == "sensor_reporting":
        return reading()
    if step == "commissioning":
        return builders.commissioning([box], time=time)
    return builders.object_event([box], time=time, step=step)


@pytest.fixture
def boxes(world: World) -> World:
    body = CreateHandles(handles=(HandleRecord(handle=box, values=()),))
    world.add(core, "identity.handle.create/1", body)
    scanner = StreamAuthor(world.author("99.100.1/scanner-1"))
    assert sent(world, capture(world, scanner, made(world, "commissioning"))) == ["accepted"]
    return world


@pytest.mark.parametrize(
    ("purpose", "step", "code"),
    [
        ("scanner", "receiving", "accepted"),
        ("scanner", "sensor_reporting", "accepted"),
        ("printer", "receiving", "outside-device-class"),
        ("printer", "encoding", "accepted"),
        ("gateway", "receiving", "outside-device-class"),
        ("gateway", "arriving", "accepted"),
        ("sensor", "arriving", "outside-device-class"),
        ("sensor", "sensor_reporting", "accepted"),
        ("machine", "inspecting", "accepted"),
        ("machine", "receiving", "outside-device-class"),
    ],
)
def test_a_class_reports_its_own_steps(boxes: World, purpose: str, step: str, code: str) -> None:
    """Refused and yet recorded: a stream goes on behind what its rule refuses."""
    device = enrol(boxes, purpose=purpose)
    (answer,) = boxes.ledger.append([capture(boxes, device, made(boxes, step))])
    assert (answer.code or "accepted") == code
    assert answer.index >= 0
    (later,) = boxes.ledger.append([capture(boxes, device, made(boxes, "sensor_reporting"))])
    assert later.index == answer.index + 1


def test_devices_that_were_registered_by_name_alone_have_a_class_too(boxes: World) -> None:
    body = AddDevice(device=gate, organisation=core, purpose="printer")
    boxes.add(core, "identity.device.add/1", body)
    for wide in ("*", "identity.*", "finance.transfer.offer/1"):
        more, fresh = further_key(gate, wide)
        refused = said(boxes, administrator, "identity.key.add/1", more, fresh)
        assert refused == "outside-device-class"
    boxes.add_key(administrator, gate)
    printer = StreamAuthor(boxes.author(gate))
    assert sent(boxes, capture(boxes, printer, made(boxes, "receiving"))) == [
        "outside-device-class"
    ]


@pytest.mark.parametrize("purpose", ["scanner", "printer", "sensor"])
def test_a_key_signs_the_entry_types_of_its_class(boxes: World, purpose: str) -> None:
    device = enrol(boxes, purpose=purpose)
    fresh = key("301:" + gate)
    jwk = fresh.private.public.jwk()
    body = AddKey(key=fresh.keyid, jwk=jwk, custody="self", types=("*",))
    submission = device.author.write(
        "identity.key.add/1", body, endorsers=[fresh], seq=0, prev="0" * 64
    )
    assert sent(boxes, submission) == ["key-not-valid"]


def further_key(device: str, *types: str) -> tuple[AddKey, SigningKey]:
    fresh = key(f"301:{device}")
    told = {"key": fresh.keyid, "jwk": fresh.private.public.jwk(), "custody": "self"}
    return AddKey(**told, types=types), fresh


@pytest.mark.parametrize("purpose", ["scanner", "sensor", "service"])
@pytest.mark.parametrize("wide", ["*", "finance.*", "finance.transfer.offer/1"])
def test_no_further_key_signs_what_the_class_may_not(boxes: World, purpose: str, wide: str) -> None:
    """The class was asked at enrolment alone: a sensor had a second key for everything."""
    enrol(boxes, purpose=purpose)
    body, fresh = further_key(gate, *devices.classes[purpose].types, wide)
    refused = said(boxes, administrator, "identity.key.add/1", body, fresh)
    assert refused == "outside-device-class"
    body, fresh = further_key(gate, *devices.classes[purpose].types)
    assert said(boxes, administrator, "identity.key.add/1", body, fresh) == "accepted"


def test_neither_rotation_nor_recovery_nor_replacement_widens_a_key(boxes: World) -> None:
    pen = enrol(boxes, purpose="sensor")
    fresh = key(f"301:{gate}")
    body = rotation(f"300:{gate}", fresh.keyid, types=("*",))
    entry = pen.author.write(
        rotate_type, body, endorsers=[fresh, key(f"300:{core}")], seq=0, prev="0" * 64
    )
    assert sent(boxes, entry) == ["rotation-refused"]
    recovered = recovery(f"300:{gate}", fresh.keyid, types=("*",))
    with pytest.raises(RecoveryRefused):
        require_successor(recovered, gate, {"types": ["trace.capture/1"]}, RecoveryRefused)
    other = "99.100.1/gate-2"
    enrol(boxes, other, purpose="sensor", replaces=gate)
    with boxes.reader.open() as snapshot:
        (row,) = devices.device(snapshot.view, other).keys.values()
    assert set(row["types"]) == set(devices.classes["sensor"].types)


def test_the_table_speaks_of_steps_and_events_that_there_are() -> None:
    for one in devices.classes.values():
        for step in one.steps or ():
            assert vocabulary.biz_steps.fault(step) is None, step
        assert set(one.title) == {"en", "zh"}
        assert one.may_report("ObjectEvent", None) == (one.steps is None)
    assert set(devices.classes) == set(devices.class_names)
    assert [one.name for one in devices.classes.values() if not one.stream] == ["service"]
