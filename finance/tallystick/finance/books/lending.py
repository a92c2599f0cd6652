"""What a funder lent on orders and nobody repaid yet, on a day: principal and simple interest, by facility."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, cast

from tallystick.finance.advances.facilities import parties
from tallystick.finance.advances.owing import counted_to, owed
from tallystick.finance.draft import Row
from tallystick.finance.money.dates import check_date
from tallystick.finance.reading.access import Reading, act_listed, readable_organisation
from tallystick.finance.reading.pages import page, page_rows_max


@dataclass(frozen=True, slots=True)
class Lent:
    """Of one facility, in minor units."""

    facility: str
    borrower: str
    buyer: str
    currency: str
    principal: int
    interest: int

    def document(self) -> dict[str, Any]:
        return asdict(self)


def lent(reading: Reading, on: str, organisation: str | None = None) -> Iterator[Lent]:
    """Every facility on which something is owed to a funder. Raises `NotReadable` or `DateRefused`."""
    mine, day = readable_organisation(reading, organisation), check_date(on)
    return _every(reading, mine, day)


def _every(reading: Reading, mine: str, day: str) -> Iterator[Lent]:
    after = None
    while True:
        found = page(reading.view, "facility-of", mine, after, page_rows_max)
        for one in found.rows:
            told = cast(Row, one.value)
            sides = (told[side] for side in parties)
            if told.get("funder") == mine and act_listed(
                reading, "facility", one.name, told, *sides
            ):
                yield from _owing(one.name, told, day)
        if found.after is None:
            return
        after = found.after


def _owing(name: str, told: Row, day: str) -> Iterator[Lent]:
    if not told.get("principal") and "accrued_on" not in told:
        return
    due = owed(told, counted_to(told, day))
    if due.total:
        yield Lent(
            name,
            told["borrower"],
            told["buyer"],
            told["currency"],
            due.principal,
            due.interest,
        )
