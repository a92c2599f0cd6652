"""A payment that arrived is final; one that came back (退汇) reopens exactly its cents.

A payment stands on the word of the paying bank. It is final once the payee, or the bank that keeps its account, says
that it arrived, or when its return period has passed. Until then either bank can say that it came back: the cents it
paid are owed again, to the same holder and as they were, and late interest counted with it is counted anew with the
payment that follows, less what was paid of it before.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.accounts.rules import keeper
from tallystick.finance.bank_records import said, use_once
from tallystick.finance.calendars.payment import payment_date
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import EvidenceWrong
from tallystick.finance.money.dates import money_date
from tallystick.finance.parties import signatory
from tallystick.finance.receivables.book import Lot, Tag
from tallystick.finance.receivables.certificates import certificate, load_book, save_book
from tallystick.finance.settlement import arrears
from tallystick.finance.settlement.bodies import Payment, Received, Returned
from tallystick.finance.settlement.claims import agree, await_payment
from tallystick.finance.settlement.errors import PaymentFinal, PaymentUnknown
from tallystick.ledger import Act, Effects, State


def receive(state: State, act: Act[Received]) -> Effects:
    body, draft = act.body, Draft(state)
    by = signatory(state, act)
    for payment in body.payments:
        part, row = _payout(draft, payment, body.payee)
        if by != body.payee and by != keeper(draft, row):
            raise PaymentUnknown(f"{payment.certificate} {payment.index}")
        _require_open(row, payment)
        draft.amend("payout", payment.certificate, part, final="receipt", received=act.index)
    return draft.effects


def send_back(state: State, act: Act[Returned]) -> Effects:
    body, draft = act.body, Draft(state)
    by, name = signatory(state, act), body.payment.certificate
    part, row = _payout(draft, body.payment, body.payee)
    found = certificate(draft, name)
    if by not in (found["paying_bank"], keeper(draft, row)):
        raise PaymentUnknown(f"{name} {body.payment.index}")
    _require_open(row, body.payment)
    if body.amount_minor != row["amount"]:
        raise EvidenceWrong(f"{body.amount_minor} came back, paid was {row['amount']}")
    _check_date(act, found, row)
    use_once(draft, act, by, body.evidence)
    book = load_book(draft, name)
    book.reopen(_lot(lot) for lot in row["lots"])
    save_book(draft, name, book)
    told = {**said(body), "by": by, "reason": body.reason, "index": act.index}
    draft.amend("payout", name, part, returned=told)
    claim = draft.row("claim", name, body.payee) or {}
    told_claim = {**claim, "paid": claim["paid"] - row["amount"]}
    draft.put("claim", name, told_claim, body.payee)
    arrears.forget(draft, name, body.payee, row.get("late", 0))
    draft.amend("certificate", name, status="partially_paid", paid=found["paid"] - row["amount"])
    await_payment(draft, name, found, payment_date(draft, name, found).on)
    agree(draft, name, book)
    arrears.look_again(draft, name, act)
    return draft.effects


def _payout(draft: Draft, payment: Payment, payee: str) -> tuple[str, Row]:
    part = f"{payment.index:012d} {payee}"
    row = draft.row("payout", payment.certificate, part)
    if row is None:
        raise PaymentUnknown(f"{payment.certificate} {payment.index}")
    return part, row


def _require_open(row: Row, payment: Payment) -> None:
    if "final" in row or "returned" in row:
        raise PaymentFinal(f"{payment.certificate} {payment.index}")


def _check_date(act: Act[Returned], found: Row, row: Row) -> None:
    today = money_date(act.time, found["zone"])
    back_on = money_date(act.body.returned_at, found["zone"])
    paid_on = money_date(row["paid_at"], found["zone"])
    if today > row["final_on"]:
        raise PaymentFinal(f"final since {row['final_on']}")
    if not paid_on <= back_on <= today:
        raise EvidenceWrong(f"came back on {back_on}, paid on {paid_on}, today is {today}")


def _lot(told: dict[str, Any]) -> Lot:
    tag = Tag(*(told[key] for key in Tag._fields))
    return Lot(told["start"], told["end"], tag)
