"""Locks: the holder binds itself to leave units where they are until an end."""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft
from tallystick.finance.errors import SameParty
from tallystick.finance.holdings import holds
from tallystick.finance.holdings.bodies import Lock, LockRelease
from tallystick.finance.known import known
from tallystick.finance.parties import (
    NotEntitled,
    act_for,
    organisation,
    require_persons,
    signatory,
)
from tallystick.finance.receivables.certificates import book_of, movable, save_book
from tallystick.finance.receivables.expiry import end_after
from tallystick.ledger import Act, Effects, State


def lock(state: State, act: Act[Lock]) -> Effects:
    body, draft = act.body, Draft(state)
    holder = signatory(state, act)
    known(state, act, "certificate", body.certificate)
    found = movable(draft, body.certificate, act.time)
    if body.favour is not None:
        organisation(state, body.favour)
    if body.favour == holder:
        raise SameParty(f"{holder} would hold the key to its own lock")
    require_persons(state, act, holder, found["currency"], body.amount)
    book = book_of(draft, body.certificate, holder)
    book.lock(holder, body.amount, act.payload_hash)
    save_book(draft, body.certificate, book)
    document: dict[str, Any] = body.model_dump(mode="json", exclude={"hours", "favour"})
    document |= {"from": holder, "to": body.favour, "status": "locked"}
    holds.put(draft, act, "lock", end_after(act.time, body.hours), document)
    return draft.effects


def release(state: State, act: Act[LockRelease]) -> Effects:
    draft, name = Draft(state), act.body.lock
    found = holds.known_hold(state, act, "lock", name, "locked")
    if "to" not in found:
        raise NotEntitled(f"{name} is in nobody's favour; it ends at {found['until']}")
    act_for(state, act, found["to"], "maker", "checker")
    currency = (draft.row("certificate", found["certificate"]) or {})["currency"]
    require_persons(state, act, found["to"], currency, found["amount"])
    holds.free(draft, "lock", name, found, "released")
    return draft.effects


def expire(draft: Draft, name: str, status: str = "ended") -> None:
    found = draft.row("lock", name)
    if found is not None and found["status"] == "locked":
        holds.free(draft, "lock", name, found, status)
