"""What a core enterprise has to confirm: its invoices with their match, and proposals that wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Row
from tallystick.finance.reading.access import Reading, readable_organisation
from tallystick.finance.reading.pages import Page, page
from tallystick.finance.reading.saying import confirmed_by
from tallystick.finance.reading.trade_views import MatchView, documents, invoice_match
from tallystick.ledger import Found, Thing


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """An invoice to one's own organisation: `match.match.confirmable` of it may be confirmed now."""

    invoice: str
    head: Row
    match: MatchView


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A confirmation that a maker proposed; `name`: the payload hash that an approval names."""

    name: str
    row: Row


def to_confirm(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 25
) -> Page[ToConfirm]:
    """Invoices of which the organisation is the buyer, in the order of their names."""
    buyer = readable_organisation(reading, organisation)
    found = documents(reading, "invoice", buyer, after, limit)
    rows = tuple(
        ToConfirm(one.name, one.head, invoice_match(reading, one.name))
        for one in found.rows
        if one.head["buyer"] == buyer
    )
    return Page(rows, found.after)


def proposals(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 25
) -> Page[ProposalView]:
    """Those of an organisation, open and approved."""
    mine = readable_organisation(reading, organisation)
    found = page(reading.view, "proposal-of", mine, after, limit)
    rows = tuple(
        ProposalView(one.name, cast(Row, one.value))
        for one in found.rows
        if reading.reader.still_reads(_said(one), (mine,))
    )
    return Page(rows, found.after)


def _said(found: Found) -> Thing:
    """A proposal, which its organisation's maker said."""
    said = ((confirmed_by[0], str(found.value["organisation"])),)
    return Thing("certificates", found.name, said=said)
