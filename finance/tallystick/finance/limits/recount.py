"""What is used and reserved, computed again from all lots and quotes, and held against the running counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Row, row
from tallystick.finance.limits.counting import alive, counted
from tallystick.ledger import State

names_at_once = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that is not what lots and quotes give."""

    limit: str
    currency: str
    what: str
    found: int
    recounted: int


def differences(state: State) -> Iterator[Difference]:
    """Every counter that differs, by name."""
    right = recount(state)
    stored = {key: amount for key, amount in _stored(state) if amount}
    for key in sorted(right.keys() | stored.keys()):
        if right.get(key, 0) != stored.get(key, 0):
            yield Difference(*key, found=stored.get(key, 0), recounted=right.get(key, 0))


def recount(state: State) -> dict[tuple[str, str, str], int]:
    """By limit, currency, and whether it is used or reserved."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for name in _names(state, "certificate"):
        found = row(state.get("certificate", name)) or {}
        lots = [cast(Row, lot) for lot in state.group("holding", name).values()]
        for (limit, what), amount in counted(state, found["issuer"], alive(lots)).items():
            sums[limit, found["currency"], what] += amount
    return {key: amount for key, amount in sums.items() if amount}


def _stored(state: State) -> Iterator[tuple[tuple[str, str, str], int]]:
    for limit in _names(state, "limit"):
        for currency, document in state.group("limit", limit).items():
            found = cast(Row, document)
            for what in ("used", "reserved"):
                yield (limit, currency, what), found[what]


def _names(state: State, kind: str) -> Iterator[str]:
    after = ""
    while names := state.names(kind, after=after, limit=names_at_once):
        yield from names
        after = names[-1]
