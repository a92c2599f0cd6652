"""An invoice that a certificate, or a transfer of its cents, stands for is paid once more in the ordinary way.

The platform cannot prevent it: the debtor's ERP pays, or somebody there does. It never settles a cent, since whoever holds
the certificate now is somebody else. It is put on record by whoever sees it, and stays an exception of buyer and seller,
with the amount that is paid too much, until the buyer has its money again or sets it off.

    ordinary-payment  <invoice>  part <reference>: {invoice, buyer, seller, currency, amount, paid_at, by, said: [{by,
                                 index, evidence, record?}], status: open | paid-back | set-off | mistake, index, time,
                                 closed?: {by, index, evidence?, record?, against?}}
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.bank_records import said, use_once
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import (
    DocumentUnknown,
    DocumentWrong,
    EvidenceWrong,
    OverPayment,
)
from tallystick.finance.hops.evidence import used
from tallystick.finance.known import known
from tallystick.finance.money.dates import money_date
from tallystick.finance.ordinary.bodies import OrdinaryClose, OrdinaryPaid
from tallystick.finance.ordinary.errors import (
    ClosingWrong,
    NothingStandsForIt,
    OrdinaryStated,
    OrdinaryUnknown,
)
from tallystick.finance.parties import require_persons, signatory
from tallystick.ledger import Act, Effects, State

payments_max = 100


def paid(state: State, act: Act[OrdinaryPaid]) -> Effects:
    body, draft = act.body, Draft(state)
    invoice = _invoice(state, act)
    by = signatory(state, act)
    if body.currency != invoice["currency"]:
        raise DocumentWrong(f"the invoice is in {invoice['currency']}")
    if not stands_for(draft, body.invoice):
        raise NothingStandsForIt(body.invoice)
    if body.paid_at > act.time:
        raise EvidenceWrong(f"paid at {body.paid_at}, now is {act.time}")
    before = draft.row("ordinary-payment", body.invoice, body.reference)
    row = _fresh(draft, act, invoice, by) if before is None else _same(act, before, by)
    use_once(draft, act, by, body.evidence)
    told = {"by": by, "index": act.index, **said(body)}
    document = {**row, "said": [*row["said"], told]}
    draft.put("ordinary-payment", body.invoice, document, body.reference)
    return draft.effects


def close(state: State, act: Act[OrdinaryClose]) -> Effects:
    body, draft = act.body, Draft(state)
    row = draft.row("ordinary-payment", body.invoice, body.reference)
    by = signatory(state, act)
    sayers = {one["by"] for one in row["said"]} if row else set[str]()
    if row is None or row["status"] != "open" or by not in {row["buyer"], *sayers}:
        raise OrdinaryUnknown(f"{body.invoice} {body.reference}")
    if money_date(row["paid_at"]) > money_date(body.at) or body.at > act.time:
        raise EvidenceWrong(f"at {body.at}, paid at {row['paid_at']}")
    if body.how == "mistake":
        _take_back(draft, act, row, by)
        return draft.effects
    if by != row["buyer"]:
        raise ClosingWrong("whether it has its money again, the buyer says")
    _check_closing(draft, body, row)
    if body.how == "set-off":
        require_persons(state, act, by, row["currency"], row["amount"])
    if body.evidence is not None:
        use_once(draft, act, by, body.evidence)
    closed = {"by": by, "index": act.index, **said(body), "against": body.against}
    closed = {name: value for name, value in closed.items() if value is not None}
    draft.amend("ordinary-payment", body.invoice, body.reference, status=body.how, closed=closed)
    return draft.effects


def stands_for(draft: Draft, invoice: str) -> int:
    """Minor units of an invoice that certificates or transfers of cents stand for, now or once."""
    lines = draft.rows("invoice-line", invoice).values()
    return sum(int(line["confirmed"]) for line in lines) + used(draft, "invoice", invoice)


def _invoice(state: State, act: Act[OrdinaryPaid]) -> Row:
    """For its two sides; for a bank that names a certificate on it that it pays."""
    body = act.body
    if body.certificate is None:
        return known(state, act, "invoice", body.invoice)
    head = known(state, act, "certificate", body.certificate)
    found = Draft(state).row("invoice", body.invoice)
    if (
        found is None
        or head["invoice"] != body.invoice
        or signatory(state, act) != head["paying_bank"]
    ):
        raise DocumentUnknown(body.invoice)
    return found


def _fresh(draft: Draft, act: Act[OrdinaryPaid], invoice: Row, by: str) -> dict[str, Any]:
    """A payment that nobody has stated yet."""
    body = act.body
    others = draft.rows("ordinary-payment", body.invoice).values()
    if len(others) >= payments_max:
        raise OrdinaryStated(f"{payments_max} payments of {body.invoice}")
    before = sum(one["amount"] for one in others if one["status"] == "open")
    if before + body.amount_minor > invoice["gross"]:
        raise OverPayment(f"{invoice['gross'] - before} minor units of {body.invoice} are left")
    sides = {"buyer": invoice["buyer"], "seller": invoice["seller"], "currency": body.currency}
    told = {"invoice": body.invoice, "amount": body.amount_minor, "paid_at": body.paid_at, "by": by}
    state = {"status": "open", "said": list[Row](), "index": act.index, "time": act.time}
    return {**sides, **told, **state}


def _same(act: Act[OrdinaryPaid], before: Row, by: str) -> dict[str, Any]:
    """A payment that the other side stated: the same amount on the same day."""
    body = act.body
    if before["status"] != "open" or any(one["by"] == by for one in before["said"]):
        raise OrdinaryStated(body.reference)
    told = (body.amount_minor, money_date(body.paid_at))
    if told != (before["amount"], money_date(before["paid_at"])):
        raise EvidenceWrong(f"{body.reference} was stated with another amount or day")
    return dict(before)


def _take_back(draft: Draft, act: Act[OrdinaryClose], row: Row, by: str) -> None:
    """Whoever stated it takes it back; what another said of it stays."""
    body = act.body
    if all(one["by"] != by for one in row["said"]):
        raise ClosingWrong(f"{by} has not stated it")
    left = [one for one in row["said"] if one["by"] != by]
    told = {"by": by, "index": act.index}
    more: dict[str, Any] = {} if left else {"status": "mistake", "closed": told}
    draft.amend("ordinary-payment", body.invoice, body.reference, said=left, **more)


def _check_closing(draft: Draft, body: OrdinaryClose, row: Row) -> None:
    if body.how == "paid-back":
        if body.evidence is None:
            raise ClosingWrong("paid back is said with a bank's record")
        if body.against is not None:
            raise ClosingWrong("what is paid back is set off against nothing")
        return
    other = draft.row("invoice", body.against or "")
    sides = (row["buyer"], row["seller"])
    if other is None or body.against == body.invoice or (other["buyer"], other["seller"]) != sides:
        raise ClosingWrong(f"{body.against} is no other invoice of the same two")
