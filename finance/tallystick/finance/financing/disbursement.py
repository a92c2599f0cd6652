"""Disbursement: the bank states that it paid, and the locked units become its own, in one step (I21).

The financing's number in the public register and the digest of the bank's payment record are required.
The discount was computed once for the batch; lots get their parts by largest remainder (I19).

    financing  <certificate>  part <quote>: {bank, seller, amount, discount, net, …, lots, registration_number,
                                             evidence, paid_at, index}
"""

from __future__ import annotations

from tallystick.finance.accounts.payees import paid_as_agreed
from tallystick.finance.draft import Draft
from tallystick.finance.errors import AccountRefused, Ended, EvidenceWrong
from tallystick.finance.financing.acts import Disburse
from tallystick.finance.financing.quotes import open_quote
from tallystick.finance.money.dates import money_date
from tallystick.finance.money.discount import discount_of_lots
from tallystick.finance.parties import act_for, require_payable, require_persons
from tallystick.finance.receivables.certificates import (
    add_parties,
    book_locked,
    certificate,
    save_book,
    unit_part,
)
from tallystick.finance.receivables.expiry import unschedule
from tallystick.ledger import Act, Effects, State

_terms = (
    "amount",
    "discount",
    "net",
    "days",
    "rate_ppm",
    "basis",
    "rounding",
    "value_on",
    "due_on",
    "roll",
    "calendar",
    "calendar_version",
    "pays_on",
    "rolled_days",
)


def disburse(state: State, act: Act[Disburse]) -> Effects:
    body, draft = act.body, Draft(state)
    quote = open_quote(state, act, "accepted")
    act_for(state, act, quote["bank"], "maker", "checker")
    name = quote["certificate"]
    found = certificate(draft, name, "live")
    require_payable(state, quote["holder"])
    to = paid_as_agreed(draft, quote, quote["holder"], found["currency"], act.time)
    if body.account is not None and body.account != to.account:
        raise AccountRefused(f"agreed was {to.account or 'no account'}, not {body.account}")
    require_persons(state, act, quote["bank"], found["currency"], quote["amount"])
    paid_on = money_date(body.paid_at, found["zone"])
    if paid_on != quote["value_on"] or paid_on > money_date(act.time, found["zone"]):
        raise EvidenceWrong(f"paid on {paid_on}, value date {quote['value_on']}")
    if act.time >= quote["until"]:
        raise Ended(f"the lock ended at {quote['until']}")
    book = book_locked(draft, name, body.quote)
    lots = book.locked(body.quote)
    book.move(body.quote, quote["bank"], batch=body.quote)
    save_book(draft, name, book)
    parts = discount_of_lots(
        quote["discount"], {unit_part(lot.start): lot.end - lot.start for lot in lots}
    )
    document = {
        **{term: quote[term] for term in _terms if term in quote},
        "bank": quote["bank"],
        "seller": quote["holder"],
        "registration_number": body.registration_number,
        "evidence": body.evidence,
        "paid_at": body.paid_at,
        **to.document(),
        "lots": [
            {"start": lot.start, "end": lot.end, "discount": parts[unit_part(lot.start)]}
            for lot in lots
        ],
        "index": act.index,
        "time": act.time,
    }
    draft.put("financing", name, document, body.quote)
    add_parties(draft, name, act.index, (quote["bank"],))
    draft.amend("quote", body.quote, status="financed")
    unschedule(draft, quote["until"], "quote", body.quote)
    return draft.effects
