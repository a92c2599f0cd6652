"""Orders, despatches, deliveries, invoices, receipts, and the match of an invoice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from tallystick.finance.draft import Row
from tallystick.finance.known import sides
from tallystick.finance.reading.access import (
    Reading,
    readable_document,
    readable_organisation,
    still_listed,
)
from tallystick.finance.reading.pages import Page, page
from tallystick.finance.reading.saying import receipt_thing
from tallystick.finance.trade.lines import line_name
from tallystick.finance.trade.match import Match
from tallystick.finance.trade.match_policy import Policy
from tallystick.finance.trade.match_reasons import releases
from tallystick.finance.trade.matching import match_invoice

DocumentKind = Literal["contract", "order", "despatch", "invoice", "credit", "usage", "delivery"]
#: What stands below each kind of document, by number.
_below: Mapping[DocumentKind, str] = {
    "contract": "supplement",
    "order": "order-line",
    "despatch": "despatch-line",
    "invoice": "invoice-line",
    "credit": "credit-line",
    "usage": "usage-line",
}


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A trade document with its lines by number."""

    kind: DocumentKind
    name: str
    head: Row
    lines: Mapping[int, Row]


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt line: which order line it is of, and the scan behind it."""

    order_line: str
    part: str
    row: Row

    @property
    def accepted(self) -> int:
        row = self.row
        return int(row["received"] - row["rejected"] - row["returned"])


@dataclass(frozen=True, slots=True)
class MatchView:
    """The match of an invoice; `release` says for each reason what ends it."""

    invoice: str
    currency: str
    match: Match
    release: Mapping[str, str]


def documents(
    reading: Reading,
    kind: DocumentKind,
    organisation: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[DocumentView]:
    """Heads of the documents in which an organisation takes part, in the order of their names."""
    mine = readable_organisation(reading, organisation, "documents")
    found = page(reading.view, f"{kind}-of", mine, after, limit)
    rows = tuple(
        DocumentView(kind, row.name, cast(Row, row.value), {})
        for row in found.rows
        if still_listed(reading, kind, row.name, cast(Row, row.value))
    )
    return Page(rows, found.after)


def document(reading: Reading, kind: DocumentKind, name: str) -> DocumentView:
    """One document with its lines; a contract with its supplements."""
    head = readable_document(reading, kind, name)
    lines: dict[int, Row] = {}
    if kind in _below:
        group = reading.view.group(_below[kind], name)
        lines = {int(part): cast(Row, value) for part, value in group.items()}
    return DocumentView(kind, name, head, lines)


def receipts(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[ReceiptView]:
    """Receipts of an organisation, as buyer or seller."""
    mine = readable_organisation(reading, organisation, "documents")
    found = page(reading.view, "receipt-of", mine, after, limit)
    rows = tuple(ReceiptView(row.name, row.part, cast(Row, row.value)) for row in found.rows)
    return Page(tuple(one for one in rows if _still(reading, one)), found.after)


def receipts_of_despatch(reading: Reading, despatch: str) -> tuple[ReceiptView, ...]:
    """What was received under a despatch advice."""
    readable_document(reading, "despatch", despatch)
    found = reading.view.find("receipt-of-despatch", despatch, limit=1000)
    rows = (ReceiptView(row.name, row.part, cast(Row, row.value)) for row in found)
    return tuple(one for one in rows if _still(reading, one))


def receipts_of_line(reading: Reading, order: str, line: int) -> tuple[ReceiptView, ...]:
    """What was received of an order line, oldest first."""
    readable_document(reading, "order", order)
    name = line_name(order, line)
    group = reading.view.group("receipt", name)
    rows = (ReceiptView(name, part, cast(Row, value)) for part, value in group.items())
    return tuple(one for one in rows if _still(reading, one))


def _still(reading: Reading, one: ReceiptView) -> bool:
    return reading.reader.still_reads(
        receipt_thing(one.order_line, one.row), sides("receipt", one.row)
    )


def invoice_match(reading: Reading, invoice: str, policy: Policy | None = None) -> MatchView:
    """By the tolerances in force unless others are named: why an invoice may or may not be confirmed, and what would release what is held."""
    head = readable_document(reading, "invoice", invoice)
    return match_view(invoice, head, match_invoice(reading.view, invoice, policy))


def match_view(invoice: str, head: Row, match: Match) -> MatchView:
    release: dict[str, str] = {reason: releases[reason] for reason in match.reasons}
    return MatchView(invoice, head["currency"], match, release)
