"""What to ask of a bundle so that it proves what a handle resolved to as of an index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.app.access import Reading
from tallystick.app.bundles.gather import final_checkpoint
from tallystick.identity import RecordUnknown, change_points, find_record, resolve
from tallystick.ledger.bundle import Request

points_max = 1000


def as_of(reading: Reading, handle: str, index: int | None) -> list[Request]:
    """Without an index as of the newest final checkpoint.

    A record is proven by its head. For a party that has only registered, or a prefix, it is the entry that
    wrote it, and its keys. Raises `RecordUnknown` or `NothingFinal`.
    """
    view = reading.view
    found = resolve(view, handle)
    if found is None:
        raise RecordUnknown(handle)
    then = final_checkpoint(reading.snapshot)[0] - 1 if index is None else index
    points = change_points(view, found.handle, then + 1, points_max)
    if find_record(view, handle) is not None or not points:
        return [Request.of("record", handle=found.handle, index=then)]
    keys = cast(Mapping[str, Any], view.group("key", found.handle))
    wrote = points[0] if found.since is not None else points[-1]
    return [
        Request.of("entry", index=wrote),
        *(
            Request.of("key", key=f"{number}:{found.handle}")
            for number, row in keys.items()
            if row["since"] <= then
        ),
    ]
