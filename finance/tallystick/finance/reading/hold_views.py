"""Pledges, locks, freezes, disputes and cancellations, as their sides see them; and how many freezes there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import NotReadable
from tallystick.finance.holdings.freezes import counters
from tallystick.finance.reading.access import (
    Reading,
    act_listed,
    readable_organisation,
    seen_certificate,
)
from tallystick.finance.reading.pages import Page, page
from tallystick.finance.receivables.budgets import budget_rule, holdings_max
from tallystick.finance.receivables.certificates import load_book
from tallystick.ledger import Found, View

kinds = ("pledge", "lock", "dispute", "cancellation", "freeze")


@dataclass(frozen=True, slots=True)
class Hold:
    """One of them: `name` is the payload hash by which it is answered, `row` what stands in the log."""

    kind: str
    name: str
    row: Row


@dataclass(frozen=True, slots=True)
class Preview:
    """What a transfer of `amount` would do to splits, before it is made.

    `costs`: splits that are spent; `goes_along`: those that go to whoever takes the units; `keeps`: what is left then.
    `possible`: whether there are splits enough. `whole`: the largest amounts up to it that cost none.
    """

    rule: str
    holder: str
    amount: int
    free: int
    left: int
    costs: int
    goes_along: int
    keeps: int
    fragments: int
    fragments_max: int
    possible: bool
    whole: tuple[int, ...]


def holds_of(reading: Reading, name: str, mine: Callable[..., bool]) -> Iterator[Hold]:
    """What goes on with a certificate, as far as it is the reader's own."""
    for kind in kinds:
        for found in reading.view.find(f"{kind}-of-certificate", name, limit=holdings_max):
            row = cast(Row, found.value)
            sides = _sides(kind, row)
            if mine(*sides) and act_listed(reading, kind, found.name, row, *sides):
                yield Hold(kind, found.name, row)


def freezes(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[Hold]:
    """Freezes of an organisation's units; of a node, those that its people entered."""
    mine = readable_organisation(reading, organisation)
    rows = [
        (index, page(reading.view, index, mine, after, limit))
        for index in ("freeze-by", "freeze-of")
    ]
    for _, found in rows:
        if found.rows:
            return Page(_listed(reading, "freeze", found.rows), found.after)
    return Page((), None)


def freeze_proposals(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[Hold]:
    """What one person of a node proposed."""
    mine = readable_organisation(reading, organisation)
    found = page(reading.view, "freeze-proposal-of", mine, after, limit)
    return Page(_listed(reading, "freeze-proposal", found.rows), found.after)


def freeze_count(view: View) -> dict[str, int]:
    """How many there were and are; for everybody."""
    row = cast("Row | None", view.get("freeze-count", "public"))
    return {key: 0 if row is None else int(row[key]) for key in counters}


def preview(reading: Reading, name: str, amount: int, holder: str | None = None) -> Preview:
    """What a transfer of so much would spend; raises `NotReadable`, or what the book would refuse it for."""
    _, seen = seen_certificate(reading, name)
    mine = readable_organisation(reading, holder)
    if not seen.hop(mine):
        raise NotReadable(name)
    draft = Draft(reading.view)
    book = load_book(draft, name)
    left, free, before = book.left(mine), book.free(mine), len(book)
    costs = book.costs(mine, amount)
    goes, keeps = 0, left
    if costs <= max(0, left):
        book.transfer(mine, "", amount)
        goes, keeps = book.left(""), book.left(mine)
    return Preview(
        rule=budget_rule,
        holder=mine,
        amount=amount,
        free=free,
        left=left,
        costs=costs,
        goes_along=goes,
        keeps=keeps,
        fragments=before,
        fragments_max=holdings_max,
        possible=costs <= max(0, left),
        whole=book.whole_amounts(mine) if costs > max(0, left) else (),
    )


def _sides(kind: str, row: Mapping[str, object]) -> tuple[object, ...]:
    if kind == "freeze":
        return (row["holder"], row["node"], *cast("list[str]", row["pledgees"]))
    if kind == "freeze-proposal":
        return (row["node"],)
    return (row["from"], row.get("to"))


def _listed(reading: Reading, kind: str, rows: tuple[Found, ...]) -> tuple[Hold, ...]:
    holds = (Hold(kind, one.name, cast(Row, one.value)) for one in rows)
    return tuple(
        one for one in holds if act_listed(reading, kind, one.name, one.row, *_sides(kind, one.row))
    )
