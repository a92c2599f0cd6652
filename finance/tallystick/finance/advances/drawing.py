"""Advances: drawn by the borrower for one purchase, paid to its supplier, repaid through the named account.

What is drawn is taken of the purchase as trade evidence, so that no certificate pays for the same materials. An advance
that nobody instructed lapses; once instructed it waits for evidence, without end. To a supplier on a list of sanctions
the funder neither instructs nor pays; what an instruction sent before, or the supplier says that it received, is told.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.accounts.payees import paid_to
from tallystick.finance.advances.bodies import (
    AdvanceDraw,
    AdvanceInstruct,
    AdvancePaid,
    AdvanceRepaid,
    AdvanceUnpaid,
)
from tallystick.finance.advances.drawable import drawable, milestone, require_purchase
from tallystick.finance.advances.errors import (
    FacilityEnded,
    FacilityUnknown,
    FacilityWrong,
    NotDrawable,
)
from tallystick.finance.advances.facilities import known_facility
from tallystick.finance.advances.owing import counted_to, lend, owed, repay
from tallystick.finance.bank_records import said, use_once
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import EvidenceWrong, OverPayment
from tallystick.finance.hops.bodies import HopEvidence
from tallystick.finance.hops.evidence import give_back, take
from tallystick.finance.money.dates import money_date
from tallystick.finance.parties import (
    act_for,
    require_payable,
    require_persons,
    signatory,
    speaker,
)
from tallystick.finance.receivables.expiry import end_after, schedule, unschedule
from tallystick.ledger import Act, Effects, State

advance_ender = "advance"


def draw(state: State, act: Act[AdvanceDraw]) -> Effects:
    draft, body, name = Draft(state), act.body, act.body.facility
    found = known_facility(state, act, "open")
    borrower, currency = found["borrower"], found["currency"]
    act_for(state, act, borrower, "maker", "checker")
    if body.purchase not in found["purchases"]:
        raise FacilityWrong(f"{body.purchase} is not among the purchases")
    supplier = require_purchase(draft, borrower, currency, body.purchase)["seller"]
    reached = milestone(draft, found, body.despatches)
    most = drawable(draft, found, reached, money_date(act.time, found["zone"]))
    if body.amount > most:
        raise NotDrawable(f"{most} of {body.amount} minor units can be drawn at {reached}")
    require_persons(state, act, borrower, currency, body.amount)
    evidence = HopEvidence(kind="order", name=body.purchase, amount=body.amount)
    charges = take(draft, borrower, supplier, currency, body.amount, (evidence,))
    until = end_after(act.time, body.valid_hours)
    document: dict[str, Any] = body.model_dump(mode="json", exclude={"facility", "valid_hours"})
    document |= {"supplier": supplier, "charges": charges, "milestone": reached, "until": until}
    document |= paid_to(draft, supplier, currency, act.time).document()
    document |= {"status": "drawn", "index": act.index, "time": act.time}
    draft.put("advance", name, document, act.payload_hash)
    draft.add("facility", name, pending=body.amount)
    schedule(draft, until, advance_ender, f"{name} {act.payload_hash}")
    return draft.effects


def instruct(state: State, act: Act[AdvanceInstruct]) -> Effects:
    draft, body = Draft(state), act.body
    found = known_facility(state, act)
    act_for(state, act, found["funder"], "maker", "checker")
    advance = _open(draft, act, "drawn")
    require_payable(state, advance["supplier"])
    require_persons(state, act, found["funder"], found["currency"], advance["amount"])
    unschedule(draft, advance["until"], advance_ender, f"{body.facility} {body.advance}")
    draft.amend("advance", body.facility, body.advance, status="instructed", instructed=act.index)
    return draft.effects


def paid(state: State, act: Act[AdvancePaid]) -> Effects:
    draft, body, name = Draft(state), act.body, act.body.facility
    mine = speaker(state, act.author).organisation
    found, advance = draft.row("facility", name), draft.row("advance", name, body.advance)
    if found is None or advance is None or mine not in (found["funder"], advance["supplier"]):
        raise FacilityUnknown(name)
    signatory(state, act)
    advance = _open(draft, act, "drawn", "instructed")
    paid_on = _check_evidence(
        act, found, advance["amount"], money_date(advance["time"], found["zone"])
    )
    if mine == found["funder"]:
        if advance["status"] == "drawn":
            require_payable(state, advance["supplier"])
        require_persons(state, act, mine, found["currency"], advance["amount"])
    use_once(draft, act, mine, body.evidence)
    unschedule(draft, advance["until"], advance_ender, f"{name} {body.advance}")
    told = {"status": "paid", "stated_by": mine, **said(body), "paid_at": body.paid_at}
    draft.amend("advance", name, body.advance, **told, answered=act.index)
    draft.add("facility", name, pending=-advance["amount"])
    lend(draft, name, advance["amount"], paid_on)
    return draft.effects


def unpaid(state: State, act: Act[AdvanceUnpaid]) -> Effects:
    draft, body = Draft(state), act.body
    found = known_facility(state, act)
    act_for(state, act, found["funder"], "maker", "checker")
    advance = _open(draft, act, "drawn", "instructed")
    unschedule(draft, advance["until"], advance_ender, f"{body.facility} {body.advance}")
    _return(draft, body.facility, body.advance, advance, "unpaid")
    return draft.effects


def repaid(state: State, act: Act[AdvanceRepaid]) -> Effects:
    draft, body, name = Draft(state), act.body, act.body.facility
    found = known_facility(state, act)
    act_for(state, act, found["funder"], "maker", "checker")
    if body.account != found.get("account"):
        raise EvidenceWrong(f"repaid through {found.get('account')}, not {body.account}")
    paid_on = _check_evidence(act, found, body.amount, "")
    left = owed(found, counted_to(found, paid_on)).total
    if body.amount > left:
        raise OverPayment(f"{left} of {body.amount} minor units are owed")
    require_persons(state, act, found["funder"], found["currency"], body.amount)
    use_once(draft, act, found["funder"], body.evidence)
    told = {**said(body), "paid_at": body.paid_at, "index": act.index}
    repay(draft, name, body.amount, paid_on, "repaid", told)
    return draft.effects


def expire(draft: Draft, name: str) -> None:
    """The funder did not instruct the payment in time."""
    facility, part = name.split()
    advance = draft.row("advance", facility, part)
    if advance is not None and advance["status"] == "drawn":
        _return(draft, facility, part, advance, "lapsed")


def _return(draft: Draft, facility: str, part: str, advance: Row, status: str) -> None:
    give_back(draft, advance["charges"])
    draft.amend("advance", facility, part, status=status)
    draft.add("facility", facility, pending=-advance["amount"])


def _open(draft: Draft, act: Act[Any], *statuses: str) -> Row:
    """The advance an act names. What was only drawn ends at its time, whether a block said so or not yet."""
    body = act.body
    found = draft.row("advance", body.facility, body.advance)
    if found is None or found["status"] not in statuses:
        raise FacilityEnded(f"{body.advance} is {(found or {'status': 'not there'})['status']}")
    if found["status"] == "drawn" and act.time >= found["until"]:
        raise FacilityEnded(f"{body.advance} was to be instructed until {found['until']}")
    return found


def _check_evidence(act: Act[Any], found: Row, amount: int, first: str) -> str:
    """The money date of a payment in the facility's currency, of so much, not in front of `first`."""
    body = act.body
    if (body.currency, body.amount) != (found["currency"], amount):
        raise EvidenceWrong(f"{found['currency']} {amount}, not {body.currency} {body.amount}")
    paid_on, today = money_date(body.paid_at, found["zone"]), money_date(act.time, found["zone"])
    if not first <= paid_on <= today:
        raise EvidenceWrong(f"paid on {paid_on}, drawn on {first or 'any day'}, today is {today}")
    return paid_on
