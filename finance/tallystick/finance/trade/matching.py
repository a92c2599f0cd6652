"""The match of an invoice on record, and what a confirmation consumes of it.

The match follows from the state alone: documents, receipts, and the tolerances in force. Receipts are consumed
oldest first, so that each amount confirmed names the receipt lines, and through them the items, on which it rests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tallystick.finance.agreements.contracts import runs
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import DocumentUnknown
from tallystick.finance.matching import retention
from tallystick.finance.matching.tolerances import tolerances
from tallystick.finance.statements.invoicing import agreed
from tallystick.finance.subcontracts.balance import holds_loss
from tallystick.finance.trade.billed import billed, note
from tallystick.finance.trade.charges import lowered
from tallystick.finance.trade.documents import Price
from tallystick.finance.trade.lines import line_name, line_part, signed
from tallystick.finance.trade.match import (
    LineFacts,
    LineMatch,
    Match,
    Terms,
    quantity_for,
    three_way_match,
)
from tallystick.finance.trade.match_policy import Policy
from tallystick.finance.trade.match_reasons import Reason
from tallystick.finance.trade.set_off import SetOff, nothing, set_off
from tallystick.ledger import InvariantError, State

#: By order line, then by invoice and line: what certificates on other invoices settle.
Settled = dict[str, dict[tuple[str, int], SetOff]]


@dataclass(frozen=True, slots=True)
class Used:
    """What an amount consumed of one invoice line: a quantity, and of which receipts."""

    line: int
    order: str
    order_line: int
    quantity: int
    receipts: tuple[tuple[str, int], ...]

    def document(self) -> dict[str, Any]:
        receipts = [{"part": part, "quantity": quantity} for part, quantity in self.receipts]
        return {
            "line": self.line,
            "order": self.order,
            "order_line": self.order_line,
            "quantity": self.quantity,
            "receipts": receipts,
        }


def match_invoice(
    state: State, invoice: str, policy: Policy | None = None, settled: Settled | None = None
) -> Match:
    """The three-way match as it stands, by the tolerances in force unless others are named; pure.

    `settled`: what was found before of order lines of the same state, by the tolerances in force; it is added to.
    Raises `DocumentUnknown`.
    """
    draft = Draft(state)
    head = draft.row("invoice", invoice)
    if head is None:
        raise DocumentUnknown(invoice)
    if policy is None:
        policy = tolerances(state, head["buyer"], head["currency"])
    around = _around(draft, invoice, head, policy, settled)
    lines = draft.rows("invoice-line", invoice).items()
    return three_way_match([_settled(around, part, line) for part, line in lines], policy)


@dataclass(frozen=True, slots=True)
class _Around:
    """What the lines of one invoice have in common, looked up once."""

    draft: Draft
    invoice: str
    head: Row
    policy: Policy
    releases: Mapping[str, Row]
    settled: Settled
    _roots: dict[str, tuple[Row, tuple[Reason, ...]]] = field(default_factory=dict)

    def root(self, order: str) -> tuple[Row, tuple[Reason, ...]]:
        """The contract of an order, and why nothing of such lines may be confirmed."""
        found = self._roots.get(order)
        if found is None:
            row = self.draft.row("order", order) or {}
            contract = self.draft.row("contract", row["contract"]) or {}
            blocks: list[Reason] = [*_blocks(self.head, row, contract)]
            if holds_loss(self.draft, row, order):
                blocks.append("material-lost")
            found = contract, tuple(blocks)
            self._roots[order] = found
        return found


def _around(
    draft: Draft, invoice: str, head: Row, policy: Policy, settled: Settled | None = None
) -> _Around:
    releases = draft.rows("match-release", invoice)
    return _Around(draft, invoice, head, policy, releases, {} if settled is None else settled)


def _settled(around: _Around, part: str, line: Row) -> LineFacts:
    """The facts of a line, with what certificates on other invoices of its order line settle of it."""
    facts = _facts(around, part, line)
    ordered = around.draft.row("order-line", line["order"], line_part(line["order_line"])) or {}
    if not ordered.get("credited_above") or around.head["grade"] != signed:
        return facts
    if facts.order_line not in around.settled:
        around.settled[facts.order_line] = _set_off(around, facts.order_line)
    found = around.settled[facts.order_line].get((around.invoice, facts.line), nothing)
    share = facts.retention_ppm if found.retains else 0
    return replace(
        facts,
        carried=found.quantity,
        set_off=found.amount,
        credited_after=found.credited,
        retention_ppm=share,
    )


def _set_off(around: _Around, order_line: str) -> dict[tuple[str, int], SetOff]:
    """Of the invoice lines of an order line that are not settled exactly, by invoice and line."""
    draft = around.draft
    found: dict[tuple[str, int], LineFacts] = {}
    retains = False
    for invoice, part in billed(draft, order_line):
        near = around
        if invoice != around.invoice:
            near = _around(draft, invoice, draft.row("invoice", invoice) or {}, around.policy)
        line = draft.row("invoice-line", invoice, part) or {}
        facts = _facts(near, part, line)
        found[invoice, facts.line] = facts
        if facts.confirmed_quantity > facts.invoiced:
            retains = retains or retention.is_running(draft, invoice, part)
    shares = set_off(list(found.values()), around.policy, retains=retains)
    return dict(zip(found, shares, strict=True))


def _facts(around: _Around, part: str, line: Row) -> LineFacts:
    draft, head = around.draft, around.head
    contract, blocks = around.root(line["order"])
    ordered = draft.row("order-line", line["order"], line_part(line["order_line"])) or {}
    released = around.releases.get(part, {})
    accepted = ordered["received"] - ordered["rejected"] - ordered["returned"]
    name = line_name(line["order"], line["order_line"])
    if around.policy.document_deliveries:
        accepted += _stated(draft, name, head["buyer"])
    return LineFacts(
        line=int(part),
        order_line=name,
        scale=line["scale"],
        ordered=ordered["quantity"],
        accepted=accepted,
        consumed=ordered["consumed"],
        order=_terms(agreed(draft, line) or ordered),
        invoiced=line["quantity"] - line["credited_quantity"],
        invoice=_terms(line),
        confirmed_quantity=line["consumed"],
        confirmed_amount=line["confirmed"],
        credited=lowered(line),
        retention_ppm=retention.retention_of(draft, contract, around.invoice, part),
        waived=released.get("waived", 0),
        waived_quantity=released.get("waived_quantity", 0),
        blocks=blocks,
    )


def _stated(draft: Draft, order_line: str, buyer: str) -> int:
    """What deliveries say that only the buyer's own documents state."""
    return sum(
        row["quantity"] - row["rejected"]
        for row in draft.rows("delivery-line", order_line).values()
        if row["stated_by"] == buyer
    )


def _blocks(head: Row, order: Row, contract: Row) -> Iterator[Reason]:
    """Why nothing of the line may be confirmed, whatever was received."""
    if order["grade"] != signed:
        yield "order-document-only"
    if head["grade"] != signed:
        yield "invoice-document-only"
    if contract["status"] != "agreed":
        yield "contract-not-agreed"
    elif not runs(contract, order["ordered_on"]):
        yield "contract-ended"


def _terms(line: Row) -> Terms:
    # The state holds what a body was checked for already.
    price = Price.model_construct(amount=line["price"]["amount"], per=line["price"]["per"])
    return Terms(price, line["tax_ppm"], line["unit"])


def consume(draft: Draft, invoice: str, result: LineMatch, amount: int) -> Used:
    """Book `amount` on an invoice line and take the goods that carry it out of its receipts."""
    part = line_part(result.line)
    line = draft.row("invoice-line", invoice, part) or {}
    total = line["confirmed"] + result.set_off + amount
    most = result.billable
    share = result.retention_ppm
    reached = quantity_for(total, result.scale, result.price, result.tax_ppm, most, share)
    quantity = max(0, reached - result.carried - line["consumed"])
    name = line_name(line["order"], line["order_line"])
    receipts = _take(draft, name, quantity)
    if receipts:
        retention.run(draft, invoice, part, line, [receipt for receipt, _ in receipts])
    else:
        carried = retention.carried_by(draft, invoice, result.line)
        receipts = [(receipt, 0) for receipt in carried or _taken(draft, name, result.carried)]
    draft.add("invoice-line", invoice, part, confirmed=amount, consumed=quantity)
    draft.add("order-line", line["order"], line_part(line["order_line"]), consumed=quantity)
    note(draft, invoice, part)
    return Used(result.line, line["order"], line["order_line"], quantity, tuple(receipts))


def _taken(draft: Draft, name: str, quantity: int) -> Iterator[str]:
    """The oldest receipts out of which so much was taken already: money is confirmed on the same goods."""
    for part, receipt in draft.rows("receipt", name).items():
        if quantity > 0 and receipt["consumed"]:
            quantity -= receipt["consumed"]
            yield part


def release(draft: Draft, backing: Mapping[str, Any]) -> None:
    """Undo `consume` for a certificate that never came to life."""
    part = line_part(backing["line"])
    quantity, amount = backing["quantity"], backing["end"] - backing["start"]
    draft.add("invoice-line", backing["invoice"], part, confirmed=-amount, consumed=-quantity)
    note(draft, backing["invoice"], part)
    order_line = line_part(backing["order_line"])
    draft.add("order-line", backing["order"], order_line, consumed=-quantity)
    name = line_name(backing["order"], backing["order_line"])
    for receipt in backing["receipts"]:
        draft.add("receipt", name, receipt["part"], consumed=-receipt["quantity"])
    if not (draft.row("invoice-line", backing["invoice"], part) or {})["confirmed"]:
        retention.stop(draft, backing["invoice"], part)


def _take(draft: Draft, name: str, quantity: int) -> list[tuple[str, int]]:
    taken = []
    for part, receipt in draft.rows("receipt", name).items():
        left = receipt["received"] - receipt["rejected"] - receipt["returned"] - receipt["consumed"]
        share = min(max(0, left), quantity)
        if share:
            draft.add("receipt", name, part, consumed=share)
            taken.append((part, share))
            quantity -= share
        if not quantity:
            break
    if quantity:
        raise InvariantError(f"{name}: {quantity} confirmed without a receipt")
    return taken
