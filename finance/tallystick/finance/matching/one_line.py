"""One invoice line beside its order line and its goods: why it is held, and what would release it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Row
from tallystick.finance.errors import NotReadable
from tallystick.finance.matching.tolerances import tolerance_name, tolerances
from tallystick.finance.reading.access import Reading, act_listed, readable_document
from tallystick.finance.trade.lines import line_name, line_part
from tallystick.finance.trade.match import LineMatch, gross_amount
from tallystick.finance.trade.match_policy import Policy
from tallystick.finance.trade.matching import match_invoice

shown_max = 200


@dataclass(frozen=True, slots=True)
class Sides:
    """Quantities of an order line side by side, in 10^-`scale` of `unit`; `invoiced` and `credited` of the invoice
    line, `confirmed` of the order line over all invoices."""

    unit: str
    scale: int
    ordered: int
    despatched: int
    received: int
    rejected: int
    returned: int
    accepted: int
    invoiced: int
    credited: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A release that a maker proposed and nobody approved yet."""

    proposal: str
    row: Row


@dataclass(frozen=True, slots=True)
class LineView:
    """`missing`: quantity billed and not accepted, worth `missing_worth` at the invoice's price. `policy`, `releasable`,
    `release` and `asks` are the buyer's own: None or empty for anybody else."""

    invoice: str
    head: Row
    row: Row
    ordered: Row
    sides: Sides
    match: LineMatch
    version: int
    missing: int
    missing_worth: int
    receipts: tuple[Row, ...]
    credits: tuple[tuple[str, Row], ...]
    retention: Row | None
    policy: Policy | None
    releasable: tuple[str, ...]
    release: Row | None
    asks: tuple[Ask, ...]


#: What two persons of the buyer may let pass.
_releasable = ("price-above-order", "tax-above-order", "billed-above-order", "retained")


def one_line(reading: Reading, invoice: str, number: int) -> LineView:
    """Raises `NotReadable`."""
    head, view, part = (
        readable_document(reading, "invoice", invoice),
        reading.view,
        line_part(number),
    )
    row = cast("Row | None", view.get("invoice-line", invoice, part))
    if row is None:
        raise NotReadable(f"{invoice} line {number}")
    match = match_invoice(view, invoice)
    line = match.line(number)
    if line is None:
        raise NotReadable(f"{invoice} line {number}")
    ordered = cast(Row, view.get("order-line", row["order"], line_part(row["order_line"])))
    receipts = view.group("receipt", line_name(row["order"], row["order_line"])).values()
    left = row["quantity"] - row["credited_quantity"]
    missing = max(0, left - line.billable - line.over)
    ours = reading.reader.may_read("parties", (head["buyer"],))
    release = cast("Row | None", view.get("match-release", invoice, part))
    terms = tolerance_name(head["buyer"], head["currency"])
    return LineView(
        invoice=invoice,
        head=head,
        row=row,
        ordered=ordered,
        sides=_sides(row, ordered),
        match=line,
        version=match.policy,
        missing=missing,
        missing_worth=gross_amount(missing, line.scale, line.price, line.tax_ppm),
        receipts=tuple(cast(Row, receipt) for receipt in receipts)[-shown_max:],
        credits=tuple(_credits(reading, invoice, number)),
        retention=cast("Row | None", view.get("retention", invoice, part)),
        policy=tolerances(view, head["buyer"], head["currency"])
        if ours and _told(reading, "tolerance", terms, head)
        else None,
        releasable=tuple(one for one in _releasable if ours and one in line.reasons),
        release=release if ours and _told(reading, "match-release", invoice, head) else None,
        asks=tuple(_asks(reading, invoice, number)) if ours else (),
    )


def _told(reading: Reading, kind: str, name: str, head: Row) -> bool:
    """Unless the buyer, whose it is, raised its grade since."""
    return act_listed(reading, kind, name, {"organisation": head["buyer"]}, head["buyer"])


def _sides(row: Row, ordered: Row) -> Sides:
    accepted = ordered["received"] - ordered["rejected"] - ordered["returned"]
    return Sides(
        unit=ordered["unit"],
        scale=ordered["scale"],
        ordered=ordered["quantity"],
        despatched=ordered["despatched"],
        received=ordered["received"],
        rejected=ordered["rejected"],
        returned=ordered["returned"] + ordered["rejected_returned"],
        accepted=accepted,
        invoiced=row["quantity"],
        credited=row["credited_quantity"],
        confirmed=ordered["consumed"],
    )


def _credits(reading: Reading, invoice: str, number: int) -> Iterator[tuple[str, Row]]:
    """Lines of credit notes on this invoice line, with the names of their notes."""
    for note in reading.view.find("credit-of-invoice", invoice, limit=shown_max):
        for value in reading.view.group("credit-line", note.name).values():
            row = cast(Row, value)
            if row["invoice_line"] == number:
                yield note.name, row


def _asks(reading: Reading, invoice: str, number: int) -> Iterator[Ask]:
    key = f"{invoice} {number}"
    for found in reading.view.find("match-release-proposal-open", key, limit=shown_max):
        row = cast(Row, found.value)
        if act_listed(reading, "match-release-proposal", found.name, row, row["organisation"]):
            yield Ask(found.name, row)
