"""Suites of signatures that an operator admits beside those which every program has."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.ledger import SuiteLacking, known_suites, suites


def more_suites(told: Sequence[str] | None) -> tuple[str, ...]:
    """What was named beyond the usual ones, each once. Raises `SuiteLacking` for one that is not here."""
    for one in told or ():
        if one not in known_suites():
            raise SuiteLacking(one)
    return tuple(dict.fromkeys(one for one in told or () if one not in suites))
