"""Disbursement: instruction, evidence, return; the cents are the bank's once evidence says that it paid (I21).

A lock has an end until the payment instruction leaves. From then on its units are *in payment*, without end: neither
the clock nor the maturity of the certificate gives them to anybody, only signed evidence does.

    accepted -> paying      instruct: the bank's instruction has left, with its number in the public register
    paying   -> financed    disburse: it was paid; on the word of who received it, this is final at once
    paying   -> unpaid      fail: it was not paid, and will not be; the units are the seller's, free again
    financed -> returned    return (退汇): within the return period; the units are in payment again
    returned -> paying      instruct again
    returned -> unpaid      fail

What is financed on the bank's own word is the bank's, and stays in payment until receipt is evidenced or the return
period has passed: so nothing that may come back is ever passed on. Silence is an exception that both sides see.
The discount was computed once for the batch; lots get their parts by largest remainder (I19). A debtor that quotes
for its own certificate pays early: debtor and creditor fall together, and the units are owed no more.

    financing  <certificate>  part <quote>: {bank, seller, amount, discount, net, …, lots, evidence, paid_at, said_by,
                              registration?, recourse, early?, index}
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.accounts.payees import paid_as_agreed
from tallystick.finance.accounts.rules import keeper
from tallystick.finance.bank_records import return_days, said, use_once
from tallystick.finance.calendars.payment import settled
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import AccountRefused, Ended, EvidenceWrong, QuoteUnknown
from tallystick.finance.financing import interest, registrations
from tallystick.finance.financing.acts import Disburse, DisburseAnswer, DisburseEnd, Instruct
from tallystick.finance.financing.errors import NoEvidence, PaymentNotClosable
from tallystick.finance.financing.quotes import pays_early
from tallystick.finance.known import known
from tallystick.finance.money.dates import day_start, money_date, plus_days
from tallystick.finance.money.discount import discount_of_lots
from tallystick.finance.parties import act_for, require_payable, require_persons, signatory, speaker
from tallystick.finance.receivables.certificates import (
    add_parties,
    book_locked,
    certificate,
    load_book,
    outstanding,
    save_book,
    unit_part,
)
from tallystick.finance.receivables.expiry import full_hour, schedule, unschedule
from tallystick.finance.settlement import arrears
from tallystick.finance.settlement.claims import agree, drop_due
from tallystick.ledger import Act, Effects, State

#: A payment of which nobody has said anything for so many days is an exception.
silence_days = 2
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
    "recourse",
    "borne_by",
)


def instruct(state: State, act: Act[Instruct]) -> Effects:
    body, draft = act.body, Draft(state)
    quote = known(state, act, "quote", body.quote)
    if quote["status"] not in ("accepted", "returned"):
        raise Ended(f"the quote is {quote['status']}, not accepted")
    act_for(state, act, quote["bank"], "maker", "checker")
    name = quote["certificate"]
    found = certificate(draft, name, "live", "partially_paid")
    require_payable(state, quote["holder"])
    to = paid_as_agreed(draft, quote, quote["holder"], found["currency"], act.time)
    if body.account is not None and body.account != to.account:
        raise AccountRefused(f"agreed was {to.account or 'no account'}, not {body.account}")
    require_persons(state, act, quote["bank"], found["currency"], quote["amount"])
    _check_sent(act, quote, found)
    number = registrations.check(quote, body.registration)
    if quote["status"] == "accepted":
        if act.time >= quote["until"]:
            raise Ended(f"the lock ended at {quote['until']}")
        unschedule(draft, quote["until"], "quote", body.quote)
        book = book_locked(draft, name, body.quote)
        book.in_payment(body.quote)
        save_book(draft, name, book)
    silent_at = _silent_at(act, found)
    told: dict[str, Any] = {"reference": body.reference, "sent_at": body.sent_at}
    told |= {"registration": number, "instructed": act.index, **to.document()}
    told |= {"silent_at": silent_at, "silent": None}
    draft.amend("quote", body.quote, status="paying", **told)
    schedule(draft, silent_at, "silence", body.quote)
    return draft.effects


def disburse(state: State, act: Act[Disburse]) -> Effects:
    body, draft = act.body, Draft(state)
    quote = _seen(state, act, draft)
    if quote["status"] != "paying":
        raise PaymentNotClosable(f"the quote is {quote['status']}")
    name = quote["certificate"]
    found = certificate(draft, name)
    by, arrived = _witness(state, act, draft, quote, found)
    if body.amount_minor != quote["net"]:
        raise EvidenceWrong(f"{body.amount_minor} minor units were paid, agreed was {quote['net']}")
    if not arrived:
        require_persons(state, act, by, found["currency"], quote["net"])
    sent_on = money_date(quote["sent_at"], found["zone"])
    paid_on = money_date(body.paid_at, found["zone"])
    if not sent_on <= paid_on <= money_date(act.time, found["zone"]):
        raise EvidenceWrong(f"paid on {paid_on}, instructed on {sent_on}")
    use_once(draft, act, by, body.evidence)
    unschedule(draft, quote["silent_at"], "silence", body.quote)
    told = {**said(body), "paid_at": body.paid_at, "said_by": by}
    _take(draft, act, body.quote, quote, told)
    interest.owe(draft, act, body.quote, quote, found)
    final_on = plus_days(paid_on, return_days)
    draft.amend("quote", body.quote, status="financed", silent=None, final_on=final_on)
    if arrived:
        _finish(draft, body.quote, "receipt", act)
    else:
        ends = full_hour(day_start(plus_days(final_on, 1), found["zone"]))
        schedule(draft, ends, "disbursed", body.quote)
    return draft.effects


def receive(state: State, act: Act[DisburseAnswer]) -> Effects:
    """The payee, or the bank that keeps its account, says that the money arrived."""
    body, draft = act.body, Draft(state)
    quote = _seen(state, act, draft)
    if quote["status"] != "financed" or "final" in quote:
        raise PaymentNotClosable(f"the quote is {quote['status']}")
    if signatory(state, act) not in (quote["holder"], keeper(draft, quote)):
        raise NoEvidence(act.author)
    _finish(draft, body.quote, "receipt", act)
    return draft.effects


def fail(state: State, act: Act[DisburseEnd]) -> Effects:
    """It was not paid, and will not be: the units are free again, exactly as they were."""
    body, draft, quote, found = _ending(state, act, "paying", "returned", by_payer=True)
    book = book_locked(draft, quote["certificate"], body.quote)
    book.unlock(body.quote)
    save_book(draft, quote["certificate"], book)
    told = {"index": act.index, "reason": body.reason, **said(body)}
    draft.amend("quote", body.quote, status="unpaid", silent=None, ended=told)
    unschedule(draft, quote["silent_at"], "silence", body.quote)
    _claims_follow(draft, quote["certificate"], found)
    return draft.effects


def send_back(state: State, act: Act[DisburseEnd]) -> Effects:
    """It came back: what the bank had got is the seller's again, and in payment as before."""
    body, draft, quote, found = _ending(state, act, "financed")
    name = quote["certificate"]
    today = money_date(act.time, found["zone"])
    if "final" in quote or today > quote["final_on"]:
        raise PaymentNotClosable(f"final since {quote['final_on']}")
    book = book_locked(draft, name, body.quote)
    book.give_back(body.quote, quote["holder"])
    save_book(draft, name, book)
    draft.put("financing", name, None, body.quote)
    interest.undo(draft, act, body.quote)
    told = {"index": act.index, "reason": body.reason, **said(body)}
    silent_at = _silent_at(act, found)
    draft.amend("quote", body.quote, status="returned", returned=told, silent_at=silent_at)
    ends = full_hour(day_start(plus_days(quote["final_on"], 1), found["zone"]))
    unschedule(draft, ends, "disbursed", body.quote)
    schedule(draft, silent_at, "silence", body.quote)
    _claims_follow(draft, name, found)
    return draft.effects


def waits(quote: Row) -> bool:
    """Whether its payment can still be sent, stated, received or come back."""
    if quote["status"] == "financed":
        return "final" not in quote
    return quote["status"] in ("accepted", "paying", "returned")


def make_final(draft: Draft, name: str, act: Act[Any]) -> None:
    """The return period has passed."""
    quote = draft.row("quote", name)
    if quote is not None and quote["status"] == "financed" and "final" not in quote:
        _finish(draft, name, "period", act)


def fall_silent(draft: Draft, name: str, _act: Act[Any]) -> None:
    """Nobody has said what became of a payment: both sides are told, and nothing moves."""
    quote = draft.row("quote", name)
    if quote is not None and quote["status"] in ("paying", "returned"):
        draft.amend("quote", name, silent=True)


def _seen(state: State, act: Act[Any], draft: Draft) -> Row:
    """The quote, for its two sides, the bank that keeps the payee's account, and, of an early payment, the paying bank."""
    quote = draft.row("quote", act.body.quote)
    if quote is not None:
        sides = {quote["bank"], quote["holder"], keeper(draft, quote)}
        if pays_early(quote):
            sides.add((draft.row("certificate", quote["certificate"]) or {}).get("paying_bank"))
        if speaker(state, act.author).organisation in sides:
            return quote
    raise QuoteUnknown(act.body.quote)


def _check_sent(act: Act[Instruct], quote: Row, found: Row) -> None:
    today, sent_on = (
        money_date(act.time, found["zone"]),
        money_date(act.body.sent_at, found["zone"]),
    )
    again = quote["status"] == "returned"
    fits = sent_on >= quote["value_on"] if again else sent_on == quote["value_on"]
    if not fits or sent_on > today:
        raise EvidenceWrong(f"instructed on {sent_on}, value date {quote['value_on']}")


def _silent_at(act: Act[Any], found: Row) -> str:
    today = money_date(act.time, found["zone"])
    return full_hour(day_start(plus_days(today, silence_days + 1), found["zone"]))


def _witness(state: State, act: Act[Any], draft: Draft, quote: Row, found: Row) -> tuple[str, bool]:
    """Who says it, and whether that is somebody who received it. A debtor's own word is no evidence."""
    by = signatory(state, act)
    if by in (quote["holder"], keeper(draft, quote)):
        return by, True
    if by != (found["paying_bank"] if pays_early(quote) else quote["bank"]):
        raise NoEvidence(by)
    return by, False


def _ending(
    state: State, act: Act[DisburseEnd], *statuses: str, by_payer: bool = False
) -> tuple[DisburseEnd, Draft, Row, Row]:
    """By the paying bank or, of what reached it, the bank that keeps the payee's account, with evidence of its own.

    That nothing will be paid, only the paying bank can know: units that it paid for were free again otherwise.
    """
    body, draft = act.body, Draft(state)
    quote = _seen(state, act, draft)
    if quote["status"] not in statuses:
        raise PaymentNotClosable(f"the quote is {quote['status']}")
    found = certificate(draft, quote["certificate"])
    by = signatory(state, act)
    payer = found["paying_bank"] if pays_early(quote) else quote["bank"]
    if by != payer and (by_payer or by != keeper(draft, quote)):
        raise NoEvidence(by)
    at, since = money_date(body.at, found["zone"]), money_date(quote["sent_at"], found["zone"])
    if not since <= at <= money_date(act.time, found["zone"]):
        raise EvidenceWrong(f"on {at}, instructed on {since}")
    use_once(draft, act, by, body.evidence)
    return body, draft, quote, found


def _take(draft: Draft, act: Act[Any], name: str, quote: Row, told: dict[str, Any]) -> None:
    """The locked units become the bank's, in payment until the payment is final."""
    certificate_name = quote["certificate"]
    book = book_locked(draft, certificate_name, name)
    lots = book.locked(name)
    if not pays_early(quote):
        recourse = quote["holder"] if quote["recourse"] == "seller" else ""
        book.take_over(name, quote["bank"], batch=name, recourse=recourse)
        add_parties(draft, certificate_name, act.index, (quote["bank"],))
    save_book(draft, certificate_name, book)
    parts = discount_of_lots(
        quote["discount"], {unit_part(lot.start): lot.end - lot.start for lot in lots}
    )
    accounts = ("account", "account_digest", "account_tail", "bank_code")
    document: dict[str, Any] = {
        **{term: quote[term] for term in (*_terms, *accounts, "registration") if term in quote},
        **told,
        "bank": quote["bank"],
        "seller": quote["holder"],
        "early": True if pays_early(quote) else None,
        "lots": [
            {"start": lot.start, "end": lot.end, "discount": parts[unit_part(lot.start)]}
            for lot in lots
        ],
        "index": act.index,
        "time": act.time,
    }
    draft.put("financing", certificate_name, document, name)
    _claims_follow(draft, certificate_name, certificate(draft, certificate_name))


def _finish(draft: Draft, name: str, why: str, act: Act[Any]) -> None:
    """The payment cannot come back any more: what was in payment is free, or, paid early, owed no more."""
    quote = draft.row("quote", name) or {}
    certificate_name = quote["certificate"]
    found = certificate(draft, certificate_name)
    book = load_book(draft, certificate_name)
    if pays_early(quote):
        book.pay({lot.start: lot.end - lot.start for lot in book.locked(name)})
    else:
        # The seller insures them no more: they cannot come back to it by this payment.
        book.uninsure(book.locked(name))
        book.unlock(name)
    save_book(draft, certificate_name, book)
    draft.amend("quote", name, final=why)
    ends = full_hour(day_start(plus_days(quote["final_on"], 1), found["zone"]))
    unschedule(draft, ends, "disbursed", name)
    if pays_early(quote):
        early = found.get("early", 0) + quote["amount"]
        draft.amend("certificate", certificate_name, early=early)
        if outstanding({**found, "early": early}) == 0:
            draft.amend("certificate", certificate_name, status="settled")
            settled(draft, certificate_name, found, act.time)
            drop_due(draft, certificate_name, found)
    agree(draft, certificate_name, book)
    arrears.cure(draft, certificate_name)


def _claims_follow(draft: Draft, name: str, found: Row) -> None:
    if found["status"] == "partially_paid" or draft.rows("claim", name):
        agree(draft, name, load_book(draft, name))
