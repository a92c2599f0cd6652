"""A seller asks a funder to finance one order, and two persons of the funder offer terms, which the seller accepts.

The funder is no party of the order: it hears its name from the seller. An order has one facility at a time.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.accounts.payees import target
from tallystick.finance.advances.bodies import (
    FacilityAccept,
    FacilityApprove,
    FacilityDecline,
    FacilityPropose,
    FacilityRequest,
)
from tallystick.finance.advances.drawable import confirmed_value, require_purchase
from tallystick.finance.advances.errors import (
    FacilityEnded,
    FacilityUnknown,
    FacilityWrong,
    OrderFinanced,
)
from tallystick.finance.advances.owing import nothing_owed
from tallystick.finance.agreements.errors import AssignmentBanned
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import SameParty
from tallystick.finance.known import known
from tallystick.finance.money.dates import check_date, day_start, days_between, money_date, next_day
from tallystick.finance.parties import (
    NotEntitled,
    act_for,
    own_hand,
    require_capacity,
    require_keys,
    require_persons,
    signatory,
    speaker,
)
from tallystick.finance.policies.standing import second_hand
from tallystick.finance.receivables.expiry import end_after, full_hour, schedule, unschedule
from tallystick.finance.trade.lines import signed
from tallystick.ledger import Act, Effects, State

facility_ender = "facility"
parties = ("borrower", "funder")
repay_days_max = 3 * 366


def request(state: State, act: Act[FacilityRequest]) -> Effects:
    body, draft = act.body, Draft(state)
    borrower = signatory(state, act)
    order = known(state, act, "order", body.order)
    if order["seller"] != borrower:
        raise NotEntitled(f"{borrower} is not the seller of {body.order}")
    require_capacity(state, body.funder, "bank")
    if body.funder in (borrower, order["buyer"]):
        raise SameParty(f"{body.funder} is a party of {body.order}")
    if order["grade"] != signed or order["status"] != "accepted":
        raise FacilityWrong(f"{body.order} is {order['status']}, {order['grade']}")
    if (draft.row("contract", order["contract"]) or {}).get("assignment") == "banned":
        raise AssignmentBanned(f"{body.order} rests on {order['contract']}")
    if len(set(body.purchases)) != len(body.purchases):
        raise FacilityWrong("a purchase is named twice")
    for purchase in body.purchases:
        require_purchase(draft, borrower, order["currency"], purchase)
    require_persons(state, act, borrower, order["currency"], body.limit)
    until = end_after(act.time, body.valid_hours)
    document: dict[str, Any] = body.model_dump(mode="json", exclude={"valid_hours"})
    document |= {"borrower": borrower, "buyer": order["buyer"], "currency": order["currency"]}
    document |= {**nothing_owed, "until": until, "status": "requested", "asked": act.index}
    draft.put("facility", act.payload_hash, document)
    schedule(draft, until, facility_ender, act.payload_hash)
    return draft.effects


def propose(state: State, act: Act[FacilityPropose]) -> Effects:
    draft, body = Draft(state), act.body
    found = known_facility(state, act, "requested")
    act_for(state, act, found["funder"], "maker")
    own_hand(act)
    require_keys(state, act, found["funder"], found["currency"], body.limit)
    terms: dict[str, Any] = body.model_dump(mode="json")
    _check_terms(found, terms, act.time)
    signers = sorted({signer.public for signer in act.signers if signer.speaks})
    document = {**terms, "organisation": found["funder"], "by": act.author, "signers": signers}
    draft.put(
        "facility-proposal", act.payload_hash, {**document, "index": act.index, "status": "open"}
    )
    return draft.effects


def decline(state: State, act: Act[FacilityDecline]) -> Effects:
    """The seller need not wait for the end of its request; what a maker proposed is approved no more."""
    draft, name = Draft(state), act.body.facility
    found = known_facility(state, act, "requested")
    act_for(state, act, found["funder"], "maker", "checker")
    unschedule(draft, found["until"], facility_ender, name)
    told: dict[str, Any] = {"reason": act.body.reason, "declined": act.index}
    draft.amend("facility", name, status="declined", **told)
    return draft.effects


def approve(state: State, act: Act[FacilityApprove]) -> Effects:
    draft, name = Draft(state), act.body.proposal
    asked = second_hand(draft, act, "facility-proposal", name)
    facility = asked["facility"]
    found = draft.row("facility", facility) or {}
    if found["status"] != "requested" or act.time >= found["until"]:
        raise FacilityEnded(f"{facility} is {found['status']}, until {found['until']}")
    require_capacity(state, found["funder"], "bank")
    require_persons(
        state, act, found["funder"], found["currency"], asked["limit"], before=(asked["by"],)
    )
    terms = {key: asked[key] for key in FacilityPropose.model_fields if key != "facility"}
    _check_terms(found, terms, act.time)
    draft.amend("facility", facility, **terms, status="offered", offered=act.index)
    draft.amend("facility-proposal", name, status="approved", approver=act.author)
    return draft.effects


def accept(state: State, act: Act[FacilityAccept]) -> Effects:
    draft, name = Draft(state), act.body.facility
    found = known_facility(state, act, "offered")
    act_for(state, act, found["borrower"], "maker", "checker")
    require_persons(state, act, found["borrower"], found["currency"], found["limit"])
    _check_terms(found, found, act.time)
    to = target(draft, found["borrower"], found["currency"], act.time)
    if to.held is not None or to.account != found["account"]:
        raise FacilityWrong(f"{found['borrower']} is not paid to {found['account']}")
    for other in draft.rows("order-facility", found["order"]):
        row = draft.row("facility", other) or {}
        if row["status"] == "open" or row["principal"] or row["pending"]:
            raise OrderFinanced(found["order"])
    unschedule(draft, found["until"], facility_ender, name)
    until = full_hour(day_start(next_day(found["available_until"]), found["zone"]))
    certified = confirmed_value(draft, found["order"])
    draft.amend("facility", name, status="open", until=until, opened=act.index, certified=certified)
    draft.put("order-facility", found["order"], {"index": act.index}, name)
    schedule(draft, until, facility_ender, name)
    return draft.effects


def expire(draft: Draft, name: str) -> None:
    """Nobody answered in time, or nothing more is drawn; what is owed stays owed."""
    found = draft.row("facility", name)
    if found is not None and found["status"] in ("requested", "offered", "open"):
        status = "closed" if found["status"] == "open" else "lapsed"
        draft.amend("facility", name, status=status)


def known_facility(state: State, act: Act[Any], *statuses: str) -> Row:
    """For borrower and funder; to others the same as what is not there. Raises `FacilityUnknown` or `FacilityEnded`."""
    name = act.body.facility
    found = Draft(state).row("facility", name)
    if found is None or speaker(state, act.author).organisation not in [
        found[one] for one in parties
    ]:
        raise FacilityUnknown(name)
    if statuses and (found["status"] not in statuses or act.time >= found["until"]):
        raise FacilityEnded(f"{name} is {found['status']}, until {found['until']}")
    return found


def _check_terms(found: Row, terms: Row, time: str) -> None:
    today = money_date(time, terms["zone"])
    last, repay_on = check_date(terms["available_until"]), check_date(terms["repay_on"])
    if not today <= last <= repay_on or days_between(today, repay_on) > repay_days_max:
        raise FacilityWrong(f"drawn until {last}, repaid on {repay_on}, today is {today}")
    if terms["limit"] > found["limit"]:
        raise FacilityWrong(f"{found['limit']} minor units were asked for")
    if terms["account"].rpartition("#")[0] != found["borrower"]:
        raise FacilityWrong(f"{terms['account']} is no account of {found['borrower']}")
