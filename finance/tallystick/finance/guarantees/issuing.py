"""An applicant asks for a guarantee, and two persons of the bank issue it; nobody learns of what it secures from a refusal.

The bank is no party of the order, contract or certificate: it hears its name from the applicant, who is one, and
whose beneficiary is another.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import SameParty
from tallystick.finance.guarantees.amending import check_amendment, offer, put_proposal
from tallystick.finance.guarantees.bodies import (
    GuaranteeApprove,
    GuaranteeDecline,
    GuaranteePropose,
    GuaranteeRelease,
    GuaranteeRequest,
)
from tallystick.finance.guarantees.errors import DemandTooLarge, GuaranteeEnded, GuaranteeWrong
from tallystick.finance.guarantees.terms import (
    available,
    check_terms,
    ends_at,
    guarantee_ender,
    known_guarantee,
    requested,
)
from tallystick.finance.known import known, sides
from tallystick.finance.money.dates import money_date
from tallystick.finance.parties import (
    act_for,
    organisation,
    own_hand,
    require_capacity,
    require_keys,
    require_persons,
    signatory,
)
from tallystick.finance.policies.standing import second_hand
from tallystick.finance.receivables.expiry import end_after, schedule, unschedule
from tallystick.ledger import Act, Effects, State


def request(state: State, act: Act[GuaranteeRequest]) -> Effects:
    body, draft = act.body, Draft(state)
    applicant = signatory(state, act)
    found = known(state, act, body.underlying, body.name)
    organisation(state, body.beneficiary)
    require_capacity(state, body.bank, "bank")
    if len({applicant, body.beneficiary, body.bank}) < 3:
        raise SameParty(f"{applicant}, {body.beneficiary} and {body.bank}")
    # Who has a part in a certificate is not for every holder to find out.
    if body.underlying != "certificate" and body.beneficiary not in sides(body.underlying, found):
        raise GuaranteeWrong(f"{body.beneficiary} is no party of {body.name}")
    row = requested(body, applicant)
    check_terms(row, money_date(act.time, body.zone))
    require_persons(state, act, applicant, body.currency, body.amount)
    until = end_after(act.time, body.valid_hours)
    draft.put("guarantee", act.payload_hash, {**row, "until": until, "asked": act.index})
    schedule(draft, until, guarantee_ender, act.payload_hash)
    return draft.effects


def decline(state: State, act: Act[GuaranteeDecline]) -> Effects:
    draft, name = Draft(state), act.body.guarantee
    found = known_guarantee(state, act, "requested")
    act_for(state, act, found["bank"], "maker", "checker")
    unschedule(draft, found["until"], guarantee_ender, name)
    draft.amend("guarantee", name, status="declined", reason=act.body.reason)
    return draft.effects


def propose(state: State, act: Act[GuaranteePropose]) -> Effects:
    draft = Draft(state)
    found = known_guarantee(state, act, "requested")
    act_for(state, act, found["bank"], "maker")
    own_hand(act)
    require_keys(state, act, found["bank"], found["currency"], found["amount"])
    put_proposal(draft, act, found["bank"], {"guarantee": act.body.guarantee})
    return draft.effects


def approve(state: State, act: Act[GuaranteeApprove]) -> Effects:
    """The second person: the guarantee is issued, or an amendment goes to the beneficiary."""
    draft, name = Draft(state), act.body.proposal
    asked = second_hand(draft, act, "guarantee-proposal", name)
    found = draft.row("guarantee", asked["guarantee"]) or {}
    amendment = asked.get("amendment")
    status = "issued" if amendment else "requested"
    if found["status"] != status or act.time >= found["until"]:
        raise GuaranteeEnded(f"{asked['guarantee']} is {found['status']}, until {found['until']}")
    today = money_date(act.time, found["zone"])
    after = found
    if amendment:
        after = check_amendment(draft, found, asked["guarantee"], amendment, today)
    require_capacity(state, found["bank"], "bank")
    require_persons(
        state, act, found["bank"], found["currency"], after["amount"], before=(asked["by"],)
    )
    if amendment:
        offer(draft, asked["guarantee"], amendment)
    else:
        _issue(draft, act, asked["guarantee"], found, today)
    draft.amend("guarantee-proposal", name, status="approved", approver=act.author)
    return draft.effects


def _issue(draft: Draft, act: Act[Any], name: str, found: Row, today: str) -> None:
    check_terms(found, today)
    unschedule(draft, found["until"], guarantee_ender, name)
    until = ends_at(found)
    draft.amend("guarantee", name, status="issued", until=until, issued=act.index)
    schedule(draft, until, guarantee_ender, name)


def release(state: State, act: Act[GuaranteeRelease]) -> Effects:
    """By the beneficiary: nothing of it comes back."""
    draft, name = Draft(state), act.body.guarantee
    found = known_guarantee(state, act, "issued")
    act_for(state, act, found["beneficiary"], "maker", "checker")
    left = available(found, money_date(act.time, found["zone"]))
    amount = left if act.body.amount is None else act.body.amount
    if not 0 < amount <= left:
        raise DemandTooLarge(f"{left} of {amount} minor units can be released")
    require_persons(state, act, found["beneficiary"], found["currency"], amount)
    draft.add("guarantee", name, released=amount)
    if amount == left and not found["demanded"]:
        end(draft, name, "released", act.time)
    return draft.effects


def expire(draft: Draft, name: str) -> None:
    """Nobody issued it in time, or its last day is over; demands that stand are answered and paid all the same."""
    found = draft.row("guarantee", name)
    if found is not None and found["status"] in ("requested", "issued"):
        status = "lapsed" if found["status"] == "requested" else "expired"
        end(draft, name, status, found["until"])


def end(draft: Draft, name: str, status: str, time: str) -> None:
    """It is over, and with it every amendment that nobody answered."""
    found = draft.row("guarantee", name) or {}
    unschedule(draft, found["until"], guarantee_ender, name)
    for part, one in draft.rows("guarantee-amendment", name).items():
        if one["status"] in ("proposed", "offered"):
            draft.amend("guarantee-amendment", name, part, status="lapsed")
    draft.amend("guarantee", name, status=status, ended_time=time)
