"""What is known of a device now, or as of an entry: for pages, commands, audits and rules alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from tallystick.identity import versioned
from tallystick.identity.devices.classes import DeviceClass, classes, sensor_step
from tallystick.identity.devices.keys import valid_keys
from tallystick.identity.devices.rules import (
    calibration_kind,
    factory_kind,
    place_kind,
    require_device,
)
from tallystick.ledger import View

DeviceState = Literal["active", "suspended", "replaced", "retired", "without-key"]
Calibrated = Literal["calibrated", "out-of-calibration", "not-calibrated"]
devices_page_max = 200


@dataclass(frozen=True, slots=True)
class Device:
    """A device as it stands. `row`: its document; `keys`: of those that are valid, by index of the reference."""

    handle: str
    organisation: str
    kind: DeviceClass
    state: DeviceState
    keys: Mapping[str, Mapping[str, Any]]
    row: Mapping[str, Any]
    place: str | None
    calibration: Mapping[str, Any] | None

    @property
    def factory_proven(self) -> bool:
        return "factory" in self.row


@dataclass(frozen=True, slots=True)
class Accepted:
    """A factory that an organisation lists. `ca`: SHA-256 of the DER of its root; `since`: the entry that says so."""

    ca: str
    name: str
    since: int


def device(view: View, handle: str) -> Device:
    """Raises `UnknownParty`."""
    row = require_device(view, handle)
    keys = valid_keys(view, handle)
    placed = cast(Mapping[str, Any] | None, view.get(place_kind, handle))
    return Device(
        handle,
        row["organisation"],
        classes[row["purpose"]],
        _state(row, bool(keys)),
        keys,
        row,
        None if placed is None else placed.get("place"),
        cast(Mapping[str, Any] | None, view.get(calibration_kind, handle)),
    )


def devices_of(view: View, organisation: str, after: str = "") -> Iterator[Device]:
    """A page of an organisation's devices, in order of their handles."""
    found = view.find(
        "device-by-organisation", organisation, after=(after, ""), limit=devices_page_max
    )
    for one in found:
        yield device(view, one.name)


def factories_of(view: View, organisation: str) -> Iterator[Accepted]:
    """Factories whose certificates prove new devices of an organisation, in the order of their roots' digests."""
    rows = cast(Mapping[str, Mapping[str, Any]], view.group(factory_kind, organisation))
    for ca, row in rows.items():
        if "until" not in row:
            yield Accepted(ca, row["name"], row["since"])


def place_at(view: View, handle: str, index: int) -> str | None:
    """Where the device stood when the entry `index` was judged."""
    row = versioned.at(view, place_kind, handle, index)
    return None if row is None else row.get("place")


def calibrated(view: View, handle: str, index: int, time: str) -> Calibrated:
    """How the device was calibrated for a measurement at `time`, by what was in the log before entry `index`.

    A calibration that is entered later does not mend what was measured before it.
    """
    row = versioned.at(view, calibration_kind, handle, index - 1)
    if row is None:
        return "not-calibrated"
    covered = row["valid_from"] <= time < row["valid_until"]
    return "calibrated" if covered else "out-of-calibration"


def reading_mark(
    view: View, author: str, step: str | None, index: int, time: str
) -> Calibrated | None:
    """What to say beside a reading: None if there is nothing to say. It stays in the log, whatever is said."""
    if step != sensor_step or view.get("device", author) is None:
        return None
    found = calibrated(view, author, index, time)
    return None if found == "calibrated" else found


def _state(row: Mapping[str, Any], has_key: bool) -> DeviceState:
    if "retired" in row:
        return "retired"
    if "replaced" in row:
        return "replaced"
    if has_key:
        return "active"
    return "suspended" if "suspended" in row else "without-key"
