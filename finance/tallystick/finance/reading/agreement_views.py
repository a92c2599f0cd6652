"""What firms proposed to each other, and what still waits for an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Row
from tallystick.finance.reading.access import (
    Reading,
    readable_document,
    readable_organisation,
    still_listed,
)
from tallystick.finance.reading.pages import Page, page_by_age


@dataclass(frozen=True, slots=True)
class Agreement:
    """A proposal: `name` is the payload hash by which it is answered."""

    name: str
    row: Row


def agreements(
    reading: Reading,
    organisation: str | None = None,
    after: str | None = None,
    limit: int = 50,
    *,
    waiting: bool = False,
) -> Page[Agreement]:
    """Of an organisation, the oldest first; with `waiting`, those that it has yet to answer."""
    mine = readable_organisation(reading, organisation)
    index = "agreement-waiting-by-age" if waiting else "agreement-by-age"
    found = page_by_age(reading.view, index, mine, after, limit)
    rows = tuple(
        Agreement(row.name, cast(Row, row.value))
        for row in found.rows
        if still_listed(reading, "agreement", row.name, cast(Row, row.value))
    )
    return Page(rows, found.after)


def changes_of(reading: Reading, order: str) -> Mapping[int, Row]:
    """Changes and cancellations of an order, by number."""
    readable_document(reading, "order", order)
    group = reading.view.group("order-change", order)
    return {int(part): cast(Row, value) for part, value in group.items()}
