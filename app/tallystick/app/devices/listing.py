"""An organisation's devices as pages, commands and the API show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tallystick.app.bootstrap import Node
from tallystick.app.devices.asked import Kept
from tallystick.identity import devices
from tallystick.ledger import ForkRow, Snapshot, Transaction

#: Days before its end at which a calibration is said to end soon.
soon_days = 30
first_day, last_day = "0000-01-01", "9999-12-31"
Ends = Literal["none", "valid", "soon", "over", "later"]


@dataclass(frozen=True, slots=True)
class Listed:
    """`name`: what it called itself when it asked. `entries`: how many its stream has; `forks`: evidence kept here. `seen`: the
    last day (UTC) on which this node took something in from it."""

    device: devices.Device
    name: str
    entries: int
    forks: tuple[ForkRow, ...]
    seen: str | None


def listed(node: Node, snapshot: Snapshot, organisation: str, after: str = "") -> list[Listed]:
    """A page of them, in order of their handles."""
    with node.store.read() as transaction:
        rows = transaction.invitations.of("device", organisation, ("enrolled",), "", 1000)
        names = {row.device: row.document for row in rows if row.device}
        found = list(devices.devices_of(snapshot.view, organisation, after))
        return [_with_kept(transaction, snapshot, one, names.get(one.handle)) for one in found]


def listed_one(node: Node, snapshot: Snapshot, handle: str) -> Listed:
    """Raises `UnknownParty`."""
    found = devices.device(snapshot.view, handle)
    with node.store.read() as transaction:
        row = transaction.invitations.of_device(handle)
        return _with_kept(transaction, snapshot, found, row.document if row else None)


def shown(one: Listed) -> dict[str, Any]:
    """As JSON."""
    device = one.device
    row = {name: device.row[name] for name in _told if name in device.row}
    return {
        "device": device.handle,
        "name": one.name,
        "class": device.kind.name,
        "state": device.state,
        "keys": [f"{index}:{device.handle}" for index in device.keys],
        "place": device.place,
        "calibration": None if device.calibration is None else dict(device.calibration),
        "factory_identity": device.factory_proven,
        "entries": one.entries,
        "last_seen": one.seen,
        "forks": [{"seq": fork.seq, "seen": fork.seen, "entry": fork.index} for fork in one.forks],
        **row,
    }


def calibration_ends(calibration: Mapping[str, Any] | None, now: str, soon: str) -> Ends:
    """How the calibration stands at `now`; `soon`: the instant before which its end is near."""
    if calibration is None:
        return "none"
    if now < calibration["valid_from"]:
        return "later"
    if calibration["valid_until"] <= now:
        return "over"
    return "soon" if calibration["valid_until"] <= soon else "valid"


_told = ("since", "replaces", "replaced", "retired", "suspended")


def _with_kept(
    transaction: Transaction, snapshot: Snapshot, one: devices.Device, document: str | None
) -> Listed:
    """A device with what is kept of it beside the log. `document`: of its invitation."""
    return Listed(
        one,
        _name(document),
        _entries(snapshot, one.handle),
        tuple(transaction.forks.of(one.handle)),
        max(transaction.daily.of(one.handle, first_day, last_day), default=None),
    )


def _entries(snapshot: Snapshot, device: str) -> int:
    stream = snapshot.stream(device)
    return 0 if stream is None else max(stream[0] + 1, 0)


def _name(document: str | None) -> str:
    return "" if document is None else Kept.model_validate_json(document).name
