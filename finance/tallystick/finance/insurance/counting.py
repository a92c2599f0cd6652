"""What is insured of each debtor under a cover, counted where lots are written.

    insured-debtor  <cover>  part <debtor> <currency>  {limit, insured}

A cent is insured while the insured of its cover holds it, and until it is paid, cancelled, or taken over by who paid.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Draft, Row, row
from tallystick.ledger import State

_over = ("paid", "cancelled")
names_at_once = 1000


@dataclass(frozen=True, slots=True)
class InsuredDifference:
    """A counter that is not what lots give."""

    cover: str
    debtor: str
    found: int
    recounted: int


def count_insured(
    draft: Draft, issuer: str, currency: str, before: Iterable[Row], after: Iterable[Row]
) -> None:
    """Lots of a certificate were these, and are these now: the counters follow."""
    units = _units(draft, after)
    for cover, amount in _units(draft, before).items():
        units[cover] -= amount
    for cover, amount in sorted(units.items()):
        if amount:
            draft.add("insured-debtor", cover, debtor_part(issuer, currency), insured=amount)


def debtor_part(debtor: str, currency: str) -> str:
    return f"{debtor} {currency}"


def differences(state: State) -> Iterator[InsuredDifference]:
    """Every counter that differs from what all lots give, by cover and debtor."""
    right: Counter[tuple[str, str]] = Counter()
    for name in _names(state, "certificate"):
        head = cast(Row, state.get("certificate", name))
        lots = [cast(Row, lot) for lot in state.group("holding", name).values()]
        for cover, amount in _units(state, lots).items():
            right[cover, debtor_part(head["issuer"], head["currency"])] += amount
    stored = {
        (cover, part): cast(Row, found)["insured"]
        for cover in _names(state, "insured-debtor")
        for part, found in state.group("insured-debtor", cover).items()
    }
    for key in sorted(right.keys() | stored.keys()):
        found, recounted = int(stored.get(key, 0)), right.get(key, 0)
        if found != recounted:
            yield InsuredDifference(*key, found=found, recounted=recounted)


def _units(state: State | Draft, lots: Iterable[Row]) -> defaultdict[str, int]:
    """Insured minor units by cover."""
    units: defaultdict[str, int] = defaultdict(int)
    for lot in lots:
        cover = lot["cover"]
        if cover and lot["state"] not in _over and insured_of(state, cover) == lot["holder"]:
            units[cover] += lot["end"] - lot["start"]
    return units


def insured_of(state: State | Draft, cover: str) -> str:
    """Who is insured by a cover that lots name."""
    found = row(state.get("insurance-cover", cover))
    return "" if found is None else str(found["insured"])


def _names(state: State, kind: str) -> Iterator[str]:
    after = ""
    while names := state.names(kind, after=after, limit=names_at_once):
        yield from names
        after = names[-1]
