"""The instant by which a node answers how a credential stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.ledger import Clock, SystemClock, View, from_instant, simulated_suffix


def now_ms(view: View, clock: Clock | None = None) -> int:
    """The clock's time; in a simulated log, whose clock is not the wall clock, that of its newest block."""
    genesis = cast(Mapping[str, Any], view.get("log", "genesis"))
    block = cast(Mapping[str, Any] | None, view.get("log", "block"))
    if block is not None and str(genesis["origin"]).endswith(simulated_suffix):
        return from_instant(block["time"])
    return (clock or SystemClock()).now_ms()
