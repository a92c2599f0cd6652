"""Pledge (质押): units stay with their holder and secure a debt to the pledgee.

Offered by the holder, accepted by the pledgee with the pledge's number in the public register. Pledged units move
no more; the pledgee alone releases them (`releasing`) before the end that both agreed. Units that are pledged when the
certificate is due pay the pledgee, however late that is: behind the record time the agreed end frees nothing.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.agreements.judging import require_assignable
from tallystick.finance.draft import Draft
from tallystick.finance.errors import SameParty
from tallystick.finance.holdings import holds
from tallystick.finance.holdings.bodies import PledgeAccept, PledgeAnswer, PledgeOffer
from tallystick.finance.holdings.errors import HoldEnded
from tallystick.finance.known import known
from tallystick.finance.parties import act_for, organisation, require_persons, signatory
from tallystick.finance.receivables.certificates import (
    add_parties,
    book_locked,
    book_of,
    movable,
    save_book,
)
from tallystick.finance.receivables.expiry import end_after, schedule, unschedule
from tallystick.ledger import Act, Effects, State


def offer(state: State, act: Act[PledgeOffer]) -> Effects:
    body, draft = act.body, Draft(state)
    holder = signatory(state, act)
    organisation(state, body.to)
    known(state, act, "certificate", body.certificate)
    found = movable(draft, body.certificate, act.time)
    require_assignable(draft, found, body.certificate)
    if body.to in (holder, found["issuer"]):
        raise SameParty(f"{body.to} would be pledgee of its own debt or claim")
    require_persons(state, act, holder, found["currency"], body.amount)
    book = book_of(draft, body.certificate, holder)
    book.lock(holder, body.amount, act.payload_hash)
    save_book(draft, body.certificate, book)
    document: dict[str, Any] = body.model_dump(mode="json", exclude={"valid_hours"})
    document |= {"from": holder, "status": "offered"}
    holds.put(draft, act, "pledge", end_after(act.time, body.valid_hours), document)
    return draft.effects


def accept(state: State, act: Act[PledgeAccept]) -> Effects:
    draft, name = Draft(state), act.body.pledge
    found = holds.known_hold(state, act, "pledge", name, "offered")
    act_for(state, act, found["to"], "maker", "checker")
    currency = movable(draft, found["certificate"], act.time)["currency"]
    require_persons(state, act, found["to"], currency, found["amount"])
    book = book_locked(draft, found["certificate"], name)
    book.pledge(name)
    save_book(draft, found["certificate"], book)
    add_parties(draft, found["certificate"], act.index, (found["to"],))
    unschedule(draft, found["until"], "pledge", name)
    until = end_after(act.time, 24 * found["days"])
    number = act.body.registration_number
    told: dict[str, Any] = {"status": "pledged", "until": until, "pledged": act.index}
    draft.amend("pledge", name, registration_number=number, **told)
    schedule(draft, until, "pledge", name)
    return draft.effects


def refuse(state: State, act: Act[PledgeAnswer]) -> Effects:
    return answered(state, act, "to", "offered", "refused").effects


def withdraw(state: State, act: Act[PledgeAnswer]) -> Effects:
    return answered(state, act, "from", "offered", "withdrawn").effects


def expire(draft: Draft, name: str) -> None:
    """Nobody answered the offer, or the agreed end has come. What is due, or being paid, stays the pledgee's."""
    found = draft.row("pledge", name)
    if found is None or found["status"] not in ("offered", "pledged"):
        return
    certificate = draft.row("certificate", found["certificate"]) or {}
    if certificate["status"] != "live" or draft.rows("claim", found["certificate"]):
        draft.amend("pledge", name, status="paid")
        return
    holds.free(draft, "pledge", name, found, "expired" if found["status"] == "offered" else "ended")


def mature(draft: Draft, name: str) -> None:
    """The certificate is being paid: an offer that nobody answered ends, a pledge holds until all is paid."""
    found = draft.row("pledge", name)
    if found is not None and found["status"] == "offered":
        holds.free(draft, "pledge", name, found, "expired")


def answered(state: State, act: Act[PledgeAnswer], side: str, status: str, ends: str) -> Draft:
    """A pledge in this status ends by the word of one side."""
    draft, name = Draft(state), act.body.pledge
    found = holds.known_hold(state, act, "pledge", name, status)
    act_for(state, act, found[side], "maker", "checker")
    certificate = draft.row("certificate", found["certificate"]) or {}
    if certificate["status"] != "live":
        raise HoldEnded(f"{found['certificate']} is being paid, or was")
    if status == "pledged":
        require_persons(state, act, found["to"], certificate["currency"], found["amount"])
    holds.free(draft, "pledge", name, found, ends)
    return draft
