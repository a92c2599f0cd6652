"""Facilities as borrower and funder see them, and advances as the supplier that they pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tallystick.finance.advances.drawable import Milestone, drawable, milestone, unbought
from tallystick.finance.advances.facilities import parties
from tallystick.finance.advances.owing import Owed, counted_to, owed
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import NotReadable
from tallystick.finance.money.dates import default_zone, money_date
from tallystick.finance.reading.access import Reading, act_listed
from tallystick.finance.reading.pages import Page, page
from tallystick.identity import ledger_time

#: Proposals of a funder that wait for its second person, looked through for one facility.
_waiting_max = 200


@dataclass(frozen=True, slots=True)
class FacilityView:
    """As of today. `drawable` without despatches that a carrier scanned, which a drawing names.

    `proposals`: for the funder alone, what waits for its second person.
    """

    name: str
    row: Row
    milestone: Milestone
    drawable: int
    unbought: int
    owed: Owed
    overdue: bool
    advances: Mapping[str, Row]
    repayments: Mapping[str, Row]
    proposals: Mapping[str, Row]


@dataclass(frozen=True, slots=True)
class AdvanceView:
    facility: str
    name: str
    currency: str
    row: Row


def facilities(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[FacilityView]:
    """Those under which an organisation borrows or lends."""
    mine = reading.reader.lists_of(organisation)
    if mine is None:
        raise NotReadable(organisation or "")
    found = page(reading.view, "facility-of", mine, after, limit)
    rows = ((one.name, cast("Row", one.value)) for one in found.rows)
    shown = tuple(_view(reading, name, row) for name, row in rows if _listed(reading, name, row))
    return Page(shown, found.after)


def facility(reading: Reading, name: str) -> FacilityView:
    """Raises `NotReadable` for whoever is neither borrower nor funder."""
    found = cast("Row | None", reading.view.get("facility", name))
    sides = tuple(str(found[side]) for side in parties) if found else ()
    may = reading.reader.may_read("parties", sides)
    if found is None or not may or not _listed(reading, name, found):
        raise NotReadable(name)
    return _view(reading, name, found)


def advances(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[AdvanceView]:
    """Those that pay an organisation as the supplier of a purchase."""
    mine = reading.reader.lists_of(organisation)
    if mine is None:
        raise NotReadable(organisation or "")
    found = page(reading.view, "advance-to", mine, after, limit)
    rows: list[AdvanceView] = []
    for one in found.rows:
        head, row = cast("Row", reading.view.get("facility", one.name)), cast("Row", one.value)
        told = {**row, "borrower": head["borrower"]}
        if act_listed(reading, "advance", one.name, told, head["borrower"], mine):
            rows.append(AdvanceView(one.name, one.part, head["currency"], told))
    return Page(tuple(rows), found.after)


def _listed(reading: Reading, name: str, row: Row) -> bool:
    return act_listed(reading, "facility", name, row, *(row[side] for side in parties))


def _view(reading: Reading, name: str, row: Row) -> FacilityView:
    view, draft = reading.view, Draft(reading.view)
    today = money_date(ledger_time(view), row.get("zone", default_zone))
    reached = milestone(draft, row)
    room = drawable(draft, row, reached, today) if row["status"] == "open" else 0
    out = owed(row, counted_to(row, today))
    proposals: dict[str, Row] = {}
    if reading.reader.may_read("parties", (str(row["funder"]),)):
        waiting = view.find("facility-proposal-of", str(row["funder"]), limit=_waiting_max)
        proposals = {
            one.name: cast("Row", one.value) for one in waiting if one.value.get("facility") == name
        }
    return FacilityView(
        name,
        row,
        reached,
        room,
        unbought(draft, row),
        out,
        bool(out.total) and today > row.get("repay_on", today),
        cast("Mapping[str, Row]", view.group("advance", name)),
        cast("Mapping[str, Row]", view.group("advance-repayment", name)),
        proposals,
    )
