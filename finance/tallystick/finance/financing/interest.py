"""The discount that a debtor bears: agreed by its two persons, owed with the disbursement, settled by evidence.

It is owed on the value date, or on the day on which the ledger hears of the payment where that is later: the bank then
has what it would have kept of the net. Nobody but the debtor's own maker and checker binds it, quote by quote, so that
what they sign is the very amount; the debtor's own word never settles it. What becomes of the financing becomes of it:
a disbursement that comes back cancels what is owed, and makes what was paid due back.

    interest           <quote>         {certificate, issuer, bank, currency, amount, due_on, status, index, history,
                                        evidence?, paid_at?, said_by?, final_on?, reason?}
    interest-proposal  <payload hash>  {organisation, quote, by, signers, index, status: open | approved, approver?}

Status: owed -> paid -> owed (the payment came back); owed -> cancelled and paid -> due-back with the disbursement;
due-back -> paid-back. Paid again, what was cancelled or paid back is owed, and what was due back stays paid.
`history`: the status from each index on.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.bank_records import return_days, said, use_once
from tallystick.finance.draft import Draft, Row, row
from tallystick.finance.errors import Ended, EvidenceWrong, QuoteUnknown
from tallystick.finance.financing.acts import (
    InterestApprove,
    InterestPay,
    InterestPropose,
    InterestReturn,
)
from tallystick.finance.financing.errors import InterestNotAgreed, NoEvidence, PaymentNotClosable
from tallystick.finance.known import known
from tallystick.finance.money.dates import money_date, plus_days
from tallystick.finance.parties import (
    act_for,
    own_hand,
    require_keys,
    require_payable,
    require_persons,
    signatory,
    speaker,
)
from tallystick.finance.policies.standing import second_hand
from tallystick.finance.receivables.certificates import certificate, issuer_in
from tallystick.ledger import Act, Effects, State


def buyer_borne(quote: Row) -> bool:
    return bool(quote.get("borne_by") == "buyer")


def require_agreed(quote: Row) -> None:
    """Raises `InterestNotAgreed` where the debtor would bear what it did not agree to."""
    if buyer_borne(quote) and "agreed" not in quote:
        raise InterestNotAgreed(
            f"{issuer_in(quote['certificate'])}: {quote['discount']} minor units"
        )


def propose(state: State, act: Act[InterestPropose]) -> Effects:
    draft, name = Draft(state), act.body.quote
    quote, currency = _asked(state, act, draft, name)
    debtor = issuer_in(quote["certificate"])
    act_for(state, act, debtor, "maker")
    own_hand(act)
    require_keys(state, act, debtor, currency, quote["discount"])
    signers = sorted({signer.public for signer in act.signers if signer.speaks})
    document: dict[str, Any] = {"organisation": debtor, "quote": name, "by": act.author}
    document |= {"signers": signers, "index": act.index, "status": "open"}
    draft.put("interest-proposal", act.payload_hash, document)
    return draft.effects


def approve(state: State, act: Act[InterestApprove]) -> Effects:
    draft, name = Draft(state), act.body.proposal
    asked = second_hand(draft, act, "interest-proposal", name)
    quote, currency = _asked(state, act, draft, asked["quote"])
    told = (asked["organisation"], currency, quote["discount"])
    require_persons(state, act, *told, before=(asked["by"],))
    draft.amend("quote", asked["quote"], agreed=act.index)
    draft.amend("interest-proposal", name, status="approved", approver=act.author)
    return draft.effects


def _asked(state: State, act: Act[Any], draft: Draft, name: str) -> tuple[Row, str]:
    """An open quote that its debtor would bear, for that debtor, and its currency. To others it is not there."""
    quote = draft.row("quote", name)
    mine = speaker(state, act.author).organisation
    if quote is None or not buyer_borne(quote) or issuer_in(quote["certificate"]) != mine:
        raise QuoteUnknown(name)
    found = known(state, act, "certificate", quote["certificate"])
    if quote["status"] != "open" or act.time >= quote["until"]:
        raise Ended(f"the quote is {quote['status']}, until {quote['until']}")
    if "agreed" in quote:
        raise Ended(f"agreed with entry {quote['agreed']}")
    return quote, str(found["currency"])


def owe(draft: Draft, act: Act[Any], name: str, quote: Row, found: Row) -> None:
    """The holder was paid the whole amount: the debtor owes the discount, unless what it paid is still there."""
    if not buyer_borne(quote):
        return
    before = draft.row("interest", name) or {}
    if before.get("status") == "due-back":
        _become(draft, act, name, "paid")
        return
    due_on = max(quote["value_on"], money_date(act.time, found["zone"]))
    document: dict[str, Any] = {
        "certificate": quote["certificate"],
        "issuer": found["issuer"],
        "bank": quote["bank"],
        "currency": found["currency"],
        "amount": quote["discount"],
        "due_on": due_on,
        "index": act.index,
        "history": before.get("history", []),
    }
    draft.put("interest", name, document)
    _become(draft, act, name, "owed")


def undo(draft: Draft, act: Act[Any], name: str) -> None:
    """The disbursement came back, and the interest of it with it."""
    found = draft.row("interest", name)
    if found is not None:
        _become(draft, act, name, "due-back" if found["status"] == "paid" else "cancelled")


def pay(state: State, act: Act[InterestPay]) -> Effects:
    body, draft = act.body, Draft(state)
    found, head = _seen(state, act, draft)
    by = signatory(state, act)
    if by not in (found["bank"], head["paying_bank"]):
        raise NoEvidence(by)
    if found["status"] != "owed":
        raise PaymentNotClosable(f"the interest is {found['status']}")
    if body.amount_minor != found["amount"]:
        raise EvidenceWrong(f"{body.amount_minor} minor units were paid, owed is {found['amount']}")
    quote = draft.row("quote", body.quote) or {}
    paid_on, today = (money_date(time, head["zone"]) for time in (body.paid_at, act.time))
    if not quote["value_on"] <= paid_on <= today:
        raise EvidenceWrong(f"paid on {paid_on}, value date {quote['value_on']}")
    told: dict[str, Any] = {**said(body), "paid_at": body.paid_at, "said_by": by}
    if by != found["bank"]:
        require_payable(state, found["bank"])
        require_persons(state, act, by, found["currency"], found["amount"])
        told["final_on"] = plus_days(paid_on, return_days)
    use_once(draft, act, by, body.evidence)
    _become(draft, act, body.quote, "paid", **told)
    return draft.effects


def send_back(state: State, act: Act[InterestReturn]) -> Effects:
    body, draft = act.body, Draft(state)
    found, head = _seen(state, act, draft)
    by = signatory(state, act)
    again = found["status"] == "paid"
    if by not in ({head["paying_bank"], found["bank" if again else "issuer"]}):
        raise NoEvidence(by)
    at, since, today = (
        money_date(time, head["zone"])
        for time in (body.at, found.get("paid_at", act.time), act.time)
    )
    if found["status"] not in ("paid", "due-back") or (again and today > found.get("final_on", "")):
        raise PaymentNotClosable(f"the interest is {found['status']}")
    if not since <= at <= today:
        raise EvidenceWrong(f"on {at}, paid on {since}")
    use_once(draft, act, by, body.evidence)
    cleared = dict.fromkeys(("evidence", "record", "paid_at", "said_by", "final_on"))
    _become(draft, act, body.quote, "owed" if again else "paid-back", **cleared, reason=body.reason)
    return draft.effects


def _seen(state: State, act: Act[Any], draft: Draft) -> tuple[Row, Row]:
    """The interest and its certificate, for debtor, funder and paying bank; to others neither is there."""
    found = draft.row("interest", act.body.quote)
    if found is not None:
        head = certificate(draft, found["certificate"])
        sides = (found["issuer"], found["bank"], head["paying_bank"])
        if speaker(state, act.author).organisation in sides:
            return found, head
    raise QuoteUnknown(act.body.quote)


def _become(draft: Draft, act: Act[Any], name: str, status: str, **told: Any) -> None:
    before = (row(draft.get("interest", name)) or {}).get("history", [])
    history = [*before, {"index": act.index, "status": status}]
    draft.amend("interest", name, status=status, history=history, **told)
