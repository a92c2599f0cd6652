"""Which account an organisation is paid to, and when a change of it is in force.

    payee           <organisation>   part <currency>: {account, since, change?: {account, from, rule, days, calendar?,
                                     version?, proposal}}
    payee-proposal  <payload hash>   {organisation, currency, account, by, time, after?, status, approver?}
                                     status: open | approved | in-force | cancelled | void

A change takes two officers and three business days of the account's country, which pass as a whole after the day
of the approval; the calendar is that of the organisation's node, or of the next node above it that has one. Where
no table knows these days, so many calendar days pass instead (`calendar_days`), and the document says so. When it
takes effect is fixed by the approval: no later version moves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tallystick.finance.calendars.versions import Readable, in_force
from tallystick.finance.draft import Draft, Row, row
from tallystick.finance.errors import AccountHeld
from tallystick.finance.money.dates import day_start, money_date, next_day, plus_days
from tallystick.finance.parties import organisation, parent_prefix, prefix_holder
from tallystick.finance.receivables.expiry import full_hour, schedule, unschedule
from tallystick.ledger import Act, State

waiting_business_days = 3
#: Where no table says which days are business days: longer than the longest holidays and three days.
calendar_days = 14
_zones: Mapping[str, str] = {
    "CN": "Asia/Shanghai",
    "HK": "Asia/Hong_Kong",
    "SG": "Asia/Singapore",
    "JP": "Asia/Tokyo",
    "IN": "Asia/Kolkata",
    "GB": "Europe/London",
    "DE": "Europe/Berlin",
    "US": "America/New_York",
}
#: The zone of other countries: days end in none of those above later than here.
_other_zone = "America/New_York"
#: Why a payment to an organisation is held.
Held = Literal["account-not-confirmed", "account-closed"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a payment goes. `account` empty: the organisation has none on record. `held`: why nothing may go there."""

    account: str = ""
    digest: str = ""
    tail: str = ""
    bank_code: str = ""
    held: Held | None = None

    def document(self) -> dict[str, str]:
        """The fields by which payments name an account."""
        told = {
            "account": self.account,
            "account_digest": self.digest,
            "account_tail": self.tail,
            "bank_code": self.bank_code,
        }
        return {key: value for key, value in told.items() if value}


def target(state: Readable, organisation_handle: str, currency: str, now: str) -> Target:
    """The account in force now. Whoever has one on record is paid to a confirmed one alone."""
    payee = row(state.get("payee", organisation_handle, currency))
    if payee is None:
        known = state.get("bank-account-of", organisation_handle, currency) is not None
        return Target(held="account-not-confirmed" if known else None)
    return of_account(state, current(state, payee, now))


def paid_to(state: Readable, organisation_handle: str, currency: str, now: str) -> Target:
    """As `target`, for what is agreed now; raises `AccountHeld`."""
    return _payable(organisation_handle, target(state, organisation_handle, currency, now))


def paid_as_agreed(
    state: Readable, agreed: Row, organisation_handle: str, currency: str, now: str
) -> Target:
    """The account that was agreed, whatever is in force since; raises `AccountHeld` if nothing may go there."""
    if "account" not in agreed:
        return paid_to(state, organisation_handle, currency, now)
    return _payable(organisation_handle, of_account(state, agreed["account"]))


def claim_target(state: Readable, agreed: Row, holder: str, currency: str, now: str) -> Target:
    """For a claim: as it was agreed, or what is in force where that was closed, or nothing was agreed."""
    found = of_account(state, agreed["account"]) if "account" in agreed else None
    return target(state, holder, currency, now) if found is None or found.held else found


def _payable(organisation_handle: str, found: Target) -> Target:
    if found.held is not None:
        raise AccountHeld(f"{organisation_handle}: {found.held}")
    return found


def of_account(state: Readable, name: str) -> Target:
    """Where a payment to this account goes."""
    found = row(state.get("bank-account", name)) or {}
    told = (name, found["details"]["hash"], found["tail"], found["bank_code"])
    if found["status"] == "closed":
        return Target(*told, held="account-closed")
    return Target(*told, held=None if found["status"] == "confirmed" else "account-not-confirmed")


def current(state: Readable, payee: Row, now: str) -> str:
    """The account of a payee document at ledger time, whether a block has carried a change out or not."""
    change = payee.get("change")
    if change is None or now < change["from"] or not usable(state, change["account"]):
        return str(payee["account"])
    return str(change["account"])


def usable(state: Readable, account: str) -> bool:
    found = row(state.get("bank-account", account))
    return found is not None and found["status"] == "confirmed"


def change(draft: Draft, act: Act[Any], proposal: str, found: Row) -> dict[str, Any]:
    """When the change that was approved now is in force, and by which rule."""
    country = str((draft.row("bank-account", found["account"]) or {})["country"])
    told = _waits(draft, found["organisation"], country, act.time)
    return {"account": found["account"], "proposal": proposal, **told}


def await_change(draft: Draft, organisation_handle: str, currency: str, since: str) -> None:
    schedule(draft, full_hour(since), "payee", _step(organisation_handle, currency))


def forget_change(draft: Draft, organisation_handle: str, currency: str, since: str) -> None:
    unschedule(draft, full_hour(since), "payee", _step(organisation_handle, currency))


def carry_out(draft: Draft, name: str, act: Act[Any]) -> None:
    """A block has come to the end of the waiting time; an account that was closed meanwhile does not come in."""
    handle, _, currency = name.rpartition(" ")
    payee = draft.row("payee", handle, currency)
    if payee is None or "change" not in payee or act.time < payee["change"]["from"]:
        return
    account, proposal = current(draft, payee, act.time), payee["change"]["proposal"]
    done = "in-force" if account == payee["change"]["account"] else "void"
    draft.put("payee", handle, {"account": account, "since": act.index}, currency)
    draft.amend("payee-proposal", proposal, status=done)


def _waits(
    state: State | Draft, organisation_handle: str, country: str, now: str
) -> dict[str, Any]:
    zone = _zones.get(country, _other_zone)
    today, name = money_date(now, zone), calendar_of(state, organisation_handle, country)
    if name:
        calendar = in_force(state, name)
        last = calendar.add(today, waiting_business_days)
        if not last.provisional and calendar.knows(today):
            told = {"calendar": name, "version": calendar.version}
            begins = day_start(next_day(last.on), zone)
            return {"from": begins, "rule": "business-days", "days": waiting_business_days, **told}
    begins = day_start(plus_days(today, calendar_days + 1), zone)
    return {"from": begins, "rule": "calendar-days", "days": calendar_days}


def calendar_of(state: State | Draft, organisation_handle: str, country: str) -> str:
    """The calendar of the nearest node above an organisation that publishes one of the country; empty for none."""
    prefix = organisation(state, organisation_handle).node
    while prefix:
        name = f"{prefix_holder(state, prefix)}#{country}"
        if state.get("calendar", name) is not None:
            return name
        prefix = parent_prefix(prefix)
    return ""


def _step(organisation_handle: str, currency: str) -> str:
    return f"{organisation_handle} {currency}"
