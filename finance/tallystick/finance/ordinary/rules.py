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

from tallystick.finance.bank_records import return_days, said, use_once
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import (
    DocumentUnknown,
    DocumentWrong,
    EvidenceUsed,
    EvidenceWrong,
)
from tallystick.finance.hops.bodies import HopEvidence
from tallystick.finance.hops.evidence import take, used
from tallystick.finance.known import known
from tallystick.finance.money.dates import days_between, money_date
from tallystick.finance.ordinary.bodies import OrdinaryClose, OrdinaryPaid
from tallystick.finance.ordinary.errors import (
    ClosingWrong,
    NothingStandsForIt,
    OrdinaryStated,
    OrdinaryUnknown,
)
from tallystick.finance.parties import require_persons, signatory
from tallystick.ledger import Act, Effects, State

#: That one organisation states of one invoice: whoever states more keeps nobody but itself from it.
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
    _use_record(draft, act, by)
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
        _take_back(state, act, draft, row, by)
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
    """For its two sides; for a bank that names a certificate on it that it pays, once that was accepted."""
    body = act.body
    if body.certificate is None:
        return known(state, act, "invoice", body.invoice)
    head = known(state, act, "certificate", body.certificate)
    found = Draft(state).row("invoice", body.invoice)
    pays = signatory(state, act) == head["paying_bank"] and "accepted" in head
    if found is None or head["invoice"] != body.invoice or not pays:
        raise DocumentUnknown(body.invoice)
    return found


def _use_record(draft: Draft, act: Act[OrdinaryPaid], by: str) -> None:
    """A record speaks for one payment, which may be for several invoices, under one reference; whoever states it."""
    body = act.body
    before = draft.row("bank-record", body.evidence, by)
    if before is not None and before.get("ordinary") != body.reference:
        raise EvidenceUsed(body.evidence)
    for reference, row in draft.rows("ordinary-payment", body.invoice).items():
        if reference != body.reference and any(
            one["evidence"] == body.evidence for one in row["said"]
        ):
            raise EvidenceUsed(body.evidence)
    told = {"index": act.index, "ordinary": body.reference}
    draft.put("bank-record", body.evidence, told, by)


def _fresh(draft: Draft, act: Act[OrdinaryPaid], invoice: Row, by: str) -> dict[str, Any]:
    """A payment that nobody has stated yet."""
    body = act.body
    rows = draft.rows("ordinary-payment", body.invoice).values()
    if sum(one["by"] == by for one in rows) >= payments_max:
        raise OrdinaryStated(f"{payments_max} payments of {body.invoice}")
    sides = {"buyer": invoice["buyer"], "seller": invoice["seller"], "currency": body.currency}
    told = {"invoice": body.invoice, "amount": body.amount_minor, "paid_at": body.paid_at, "by": by}
    state = {"status": "open", "said": list[Row](), "index": act.index, "time": act.time}
    return {**sides, **told, **state}


def _same(act: Act[OrdinaryPaid], before: Row, by: str) -> dict[str, Any]:
    """A payment that the other side stated: the same amount, booked there within the days that a payment takes."""
    body = act.body
    if before["status"] != "open" or any(one["by"] == by for one in before["said"]):
        raise OrdinaryStated(body.reference)
    one, other = sorted((money_date(body.paid_at), money_date(before["paid_at"])))
    if body.amount_minor != before["amount"] or days_between(one, other) > return_days:
        raise EvidenceWrong(f"{body.reference} was stated with another amount or day")
    return dict(before)


def _take_back(state: State, act: Act[OrdinaryClose], draft: Draft, row: Row, by: str) -> None:
    """Whoever stated it takes it back; what another said of it stays. A buyer gives up what it asks back, as by its tiers."""
    body = act.body
    if (body.evidence, body.record, body.against) != (None, None, None):
        raise ClosingWrong("a mistake has neither record nor another invoice")
    left = [one for one in row["said"] if one["by"] != by]
    if len(left) == len(row["said"]):
        raise ClosingWrong(f"{by} has not stated it")
    if by == row["buyer"]:
        require_persons(state, act, by, row["currency"], row["amount"])
    more: dict[str, Any] = {"status": "mistake", "closed": {"by": by, "index": act.index}}
    if left:
        more = {"by": left[0]["by"]}
    draft.amend("ordinary-payment", body.invoice, body.reference, said=left, **more)


def _check_closing(draft: Draft, body: OrdinaryClose, row: Row) -> None:
    if body.how == "paid-back":
        if body.evidence is None:
            raise ClosingWrong("paid back is said with a bank's record")
        if body.against is not None:
            raise ClosingWrong("what is paid back is set off against nothing")
        return
    if body.against is None or body.against == body.invoice:
        raise ClosingWrong(f"{body.against} is no other invoice of the same two")
    rest = HopEvidence(kind="invoice", name=body.against, amount=row["amount"])
    take(draft, row["buyer"], row["seller"], row["currency"], row["amount"], (rest,))
