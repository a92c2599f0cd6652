"""The beneficiary demands, with the documents that the guarantee lists; the bank pays, or refuses in time and once.

A demand that nobody refused in its time is to be paid: it is overdue, and shown as such (URDG 758 art. 24). Payment is
evidence by the bank or by the beneficiary; the ledger holds no money.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.bank_records import said, use_once
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import EvidenceWrong
from tallystick.finance.guarantees.bodies import DemandPaid, DemandRefuse, GuaranteeDemand
from tallystick.finance.guarantees.errors import (
    DemandClosed,
    DemandTooLarge,
    DemandWrong,
    ExaminationOver,
)
from tallystick.finance.guarantees.issuing import end
from tallystick.finance.guarantees.terms import (
    available,
    demand_step,
    examined_until,
    known_guarantee,
)
from tallystick.finance.money.dates import money_date
from tallystick.finance.parties import (
    NotEntitled,
    act_for,
    require_payable,
    require_persons,
    signatory,
)
from tallystick.finance.receivables.expiry import schedule, unschedule
from tallystick.ledger import Act, Effects, State


def demand(state: State, act: Act[GuaranteeDemand]) -> Effects:
    draft, body, name = Draft(state), act.body, act.body.guarantee
    found = known_guarantee(state, act, "issued")
    act_for(state, act, found["beneficiary"], "maker", "checker")
    today = money_date(act.time, found["zone"])
    if today < found["valid_from"]:
        raise DemandWrong(f"valid from {found['valid_from']}, today is {today}")
    titles = [one.title for one in body.documents]
    if sorted(titles) != sorted(found["documents"]):
        raise DemandWrong(f"presented {titles}, listed {list(found['documents'])}")
    left = available(found, today)
    if body.amount > left:
        raise DemandTooLarge(f"{left} of {body.amount} minor units can be demanded")
    require_persons(state, act, found["beneficiary"], found["currency"], body.amount)
    until = examined_until(found, act.time)
    document: dict[str, Any] = body.model_dump(mode="json", exclude={"guarantee"})
    document |= {"until": until, "status": "presented", "index": act.index, "time": act.time}
    draft.put("guarantee-demand", name, document, act.payload_hash)
    draft.add("guarantee", name, demanded=body.amount)
    schedule(draft, until, demand_step, f"{name} {act.payload_hash}")
    return draft.effects


def refuse(state: State, act: Act[DemandRefuse]) -> Effects:
    draft, body, name = Draft(state), act.body, act.body.guarantee
    found = known_guarantee(state, act)
    act_for(state, act, found["bank"], "maker", "checker")
    open_demand = _open(draft, name, body.demand)
    if open_demand["status"] != "presented" or act.time >= open_demand["until"]:
        raise ExaminationOver(f"it could be refused until {open_demand['until']}")
    unschedule(draft, open_demand["until"], demand_step, f"{name} {body.demand}")
    told = {"status": "refused", "reasons": list(body.reasons), "answered": act.index}
    draft.amend("guarantee-demand", name, body.demand, **told)
    draft.add("guarantee", name, demanded=-open_demand["amount"])
    return draft.effects


def paid(state: State, act: Act[DemandPaid]) -> Effects:
    draft, body, name = Draft(state), act.body, act.body.guarantee
    found = known_guarantee(state, act)
    stated_by = signatory(state, act)
    if stated_by == found["applicant"]:
        raise NotEntitled(f"{stated_by} is the applicant: the bank or the beneficiary says it")
    open_demand = _open(draft, name, body.demand)
    if (body.currency, body.amount) != (found["currency"], open_demand["amount"]):
        stated = f"{found['currency']} {open_demand['amount']}"
        raise EvidenceWrong(f"{stated} was demanded, not {body.currency} {body.amount}")
    _check_day(act, found, open_demand)
    if stated_by == found["bank"]:
        require_payable(state, found["beneficiary"])
        require_persons(state, act, stated_by, found["currency"], body.amount)
    use_once(draft, act, stated_by, body.evidence)
    unschedule(draft, open_demand["until"], demand_step, f"{name} {body.demand}")
    told = {"status": "paid", "answered": act.index, "stated_by": stated_by}
    told |= {**said(body), "paid_at": body.paid_at}
    draft.amend("guarantee-demand", name, body.demand, **told)
    draft.add("guarantee", name, demanded=-body.amount, paid=body.amount)
    after = draft.row("guarantee", name) or {}
    if after["status"] == "issued" and after["paid"] + after["released"] == after["amount"]:
        end(draft, name, "paid", act.time)
    return draft.effects


def overdue(draft: Draft, name: str, _act: Act[Any]) -> None:
    """The time for refusing is over: the demand is to be paid."""
    guarantee, part = name.split()
    found = draft.row("guarantee-demand", guarantee, part)
    if found is not None and found["status"] == "presented":
        draft.amend("guarantee-demand", guarantee, part, status="overdue")


def _open(draft: Draft, name: str, part: str) -> Row:
    found = draft.row("guarantee-demand", name, part)
    if found is None or found["status"] not in ("presented", "overdue"):
        raise DemandClosed(part)
    return found


def _check_day(act: Act[DemandPaid], found: Row, open_demand: Row) -> None:
    zone = found["zone"]
    first, today = money_date(open_demand["time"], zone), money_date(act.time, zone)
    paid_on = money_date(act.body.paid_at, zone)
    if not first <= paid_on <= today:
        raise EvidenceWrong(f"paid on {paid_on}, demanded on {first}, today is {today}")
