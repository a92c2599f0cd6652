"""A dispute by the debtor holds what the original holder has not passed on, for a bounded time, once per certificate.

Cents that were passed on, financed, offered or pledged stay as they are: whoever took them relied on the promise,
which knows no set-off. At maturity the promise holds for the disputed cents, too.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft
from tallystick.finance.errors import NotEnoughFree
from tallystick.finance.holdings import holds
from tallystick.finance.holdings.bodies import Dispute, DisputeWithdraw
from tallystick.finance.holdings.errors import DisputedBefore
from tallystick.finance.known import known
from tallystick.finance.parties import act_for, require_persons
from tallystick.finance.receivables.certificates import book_of, movable, save_book
from tallystick.finance.receivables.expiry import end_after
from tallystick.ledger import Act, Effects, State


def dispute(state: State, act: Act[Dispute]) -> Effects:
    body, draft, name = act.body, Draft(state), act.body.certificate
    known(state, act, "certificate", name)
    found = movable(draft, name, act.time)
    issuer, holder = found["issuer"], found["holder"]
    act_for(state, act, issuer, "maker", "checker")
    require_persons(state, act, issuer, found["currency"], body.amount)
    if "disputed" in found:
        raise DisputedBefore(name)
    book = book_of(draft, name, holder)
    amount = min(body.amount, book.free(holder, unfinanced=True))
    if amount == 0:
        raise NotEnoughFree(f"{holder} has passed on, promised or sold all of {name}")
    book.dispute(holder, amount, act.payload_hash)
    save_book(draft, name, book)
    document: dict[str, Any] = body.model_dump(mode="json", exclude={"days"})
    document |= {"from": issuer, "to": holder, "amount": amount, "status": "disputed"}
    holds.put(draft, act, "dispute", end_after(act.time, 24 * body.days), document)
    draft.amend("certificate", name, disputed=act.payload_hash)
    return draft.effects


def withdraw(state: State, act: Act[DisputeWithdraw]) -> Effects:
    draft, name = Draft(state), act.body.dispute
    found = holds.known_hold(state, act, "dispute", name, "disputed")
    act_for(state, act, found["from"], "maker", "checker")
    holds.free(draft, "dispute", name, found, "withdrawn")
    return draft.effects


def expire(draft: Draft, name: str, status: str = "ended") -> None:
    found = draft.row("dispute", name)
    if found is not None and found["status"] == "disputed":
        holds.free(draft, "dispute", name, found, status)
