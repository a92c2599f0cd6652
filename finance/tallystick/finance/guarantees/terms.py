"""What follows from a guarantee's terms: what can still be demanded, and until when.

    guarantee            <payload hash of the request>  {applicant, beneficiary, bank, underlying, name, currency, amount,
                                       valid_from, expires_on, zone, examine_days, documents, form, reductions, until,
                                       paid, demanded, released, amendments, status, asked, issued?, ended_time?}
                                       status: requested -> declined | lapsed | issued -> paid | released | expired
    guarantee-proposal   <payload hash>  {organisation, guarantee, amendment?, by, signers, index, status: open | approved}
    guarantee-amendment  <guarantee>   part <payload hash>: {amount?, expires_on?, …, status, index}
                                       status: proposed -> offered -> accepted | declined; proposed, offered -> lapsed
    guarantee-demand     <guarantee>   part <payload hash>: {amount, documents, until, status, index, reasons?, …}
                                       status: presented -> refused | paid, presented -> overdue -> paid

paid + demanded (open demands) + released never exceed the amount. Before the beneficiary accepted an amendment the
old terms stand (URDG 758 art. 11).
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.guarantees.bodies import GuaranteeRequest
from tallystick.finance.guarantees.errors import GuaranteeEnded, GuaranteeUnknown, GuaranteeWrong
from tallystick.finance.money.dates import (
    check_date,
    day_start,
    days_between,
    money_date,
    next_day,
    plus_days,
)
from tallystick.finance.parties import speaker
from tallystick.finance.receivables.expiry import full_hour
from tallystick.ledger import Act, State

#: What a block ends: requests and guarantees; and what it carries out: demands that nobody answered.
guarantee_ender, demand_step = "guarantee", "guarantee-demand"
validity_days_max = 3660
parties = ("applicant", "beneficiary", "bank")


def check_terms(row: Row, today: str) -> None:
    """Raises `GuaranteeWrong`."""
    begins, ends = check_date(row["valid_from"]), check_date(row["expires_on"])
    if ends < max(begins, today) or days_between(begins, ends) > validity_days_max:
        raise GuaranteeWrong(f"valid from {begins} to {ends}, at most {validity_days_max} days")
    if len(set(row["documents"])) != len(row["documents"]):
        raise GuaranteeWrong("a document is listed twice")
    days = [check_date(one["on"]) for one in row["reductions"]]
    if days != sorted(set(days)) or any(not begins < day <= ends for day in days):
        raise GuaranteeWrong("reductions follow each other between the first day and the last")
    if sum(one["amount"] for one in row["reductions"]) >= row["amount"]:
        raise GuaranteeWrong("the reductions leave nothing")


def requested(body: GuaranteeRequest, applicant: str) -> dict[str, Any]:
    """The guarantee as it was asked for, with nothing demanded."""
    told: dict[str, Any] = body.model_dump(mode="json", exclude={"valid_hours"})
    sums = {"paid": 0, "demanded": 0, "released": 0, "amendments": 0}
    return {**told, **sums, "applicant": applicant, "status": "requested"}


def reduced(row: Row, today: str) -> int:
    """By how much the amount is reduced on a day."""
    return sum(one["amount"] for one in row["reductions"] if one["on"] <= today)


def available(row: Row, today: str) -> int:
    """What can still be demanded, never below nothing: demands that stood before a reduction keep what they ask."""
    if row["status"] != "issued":
        return 0
    taken = row["paid"] + row["demanded"] + row["released"] + reduced(row, today)
    return max(0, int(row["amount"] - taken))


def ends_at(row: Row) -> str:
    """The full hour at which the last day is over in its zone."""
    return full_hour(day_start(next_day(row["expires_on"]), row["zone"]))


def examined_until(row: Row, time: str) -> str:
    last = plus_days(money_date(time, row["zone"]), row["examine_days"])
    return full_hour(day_start(next_day(last), row["zone"]))


def known_guarantee(state: State, act: Act[Any], *statuses: str) -> Row:
    """For one of its three parties; to others the same as what is not there. Raises `GuaranteeUnknown` or `GuaranteeEnded`."""
    name = act.body.guarantee
    found = Draft(state).row("guarantee", name)
    mine = speaker(state, act.author).organisation
    if found is None or mine not in [found[side] for side in parties]:
        raise GuaranteeUnknown(name)
    if statuses and found["status"] not in statuses:
        raise GuaranteeEnded(f"{name} is {found['status']}")
    if found["status"] in ("requested", "issued") and act.time >= found["until"] and statuses:
        raise GuaranteeEnded(f"{name} ended at {found['until']}")
    return found
