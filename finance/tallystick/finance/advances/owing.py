"""What is owed under a facility: principal, simple interest, and what repaid them; all integers.

    facility        <payload hash of the request>  {borrower, funder, buyer, order, currency, purchases, limit, rate_ppm,
                      basis, rounding, milestones, zone, available_until, repay_on, account, until, status, asked,
                      drawn, pending, principal, principal_days, accrued_on?, interest_repaid, repaid, converted, certified}
                      status: requested -> lapsed | offered -> lapsed | open -> closed
    facility-proposal  <payload hash>  {organisation, facility, the terms, by, signers, status: open | approved}
    order-facility  <order>     part <facility>: {index}
    advance         <facility>  part <payload hash>: {purchase, supplier, amount, charges, despatches, milestone, mandate,
                      until, status, index, evidence?, paid_at?, stated_by?}   status: drawn -> instructed -> paid | unpaid; drawn -> paid | unpaid | lapsed
    advance-repayment  <facility>  part <index>: {amount, principal, interest, evidence | certificate, paid_on}

`principal_days` adds up principal x days, so that interest is rounded once, from the sum. At every index
drawn + interest = repaid + converted + owed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.money.allocation import divide_half_up, ppm
from tallystick.finance.money.dates import days_between
from tallystick.finance.money.discount import year_days

nothing_owed: Row = {
    "drawn": 0,
    "pending": 0,
    "principal": 0,
    "principal_days": 0,
    "interest_repaid": 0,
    "repaid": 0,
    "converted": 0,
    "certified": 0,
}


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed on a day; `interest` is what of it nobody repaid."""

    principal: int
    interest: int
    accrued: int

    @property
    def total(self) -> int:
        return self.principal + self.interest


def owed(row: Row, on: str) -> Owed:
    days = row["principal_days"] + row["principal"] * _days(row, on)
    if not days:
        return Owed(row["principal"], 0, 0)
    accrued = divide_half_up(days * row["rate_ppm"], ppm * year_days[row["basis"]])
    return Owed(row["principal"], accrued - row["interest_repaid"], accrued)


def lend(draft: Draft, name: str, amount: int, on: str) -> None:
    """So much was paid out on this day, which may lie before what was counted last."""
    row = _counted(draft, name, on)
    late = max(0, days_between(on, row["accrued_on"]))
    draft.add("facility", name, drawn=amount, principal=amount, principal_days=amount * late)


def repay(draft: Draft, name: str, amount: int, on: str, by: str, told: dict[str, Any]) -> None:
    """Interest first. `by`: repaid or converted. Counts from the day up to which interest was counted, if that is later."""
    row = _counted(draft, name, on)
    interest = min(amount, owed(row, row["accrued_on"]).interest)
    principal = amount - interest
    sums = {"principal": -principal, "interest_repaid": interest, by: amount}
    draft.add("facility", name, "", **sums)
    index = told.pop("index")
    document = {**told, "amount": amount, "principal": principal, "interest": interest}
    part = f"{index:012d}" + (f" {told['certificate']}" if "certificate" in told else "")
    draft.put("advance-repayment", name, {**document, "on": on, "index": index}, part)


def counted_to(row: Row, on: str) -> str:
    """The day up to which interest is counted when something happens on a day."""
    return max(str(row.get("accrued_on", on)), on)


def _counted(draft: Draft, name: str, on: str) -> Row:
    row = draft.row("facility", name) or {}
    days = _days(row, on)
    day = counted_to(row, on)
    draft.amend(
        "facility",
        name,
        accrued_on=day,
        principal_days=row["principal_days"] + row["principal"] * days,
    )
    return draft.row("facility", name) or {}


def _days(row: Row, on: str) -> int:
    return max(0, days_between(row.get("accrued_on", on), on))
