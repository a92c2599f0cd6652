"""Guarantees as their three parties see them; nobody else learns that there are any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Row
from tallystick.finance.errors import NotReadable
from tallystick.finance.guarantees.terms import available, parties
from tallystick.finance.money.dates import money_date
from tallystick.finance.reading.access import Reading, act_listed
from tallystick.finance.reading.pages import Page, page
from tallystick.identity import ledger_time

#: Proposals of a bank that wait for its second person, looked through for one guarantee.
_waiting_max = 200


@dataclass(frozen=True, slots=True)
class GuaranteeView:
    """`available`: what can be demanded today. `proposals`: for the bank alone, what waits for its second person."""

    name: str
    row: Row
    available: int
    amendments: Mapping[str, Row]
    demands: Mapping[str, Row]
    proposals: Mapping[str, Row]


def guarantees(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[GuaranteeView]:
    """Those of which an organisation is applicant, beneficiary or bank."""
    mine = reading.reader.lists_of(organisation)
    if mine is None:
        raise NotReadable(organisation or "")
    found = page(reading.view, "guarantee-of", mine, after, limit)
    rows = ((one.name, cast("Row", one.value)) for one in found.rows)
    shown = tuple(_view(reading, name, row) for name, row in rows if _listed(reading, name, row))
    return Page(shown, found.after)


def guarantee(reading: Reading, name: str) -> GuaranteeView:
    """Raises `NotReadable` for whoever is none of its three parties."""
    found = cast("Row | None", reading.view.get("guarantee", name))
    sides = tuple(str(found[side]) for side in parties) if found else ()
    may = reading.reader.may_read("parties", sides)
    if found is None or not may or not _listed(reading, name, found):
        raise NotReadable(name)
    return _view(reading, name, found)


def _listed(reading: Reading, name: str, row: Row) -> bool:
    return act_listed(reading, "guarantee", name, row, *(row[side] for side in parties))


def _view(reading: Reading, name: str, row: Row) -> GuaranteeView:
    view = reading.view
    today = money_date(ledger_time(view), row["zone"])
    amendments = cast("Mapping[str, Row]", view.group("guarantee-amendment", name))
    demands = cast("Mapping[str, Row]", view.group("guarantee-demand", name))
    proposals: dict[str, Row] = {}
    if reading.reader.may_read("parties", (str(row["bank"]),)):
        waiting = view.find("guarantee-proposal-of", str(row["bank"]), limit=_waiting_max)
        proposals = {
            one.name: cast("Row", one.value)
            for one in waiting
            if one.value.get("guarantee") == name
        }
    else:
        amendments = {part: one for part, one in amendments.items() if one["status"] != "proposed"}
    return GuaranteeView(name, row, available(row, today), amendments, demands, proposals)
