"""The keys of a device: how they end, and the one place where a rotation would be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.ledger import Change, State


def valid_keys(state: State, device: str) -> Mapping[str, Mapping[str, Any]]:
    """Rows of the device's keys without an end, by index of the reference.

    A rotation makes the old key's row end and a new one begin: whoever asks here follows it.
    """
    group = cast(Mapping[str, Mapping[str, Any]], state.group("key", device))
    return {index: row for index, row in group.items() if "until" not in row}


def end_keys(
    state: State, at: int, device: str, reason: str, suspect_from: int | None = None
) -> list[Change]:
    """None of the keys is valid from the index after `at` on."""
    more: dict[str, Any] = {"until": at + 1, "reason": reason}
    if suspect_from is not None:
        more["suspect_from"] = suspect_from
    return [
        Change("key", device, {**row, **more}, index)
        for index, row in valid_keys(state, device).items()
    ]
