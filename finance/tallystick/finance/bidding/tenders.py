"""A holder asks chosen funders for sealed bids on an amount of a certificate that it has accepted.

    tender  <payload hash>  {certificate, holder, issuer, currency, amount, funders, value_on, basis,
                             rounding, rolled_days, due_on, roll, calendar?, seals_until, opens_until,
                             accept_until, status, index, confided?}

`confided`: {funder: index}, who reads the certificate meanwhile. It stands in the tender itself, which whoever asks
for a certificate has the database look for anyway: so it takes a stranger no longer where there is a tender.

Status: sealing -> opened -> awarded | ended; sealing -> withdrawn. Funders that were asked read the tender's own
summary; the certificate and its evidence only after they signed that they keep it to themselves.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.bidding.bodies import TenderConfide, TenderOpen, TenderWithdraw
from tallystick.finance.bidding.errors import (
    BidDeclined,
    BidTooLate,
    TenderTimesWrong,
    TenderUnknown,
)
from tallystick.finance.calendars.payment import stops_on
from tallystick.finance.draft import Draft, Row, row
from tallystick.finance.errors import AlreadyFinanced, Ended, SameParty
from tallystick.finance.financing.quotes import disburse_days, last_zone
from tallystick.finance.known import known
from tallystick.finance.money.dates import check_date, days_between, money_date
from tallystick.finance.parties import Role, act_for, require_capacity, signatory, speaker
from tallystick.finance.receivables.certificates import book_of, movable
from tallystick.finance.receivables.expiry import end_after, schedule, unschedule
from tallystick.ledger import Act, Effects, State

#: What a block ends: the time for opening bids, and the tender.
opening_ender, tender_ender = "tender-opening", "tender"
going_on = ("sealing", "opened")


def begin(state: State, act: Act[TenderOpen]) -> Effects:
    body, draft = act.body, Draft(state)
    holder = signatory(state, act, "maker")
    known(state, act, "certificate", body.certificate)
    found = movable(draft, body.certificate, act.time)
    for funder in body.funders:
        require_capacity(state, funder, "bank")
        if funder in (holder, found["issuer"]):
            raise SameParty(f"{funder} is a party of {body.certificate}")
    free = book_of(draft, body.certificate, holder).free(holder, unfinanced=True)
    if body.amount > free:
        raise AlreadyFinanced(f"{free} of {body.amount} minor units are free and not financed yet")
    times = _times(act.time, body)
    _require_order(times["accept_until"], body.value_on)
    stops = stops_on(draft, body.certificate, found, act.time)
    if days_between(check_date(body.value_on), stops) <= disburse_days:
        raise TenderTimesWrong(
            f"value date {body.value_on} is not {disburse_days} days before {stops}"
        )
    terms: dict[str, Any] = body.model_dump(
        mode="json", exclude={"seal_hours", "open_hours", "accept_hours"}
    )
    facts = {key: found.get(key) for key in ("issuer", "currency", "due_on", "roll", "calendar")}
    more = {"holder": holder, "status": "sealing", "index": act.index}
    draft.put("tender", act.payload_hash, {**terms, **facts, **times, **more})
    schedule(draft, times["opens_until"], opening_ender, act.payload_hash)
    schedule(draft, times["accept_until"], tender_ender, act.payload_hash)
    return draft.effects


def _times(now: str, body: TenderOpen) -> dict[str, str]:
    hours = (body.seal_hours, body.open_hours, body.accept_hours)
    names = ("seals_until", "opens_until", "accept_until")
    return {name: end_after(now, sum(hours[: place + 1])) for place, name in enumerate(names)}


def _require_order(accept_until: str, value_on: str) -> None:
    last = money_date(accept_until, last_zone)
    if check_date(value_on) < last:
        raise TenderTimesWrong(
            f"bids can be accepted until {last}, behind the value date {value_on}"
        )


def withdraw(state: State, act: Act[TenderWithdraw]) -> Effects:
    draft, name = Draft(state), act.body.tender
    found = asked(state, act, name)
    act_for(state, act, found["holder"], "maker", "checker")
    if found["status"] != "sealing" or act.time >= found["seals_until"]:
        raise BidTooLate(f"bids were sealed until {found['seals_until']}")
    for funder, bid in draft.rows("bid", name).items():
        if bid["status"] == "sealed":
            draft.amend("bid", name, funder, status="released")
    draft.amend("tender", name, status="withdrawn")
    unschedule(draft, found["opens_until"], opening_ender, name)
    unschedule(draft, found["accept_until"], tender_ender, name)
    return draft.effects


def confide(state: State, act: Act[TenderConfide]) -> Effects:
    draft, name = Draft(state), act.body.tender
    found = asked(state, act, name)
    funder = asked_funder(state, act, found, name)
    if found["status"] not in going_on or act.time >= found["accept_until"]:
        raise Ended(f"the tender is {found['status']}")
    if (draft.row("bid", name, funder) or {}).get("status") == "declined":
        raise BidDeclined(name)
    confided = found.get("confided", {})
    if funder not in confided:
        draft.amend("tender", name, confided={**confided, funder: act.index})
    return draft.effects


def asked(state: State, act: Act[Any], name: str) -> Row:
    """The tender, for its holder and the funders that it asks. Raises `TenderUnknown`."""
    found = row(state.get("tender", name))
    mine = speaker(state, act.author).organisation
    if found is None or mine not in (found["holder"], *found["funders"]):
        raise TenderUnknown(name)
    return found


def asked_funder(state: State, act: Act[Any], found: Row, name: str, *roles: Role) -> str:
    """The funder for which a maker speaks, or somebody of other roles. Raises `TenderUnknown` for the holder itself."""
    mine = speaker(state, act.author).organisation
    if mine not in found["funders"]:
        raise TenderUnknown(name)
    require_capacity(state, mine, "bank")
    act_for(state, act, mine, *(roles or ("maker",)))
    return mine


def end_tender(draft: Draft, name: str) -> None:
    """Nobody's bid was accepted in time."""
    found = draft.row("tender", name)
    if found is not None and found["status"] in going_on:
        draft.amend("tender", name, status="ended")
