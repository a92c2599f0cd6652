"""Invoices that were paid in the ordinary way beside what stands for them, as buyer and seller see them, and by how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import NotReadable
from tallystick.finance.hops.evidence import total, used
from tallystick.finance.ordinary.rules import stands_for
from tallystick.finance.reading.access import Reading, act_listed, readable_organisation
from tallystick.finance.reading.pages import Page, page_of_names
from tallystick.ledger import View

_at_once = 200


@dataclass(frozen=True, slots=True)
class OrdinaryView:
    """One invoice; amounts in minor units. `certified`: what certificates and transfers stand for, less what both sides
    cancelled. `paid`: ordinary payments that are open. `excess`: by how much both together are more than the invoice, less
    its credit notes. `payments`: all of them, by reference."""

    invoice: str
    buyer: str
    seller: str
    currency: str
    gross: int
    certified: int
    paid: int
    excess: int
    payments: Mapping[str, Row]


def ordinary_payments(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[OrdinaryView]:
    """Of an organisation as buyer or seller, by invoice."""
    mine = readable_organisation(reading, organisation, "documents")
    found = page_of_names(reading.view, "ordinary-payment-of", mine, after, limit)
    rows = (_view(reading, name) for name in found.rows)
    return Page(tuple(row for row in rows if row.payments), found.after)


def ordinary_payments_on(reading: Reading, invoice: str) -> OrdinaryView:
    """Raises `NotReadable` for whoever is neither buyer nor seller."""
    head = cast("Row | None", reading.view.get("invoice", invoice))
    if head is None or not reading.reader.may_read("parties", (head["buyer"], head["seller"])):
        raise NotReadable(invoice)
    return _view(reading, invoice)


def excess(view: View, invoice: str, paid: int) -> int:
    """How much of what was paid in the ordinary way is more than what certificates and transfers left to be paid."""
    left = (total(Draft(view), "invoice", invoice) or 0) - used(Draft(view), "invoice", invoice)
    return min(paid, max(0, paid - max(0, left + _cancelled(view, invoice))))


def _view(reading: Reading, invoice: str) -> OrdinaryView:
    view = reading.view
    head = cast(Row, view.get("invoice", invoice))
    payments = {
        reference: cast(Row, row)
        for reference, row in view.group("ordinary-payment", invoice).items()
        if _listed(reading, cast(Row, row))
    }
    paid = sum(row["amount"] for row in payments.values() if row["status"] == "open")
    return OrdinaryView(
        invoice=invoice,
        buyer=head["buyer"],
        seller=head["seller"],
        currency=head["currency"],
        gross=head["gross"],
        certified=stands_for(Draft(view), invoice) - _cancelled(view, invoice),
        paid=paid,
        excess=excess(view, invoice, paid),
        payments=payments,
    )


def _listed(reading: Reading, row: Row) -> bool:
    return act_listed(reading, "ordinary-payment", row["invoice"], row, row["buyer"], row["seller"])


def _cancelled(view: View, invoice: str) -> int:
    """What both sides cancelled in part; of what they cancelled as a whole the invoice is free again by itself."""
    found, after = 0, None
    while rows := view.find("certificate-of-invoice", invoice, after=after, limit=_at_once):
        heads = (cast(Row, one.value) for one in rows)
        found += sum(head.get("cancelled", 0) for head in heads if head["status"] != "cancelled")
        after = (rows[-1].name, rows[-1].part)
    return found
