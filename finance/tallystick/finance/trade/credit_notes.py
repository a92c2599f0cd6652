"""Credit notes: what a seller takes back of its own invoice, by quantity or by money.

    credit       <credit>            {seller, buyer, invoice, currency, net, tax, gross, grade, …}
    credit-line  <credit> line       {invoice_line, quantity, scale, net, tax, statement?, statement_line?}: in the scale
                                     of the invoice line

What goes back of an invoice that bills statement lines is credited by an agreed line below zero (`crediting`).
A quantity lowers what is invoiced, money lowers what it is worth; the match sees both. Units of a certificate
are never touched: what was confirmed above the invoice's rest lowers nothing but what may still be confirmed,
and stands in the note as `above` for the two firms to settle between them.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import DocumentExists, DocumentOnly, DocumentUnknown, DocumentWrong
from tallystick.finance.known import known
from tallystick.finance.matching.tolerances import tolerances
from tallystick.finance.money.dates import check_date
from tallystick.finance.parties import counterparties, document_author, require_persons_for
from tallystick.finance.statements.crediting import settle
from tallystick.finance.trade.billed import note
from tallystick.finance.trade.charges import lowered
from tallystick.finance.trade.documents import Credit, CreditLine, Price, document_name
from tallystick.finance.trade.lines import check_once, document_only, line_part, signed
from tallystick.finance.trade.match import gross_amount, net_amount
from tallystick.finance.trade.quantities import rescale
from tallystick.ledger import Act, Effects, State


def put_credit(state: State, act: Act[Credit]) -> Effects:
    body, draft = act.body, Draft(state)
    counterparties(state, body.buyer, body.seller)
    author = document_author(state, act, body.buyer, body.seller)
    name = document_name(author, body.seller, body.number)
    if state.get("credit", name) is not None:
        raise DocumentExists(name)
    invoice = known(state, act, "invoice", body.invoice)
    _check_head(body, invoice)
    grade = signed if author == body.seller else document_only
    if grade != invoice["grade"]:
        raise DocumentOnly(f"{body.invoice} is {invoice['grade']}, the note {grade}")
    check_once((line.line for line in body.lines), "line")
    check_once((line.invoice_line for line in body.lines), "invoice line")
    rounding = tolerances(draft, body.buyer, body.currency).rounding_minor
    above = sum(_take(draft, act, name, line, rounding, grade) for line in body.lines)
    net, tax = sum(line.net for line in body.lines), sum(line.tax for line in body.lines)
    if grade == signed:
        require_persons_for(state, act, body.seller, body.currency, net + tax)
    head: dict[str, Any] = body.model_dump(mode="json", exclude={"lines"})
    head |= {"net": net, "tax": tax, "gross": net + tax, "above": above, "grade": grade}
    head |= {"stated_by": author, "index": act.index, "time": act.time}
    draft.put("credit", name, head)
    return draft.effects


def _check_head(body: Credit, invoice: Row) -> None:
    if (invoice["buyer"], invoice["seller"]) != (body.buyer, body.seller):
        raise DocumentWrong(f"{body.invoice} is between other parties")
    if invoice["currency"] != body.currency:
        raise DocumentWrong(f"{body.invoice} is in {invoice['currency']}")
    if check_date(body.credited_on) < invoice["invoiced_on"]:
        raise DocumentWrong(f"the note is dated before its invoice, {invoice['invoiced_on']}")


def _take(
    draft: Draft, act: Act[Credit], name: str, line: CreditLine, rounding: int, grade: str
) -> int:
    """Book a line on its invoice line; how much of it was confirmed before.

    The note may differ by `rounding` from price times quantity: its system rounded elsewhere.
    """
    invoice, part = act.body.invoice, line_part(line.invoice_line)
    found = draft.row("invoice-line", invoice, part)
    if found is None:
        raise DocumentUnknown(f"{invoice} line {line.invoice_line}")
    binds = grade == signed
    quantity = _quantity(found, line, rounding, agreed=binds and line.statement is not None)
    settled = settle(draft, act, name, line, found, quantity, binds=binds)
    worth = line.net + line.tax
    left = quantity_left(found) - quantity
    after = {**found, "credited_quantity": found["credited_quantity"] + quantity}
    rest = _worth(found, left) - lowered(after) - (0 if quantity else worth)
    if left < 0 or rest < 0:
        raise DocumentWrong(f"line {line.line}: more is credited than was invoiced")
    if quantity:
        draft.add("invoice-line", invoice, part, credited_quantity=quantity)
    else:
        draft.add("invoice-line", invoice, part, credited=worth)
    document = line.model_dump(mode="json", exclude={"line", "statement", "statement_line"})
    document |= {"quantity": quantity, "scale": found["scale"], **settled}
    draft.put("credit-line", name, document, line_part(line.line))
    note(draft, invoice, part)
    above = int(max(0, found["confirmed"] - rest))
    if binds and (above or left < found["consumed"]):
        order_part = line_part(found["order_line"])
        draft.amend("order-line", found["order"], order_part, credited_above=True)
    return above


def quantity_left(line: Row) -> int:
    """Of an invoice line: invoiced and not credited."""
    return int(line["quantity"] - line["credited_quantity"])


def _quantity(found: Row, line: CreditLine, rounding: int, *, agreed: bool) -> int:
    """In the invoice line's scale; the note's money must be what that quantity costs there, unless it was `agreed`."""
    if not line.quantity:
        return 0
    if agreed:
        return rescale(line.quantity, line.scale, found["scale"])
    if "stated" in found:
        raise DocumentWrong(
            f"line {line.line}: the invoice is in another unit than its order; credit money alone"
        )
    quantity = rescale(line.quantity, line.scale, found["scale"])
    price = Price(**found["price"])
    net = net_amount(quantity, found["scale"], price)
    gross = gross_amount(quantity, found["scale"], price, found["tax_ppm"])
    if abs(line.net - net) > rounding or abs(line.net + line.tax - gross) > rounding:
        raise DocumentWrong(f"line {line.line}: so many cost {net} and {gross - net} of tax")
    return quantity


def _worth(found: Row, quantity: int) -> int:
    price = Price(**found["price"])
    return gross_amount(max(0, quantity), found["scale"], price, found["tax_ppm"])
