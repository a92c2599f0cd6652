"""Where a device stands, and how it was calibrated when it measured."""

from __future__ import annotations

from typing import Any

import pytest
from tests.identity.devices.captured import capture, reading
from tests.identity.devices.enrolled import administrator, enrol, gate, said
from tests.ledger.world import World, core, supplier

from tallystick import trace
from tallystick.identity import AddPerson, CreateHandles, HandleRecord, devices
from tallystick.ledger import StreamAuthor
from tallystick.trace import builders

box = "99.100.1/BOX-1"
warehouse = "99.100/P-WAREHOUSE0000"


def calibration(first: str, last: str, **more: Any) -> devices.CalibrateDevice:
    times = {"valid_from": f"{first}T00:00:00.000Z", "valid_until": f"{last}T00:00:00.000Z"}
    return devices.CalibrateDevice(device=gate, certificate="ab" * 32, **times, **more)


def test_a_place_is_known_from_an_index_on(world: World) -> None:
    enrol(world)
    person = AddPerson(person=warehouse, organisation=core, roles=("warehouse",))
    world.add(core, "identity.person.add/1", person)
    world.add_key(core, warehouse)
    indexes = []
    for by, place in (
        (warehouse, "99.100.1/dock-1"),
        (administrator, "4006381000017"),
        (core, None),
    ):
        body = devices.PlaceDevice(device=gate, place=place)
        indexes.append(world.add(by, devices.place_type, body).index)
    with world.reader.open() as snapshot:
        view = snapshot.view
        assert devices.place_at(view, gate, indexes[0] - 1) is None
        assert devices.place_at(view, gate, indexes[0]) == "99.100.1/dock-1"
        assert devices.place_at(view, gate, indexes[1]) == "4006381000017"
        assert devices.place_at(view, gate, indexes[2]) is None
        assert devices.device(view, gate).place is None


@pytest.mark.parametrize(
    ("by", "place", "code"),
    [
        (supplier, "99.100.1/dock-1", "not-entitled"),
        ("99.100/P-MAKER00000000", "99.100.1/dock-1", "not-entitled"),
        (administrator, "4006381000018", "code-refused"),
        (administrator, "no handle", "body-refused"),
        (administrator, "nohandle", "handle-refused"),
    ],
)
def test_places_that_are_refused(world: World, by: str, place: str, code: str) -> None:
    enrol(world)
    told = {"device": gate, "place": place}
    body = devices.PlaceDevice.model_construct(**told)
    assert said(world, by, devices.place_type, body) == code


def test_a_reading_is_marked_by_what_was_known_before_it(world: World) -> None:
    """Never dropped; and a calibration that is entered later does not mend what was measured before."""
    sensor = enrol(world, purpose="sensor")
    at = "2026-03-05T08:00:00.000Z"

    def measured(when: str) -> int:
        (answer,) = world.ledger.append([capture(world, sensor, reading(when))])
        assert answer.accepted
        return answer.index

    before = measured(at)
    world.add(administrator, devices.calibrate_type, calibration("2026-01-01", "2027-01-01"))
    covered = measured(at)
    late = measured("2027-01-01T00:00:00.000Z")
    early = measured("2025-12-31T23:59:59.999Z")
    world.add(core, devices.calibrate_type, calibration("2027-01-01", "2028-01-01"))
    renewed = measured("2027-01-01T00:00:00.000Z")
    with world.reader.open() as snapshot:

        def mark(index: int, when: str) -> str | None:
            step = devices.sensor_step
            return devices.reading_mark(snapshot.view, gate, step, index, when)

        assert mark(before, at) == "not-calibrated"
        assert mark(covered, at) is None
        assert mark(late, "2027-01-01T00:00:00.000Z") == "out-of-calibration"
        assert mark(early, "2025-12-31T23:59:59.999Z") == "out-of-calibration"
        assert mark(renewed, "2027-01-01T00:00:00.000Z") is None
        assert mark(covered, at) is None
        assert devices.reading_mark(snapshot.view, gate, "receiving", late, at) is None
        assert devices.reading_mark(snapshot.view, core, devices.sensor_step, late, at) is None


@pytest.mark.parametrize(
    ("by", "body", "code"),
    [
        (supplier, calibration("2026-01-01", "2027-01-01"), "not-entitled"),
        (administrator, calibration("2026-01-01", "2026-01-01"), "device-refused"),
        (administrator, calibration("2027-01-01", "2026-01-01"), "device-refused"),
    ],
)
def test_calibrations_that_are_refused(world: World, by: str, body: Any, code: str) -> None:
    enrol(world, purpose="sensor")
    assert said(world, by, devices.calibrate_type, body) == code


def test_devices_are_listed_page_by_page(world: World) -> None:
    enrol(world)
    enrol(world, "99.100.1/gate-2", purpose="printer")
    with world.reader.open() as snapshot:
        found = list(devices.devices_of(snapshot.view, core))
        assert [one.handle for one in found] == [gate, "99.100.1/gate-2", "99.100.1/scanner-1"]
        later = list(devices.devices_of(snapshot.view, core, after=gate))
        assert [one.handle for one in later] == ["99.100.1/gate-2", "99.100.1/scanner-1"]
    assert builders.uri(gate) == f"hdl:{gate}"


def test_the_story_of_a_thing_says_which_readings_to_doubt(world: World) -> None:
    """It is the reading that is marked, in the story of what it is about; and it is still told."""
    body = CreateHandles(handles=(HandleRecord(handle=box, values=()),))
    world.add(core, "identity.handle.create/1", body)
    scanner = StreamAuthor(world.author("99.100.1/scanner-1"))
    at = "2026-03-05T08:00:00.000Z"
    world.append([capture(world, scanner, builders.commissioning([box], time=at))])
    sensor = enrol(world, purpose="sensor")
    report = {"type": "Temperature", "value": 4.5, "uom": "CEL"}

    def read(time: str) -> None:
        event = builders.sensor_reading(
            [box], read_point="99.100.1/store", time=time, reports=[report]
        )
        world.append([capture(world, sensor, event)])

    read("2026-03-05T09:00:00.000Z")
    world.add(administrator, devices.calibrate_type, calibration("2026-01-01", "2026-04-01"))
    read("2026-03-05T10:00:00.000Z")
    read("2026-05-05T10:00:00.000Z")
    with world.reader.open() as snapshot:
        told = trace.journey(snapshot.view, box).steps
    marks = [(step.step, step.mark) for step in told]
    assert marks == [
        ("commissioning", None),
        ("sensor_reporting", "not-calibrated"),
        ("sensor_reporting", None),
        ("sensor_reporting", "out-of-calibration"),
    ]
