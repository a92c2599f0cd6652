"""A mirror that lacks a suite which its log admits vouches for nothing, and blames nobody (formats §2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from tallystick.ledger.governance import admitted_suites
from tallystick.ledger.keys import known_suites
from tallystick.ledger.mirror.errors import MirrorLacksSuite
from tallystick.ledger.state import State


def require_suites(state: State) -> None:
    """Raises `MirrorLacksSuite` if the log lists a suite that this program cannot check."""
    genesis = cast(Mapping[str, Any] | None, state.get("log", "genesis"))
    if genesis is not None:
        require_known(admitted_suites(state))


def require_known(admitted: Iterable[str]) -> None:
    """As `require_suites`, of these."""
    known = known_suites()
    lacking = [one for one in admitted if one not in known]
    if lacking:
        raise MirrorLacksSuite(", ".join(lacking))
