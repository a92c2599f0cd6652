"""Rules that put trade documents on record.

Documents (kinds) and what they hold:

    order          <order>            {buyer, seller, number, contract, currency, ordered_on, grade, status,
                                       changes, version?, statements?, subcontract?, stated_by, …}
                                      status: placed -> accepted | declined, accepted -> cancelled
    order-line     <order> line       {unit, quantity, scale, price, tax_ppm, despatched, received, rejected,
                                       returned, rejected_returned, consumed, cancelled?}
    despatch       <despatch>         {seller, buyer, carrier?, status, grade, …}
    despatch-line  <despatch> line    {order, order_line, quantity, items, lots, received, …}
    invoice        <invoice>          {seller, buyer, currency, net, tax, gross, charges?, rounding?, grade, …}
    invoice-line   <invoice> line     {buyer, seller, order, order_line, unit, quantity, price, confirmed, consumed,
                                       credited, credited_quantity, allowance?, stated?, statement?, statement_line?}
    delivery       <delivery>         {buyer, seller, despatch?, grade}: never more than a document
    delivery-line  <order>#<line>     part <delivery>: {quantity, rejected}
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.agreements.agreeing import ask
from tallystick.finance.agreements.contracts import contract_of_order
from tallystick.finance.agreements.orders import accept_by_conduct, require_open
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import DocumentExists, DocumentWrong, QuantityInexact
from tallystick.finance.items.mapping import factor_between, item_of, pair_name
from tallystick.finance.items.units import converted, repriced
from tallystick.finance.matching.tolerances import tolerances
from tallystick.finance.money.allocation import divide_half_up, ppm
from tallystick.finance.money.dates import check_date
from tallystick.finance.parties import (
    counterparties,
    document_author,
    organisation,
    require_persons_for,
)
from tallystick.finance.statements.invoicing import bill, require_whole
from tallystick.finance.statements.waiting import under_statements
from tallystick.finance.trade.billed import note
from tallystick.finance.trade.charges import allotted, charged
from tallystick.finance.trade.documents import (
    Delivery,
    Despatch,
    DespatchLine,
    Invoice,
    InvoiceLine,
    Order,
    document_name,
    piece_units,
)
from tallystick.finance.trade.lines import (
    check_once,
    document_only,
    fresh_line,
    line_name,
    line_part,
    progress,
    signed,
)
from tallystick.finance.trade.match import net_amount
from tallystick.finance.trade.ordered import ordered_line
from tallystick.finance.trade.quantities import rescale, same_unit
from tallystick.finance.trade.worth import order_worth, require_line_worth, require_worth
from tallystick.ledger import Act, Effects, State


def put_order(state: State, act: Act[Order]) -> Effects:
    body = act.body
    draft, name = _open(state, act, "order", body.buyer, body)
    check_once((line.line for line in body.lines), "line")
    check_date(body.ordered_on)
    contract_of_order(draft, act, body.contract, body)
    head: dict[str, Any] = {"currency": body.currency, "ordered_on": body.ordered_on}
    head |= {"contract": body.contract, "status": "placed", "changes": 0}
    head |= {"proposal": act.payload_hash, **under_statements(draft, body.contract)}
    draft.amend("order", name, **head)
    for line in body.lines:
        require_line_worth(line)
        document = line.model_dump(mode="json", exclude={"line"}, exclude_none=True)
        draft.put("order-line", name, fresh_line(document), line_part(line.line))
    if (draft.row("order", name) or {})["grade"] == signed:
        require_persons_for(state, act, body.buyer, body.currency, order_worth(body.lines))
        ask(draft, act, "order", name, body.buyer, body.seller)
    return draft.effects


def put_despatch(state: State, act: Act[Despatch]) -> Effects:
    body = act.body
    draft, name = _open(state, act, "despatch", body.seller, body)
    check_once((line.line for line in body.lines), "line")
    check_once((item for line in body.lines for item in line.items), "item")
    check_date(body.despatched_on)
    if body.carrier is not None:
        organisation(state, body.carrier)
    head: dict[str, Any] = {"despatched_on": body.despatched_on, "status": "open"}
    head |= {"carrier": body.carrier, "packages": list(body.packages)}
    draft.amend("despatch", name, **head)
    ours = (draft.row("despatch", name) or {})["grade"] == signed
    for line in body.lines:
        ordered = ordered_line(draft, act, line.order, line.order_line)
        require_open(draft, line.order)
        document = _despatch_line(line, ordered)
        draft.put("despatch-line", name, document, line_part(line.line))
        if ours:
            sent = document["quantity"]
            draft.add("order-line", line.order, line_part(line.order_line), despatched=sent)
            accept_by_conduct(draft, act, line.order)
    return draft.effects


def put_invoice(state: State, act: Act[Invoice]) -> Effects:
    body = act.body
    draft, name = _open(state, act, "invoice", body.seller, body)
    check_once((line.line for line in body.lines), "line")
    check_date(body.invoiced_on)
    worth: dict[str, int] = {}
    net = tax = 0
    ours = (draft.row("invoice", name) or {})["grade"] == signed
    for line in body.lines:
        document = _invoice_line(draft, act, line)
        document = {**document, **bill(draft, act, name, line, document, binds=ours)}
        net, tax = net + document["net"], tax + document["tax"]
        worth[line_part(line.line)] = document["net"] + document["tax"]
        draft.put("invoice-line", name, document, line_part(line.line))
        note(draft, name, line_part(line.line))
    head = _total(draft, body, net, tax)
    require_whole(draft, name, body, head)
    allowance = sum(charged(body.charges, "allowance"))
    for part, share in allotted(worth, allowance, head.get("rounding", 0)).items():
        if share:
            draft.add("invoice-line", name, part, allowance=share)
    told: dict[str, Any] = {"currency": body.currency, "invoiced_on": body.invoiced_on}
    draft.amend("invoice", name, **told, **head)
    return draft.effects


def _total(draft: Draft, body: Invoice, net: int, tax: int) -> dict[str, Any]:
    """Net, tax and gross of the invoice with its charges; refuses a stated total that differs beyond rounding."""
    added, taken = charged(body.charges, "charge"), charged(body.charges, "allowance")
    net, tax = net + added[0] - taken[0], tax + added[1] - taken[1]
    if net < 0 or tax < 0:
        raise DocumentWrong("allowances are above the lines")
    require_worth(net + tax, "the invoice")
    head: dict[str, Any] = {"net": net, "tax": tax, "gross": net + tax}
    if body.charges:
        head["charges"] = [one.model_dump(mode="json", exclude_none=True) for one in body.charges]
    if body.gross is not None and body.gross != net + tax:
        rounding = body.gross - net - tax
        allowed = tolerances(draft, body.buyer, body.currency).rounding_minor * len(body.lines)
        if abs(rounding) > allowed:
            raise DocumentWrong(f"gross is {body.gross}, the lines add up to {net + tax}")
        head["rounding"] = rounding
    return head


def put_delivery(state: State, act: Act[Delivery]) -> Effects:
    body = act.body
    author = document_author(state, act, body.buyer, body.seller)
    draft, name = _open(state, act, "delivery", author, body)
    check_date(body.delivered_on)
    head: dict[str, Any] = {"delivered_on": body.delivered_on, "despatch": body.despatch}
    draft.amend("delivery", name, **head, grade=document_only, lines=len(body.lines))
    sums: dict[str, Row] = {}
    for line in body.lines:
        ordered = ordered_line(draft, act, line.order, line.order_line)
        quantity = rescale(line.quantity, line.scale, ordered["scale"])
        rejected = rescale(line.rejected, line.scale, ordered["scale"])
        if rejected > quantity:
            raise DocumentWrong(f"{line.order} line {line.order_line}: more rejected than came")
        about = line_name(line.order, line.order_line)
        before = sums.get(about, {"quantity": 0, "rejected": 0})
        sums[about] = {
            "quantity": before["quantity"] + quantity,
            "rejected": before["rejected"] + rejected,
            "stated_by": author,
            "evidence": document_only,
        }
    for about, document in sums.items():
        draft.put("delivery-line", about, document, name)
    return draft.effects


def _open(state: State, act: Act[Any], kind: str, issuer: str, body: Any) -> tuple[Draft, str]:
    """A draft with the head of a new document; refuses a number that was used."""
    counterparties(state, body.buyer, body.seller)
    author = document_author(state, act, body.buyer, body.seller)
    name = document_name(author, issuer, body.number)
    if state.get(kind, name) is not None:
        raise DocumentExists(name)
    draft = Draft(state)
    head = {
        "buyer": body.buyer,
        "seller": body.seller,
        "number": body.number,
        "grade": signed if author == issuer else document_only,
        "stated_by": author,
        "index": act.index,
        "time": act.time,
    }
    draft.put(kind, name, head)
    return draft, name


def _despatch_line(line: DespatchLine, ordered: Row) -> Row:
    scale = ordered["scale"]
    quantity = rescale(line.quantity, line.scale, scale)
    quantities = [rescale(lot.quantity, lot.scale, scale) for lot in line.lots]
    lots = [
        {"lot": lot.lot, "quantity": size} for lot, size in zip(line.lots, quantities, strict=True)
    ]
    if line.items and ordered["unit"] not in piece_units:
        raise DocumentWrong(f"line {line.line}: serials count pieces, not {ordered['unit']}")
    listed = len(line.items) * 10**scale + sum(quantities)
    if (line.items or lots) and listed != quantity:
        raise DocumentWrong(f"line {line.line}: items and lots do not add up to the quantity")
    return {
        "order": line.order,
        "order_line": line.order_line,
        "quantity": quantity,
        "scale": scale,
        "unit": ordered["unit"],
        "items": list(line.items),
        "lots": lots,
        **progress,
    }


def _invoice_line(draft: Draft, act: Act[Invoice], line: InvoiceLine) -> Row:
    """In the order's unit. What the invoice says in another one stands beside it, as `stated`."""
    ordered = ordered_line(draft, act, line.order, line.order_line)
    order = draft.row("order", line.order)
    if order is None or order["currency"] != act.body.currency:
        raise DocumentWrong(f"line {line.line}: the order is in another currency")
    require_open(draft, line.order)
    net = net_amount(line.quantity, line.scale, line.price)
    told = _in_ordered_unit(draft, act.body, line, ordered)
    if told is None:
        quantity = rescale(line.quantity, line.scale, ordered["scale"])
        told = {"unit": line.unit, "quantity": quantity, "price": line.price.model_dump()}
    return {
        "buyer": act.body.buyer,
        "seller": act.body.seller,
        "order": line.order,
        "order_line": line.order_line,
        **told,
        "scale": ordered["scale"],
        "tax_ppm": line.tax_ppm,
        "net": net,
        "tax": divide_half_up(net * line.tax_ppm, ppm),
        "confirmed": 0,
        "consumed": 0,
        "credited": 0,
        "credited_quantity": 0,
    }


def _in_ordered_unit(
    draft: Draft, body: Invoice, line: InvoiceLine, ordered: Row
) -> dict[str, Any] | None:
    """By the factor that both firms agreed for this item; None where the units are the same, or no such factor
    is agreed: the match then refuses the line. Raises `QuantityInexact` where it does not divide."""
    if same_unit(line.unit, ordered["unit"]):
        return None
    item = item_of(draft, pair_name(body.buyer, body.seller), line.item, line.wording)
    if item is None or item["buyer_item"] != ordered.get("item"):
        return None
    factor = factor_between(item, line.unit, ordered["unit"])
    if factor is None:
        return None
    quantity = converted(line.quantity, line.scale, factor, ordered["scale"])
    price = repriced(line.price, factor)
    if quantity is None or price is None:
        raise QuantityInexact(
            f"line {line.line}: {line.quantity} x 10^-{line.scale} {line.unit} by "
            f"{factor.numerator}/{factor.denominator} {ordered['unit']}"
        )
    stated = {"quantity": line.quantity, "scale": line.scale, "unit": line.unit}
    stated |= {"price": line.price.model_dump(), "items": item["version"]}
    return {
        "unit": ordered["unit"],
        "quantity": quantity,
        "price": price.model_dump(),
        "stated": stated,
    }
