"""Arrears: what a debtor did not pay on the day, late interest, default, cure, and the stop of new promises.

A certificate is overdue from the day behind its payment date on, if anything could have been paid on it; what is
frozen, in payment or held for its holder's sake is not the debtor's delay. Late interest is simple, counted from the
payment date to the day of the payment on each amount that was paid late, rounded half-up once for each payment and
divided over holders by largest remainder; it is owed beside the principal, which is paid first (I24). Where a payment
comes back on which it was paid, the days that were paid for are not paid for again. After
`default_days` the debtor is in default: whoever sold with recourse can be asked. Principal and late interest paid
cure both. While anything is overdue its debtor makes no new promise (I16).

    arrears   <certificate>  {issuer, since, status: overdue | default | cured, late_due, late_paid, index}"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.finance.accounts.payees import claim_target
from tallystick.finance.calendars import payment
from tallystick.finance.draft import Draft, Row
from tallystick.finance.insurance.withdrawing import withdraw
from tallystick.finance.money.allocation import largest_remainder, late_interest
from tallystick.finance.money.dates import day_start, days_between, money_date, next_day, plus_days
from tallystick.finance.receivables import standing
from tallystick.finance.receivables.expiry import full_hour, schedule, unschedule
from tallystick.finance.settlement.claims import payee, record, waits_because
from tallystick.ledger import Act

#: A debtor is in default when it has not paid so many days behind the payment date.
default_days = 30
_owed = ("live", "partially_paid")


def begin(draft: Draft, name: str, act: Act[Any]) -> None:
    """The payment date is over: the certificate is in arrears, unless its debtor has paid what it could pay."""
    found = draft.row("certificate", name)
    if found is None or found["status"] not in _owed:
        return
    on = payment.payment_date(draft, name, found, act.time).on
    today = money_date(act.time, found["zone"])
    before = draft.row("arrears", name)
    if today <= on or (before is not None and before["status"] != "cured"):
        return
    record(draft, name, act)
    if not payable(draft, name, found["currency"], act.time):
        again = full_hour(day_start(next_day(today), found["zone"]))
        schedule(draft, again, "overdue", name)
        return
    payment.overdue(draft, name, act)
    since = next_day(on)
    told = {"late_due": 0, "late_paid": 0, **(before or {})}
    told |= {"issuer": found["issuer"], "since": since, "status": "overdue", "index": act.index}
    draft.put("arrears", name, told)
    standing.count(draft, found["issuer"], overdue=1, ever=0 if before else 1)
    schedule(draft, _defaults_at(found, since), "default", name)


def default(draft: Draft, name: str, _act: Act[Any]) -> None:
    """So many days later, or at the end of an insured holder's grace, it is still in arrears."""
    found = draft.row("arrears", name)
    if found is not None and found["status"] == "overdue":
        draft.amend("arrears", name, status="default")
        standing.count(draft, found["issuer"], defaults=1)


def payable(draft: Draft, name: str, currency: str, time: str) -> dict[str, int]:
    """What is owed on each claim that a payment reaches now."""
    found = {}
    for part, claim in draft.rows("claim", name).items():
        to = claim_target(draft, claim, payee(part, claim), currency, time)
        if claim["due"] > claim["paid"] and not waits_because(draft, part, claim, to):
            found[part] = int(claim["due"] - claim["paid"])
    return found


def accrue(draft: Draft, name: str, shares: Mapping[str, int], paid_on: str) -> dict[str, int]:
    """Late interest on what was paid now, by claim; none where the certificate is not in arrears."""
    found = draft.row("arrears", name)
    if found is None or found["status"] == "cured":
        return {}
    days = days_between(found["since"], paid_on) + 1
    total = late_interest(sum(shares.values()), days)
    late = largest_remainder(total, shares)
    for part, amount in late.items():
        _count_late(draft, name, part, amount)
    return late


def forget(draft: Draft, name: str, part: str, late: int) -> None:
    """A payment came back, with which so much late interest was counted."""
    if late:
        _count_late(draft, name, part, -late)


def _count_late(draft: Draft, name: str, part: str, more: int) -> None:
    """So much more late interest, or less. What was paid of it already is the claim's credit, and owed no second time."""
    claim = draft.row("claim", name, part) or {}
    owed, paid = claim.get("late_due", 0), claim.get("late_paid", 0)
    counted = owed - claim.get("late_credit", 0) + more
    now = max(counted, paid)
    told = {"late_due": now or None, "late_credit": now - counted or None}
    draft.put("claim", name, {**claim, **told}, part)
    if now != owed:
        draft.add("arrears", name, late_due=now - owed)


def cure(draft: Draft, name: str) -> None:
    """After a payment, also one made early: principal and late interest are paid, and the debtor is free again."""
    certificate = draft.row("certificate", name) or {}
    found = draft.row("arrears", name)
    if found is None or found["status"] == "cured" or certificate["status"] in _owed:
        return
    if found["late_due"] <= found["late_paid"]:
        draft.amend("arrears", name, status="cured")
        withdraw(draft, name)
        standing.count(draft, found["issuer"], overdue=-1)
        unschedule(draft, _defaults_at(certificate, found["since"]), "default", name)


def look_again(draft: Draft, name: str, act: Act[Any]) -> None:
    """A payment came back: from tomorrow on what is owed again is overdue."""
    certificate = draft.row("certificate", name) or {}
    tomorrow = next_day(money_date(act.time, certificate["zone"]))
    schedule(draft, full_hour(day_start(tomorrow, certificate["zone"])), "overdue", name)


def _defaults_at(certificate: Row, since: str) -> str:
    return full_hour(day_start(plus_days(since, default_days), certificate["zone"]))
