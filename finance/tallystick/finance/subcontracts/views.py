"""Subcontract orders as their two firms read them."""

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
from tallystick.finance.reading.pages import Page, page
from tallystick.finance.subcontracts.balance import Balance, balances


@dataclass(frozen=True, slots=True)
class MaterialView:
    """One item of the buyer's at the subcontractor. `uses`: by order line, what so many parts take of it."""

    item: str
    row: Row
    balance: Balance
    uses: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class SubcontractView:
    order: str
    head: Row
    materials: tuple[MaterialView, ...]

    @property
    def held(self) -> bool:
        """More was lost of something than is allowed."""
        return any(one.balance.held for one in self.materials)


@dataclass(frozen=True, slots=True)
class NoteView:
    name: str
    row: Row


def subcontracts(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[SubcontractView]:
    """Of an organisation, as buyer and as subcontractor."""
    mine = readable_organisation(reading, organisation, "documents")
    found = page(reading.view, "subcontract-of", mine, after, limit)
    rows = tuple(
        _seen(reading, one.name, cast(Row, one.value))
        for one in found.rows
        if still_listed(reading, "subcontract", one.name, cast(Row, one.value))
    )
    return Page(rows, found.after)


def subcontract(reading: Reading, order: str) -> SubcontractView:
    """Raises `NotReadable` for whoever is no party of it."""
    return _seen(reading, order, readable_document(reading, "subcontract", order))


def notes(
    reading: Reading, order: str, after: str | None = None, limit: int = 50
) -> Page[NoteView]:
    """What was issued, returned and lost under an order, by the names of the notes."""
    readable_document(reading, "subcontract", order)
    found = page(reading.view, "material-note-of-order", order, after, limit)
    rows = tuple(
        NoteView(one.name, cast(Row, one.value))
        for one in found.rows
        if still_listed(reading, "material-note", one.name, cast(Row, one.value))
    )
    return Page(rows, found.after)


def _seen(reading: Reading, order: str, head: Row) -> SubcontractView:
    found = balances(reading.view, order)
    uses = cast("Mapping[str, Row]", reading.view.group("subcontract-use", order))
    materials = cast("Mapping[str, Row]", reading.view.group("subcontract-material", order))
    return SubcontractView(
        order,
        head,
        tuple(
            MaterialView(
                item, row, found[item], tuple(use for use in uses.values() if use["item"] == item)
            )
            for item, row in sorted(materials.items())
        ),
    )
