"""Mutual cancellation: issuer and original holder agree that units which never left its hand are owed no more (I14).

Only free units of the original holder that no bank has paid for. The whole certificate, while all of it is there,
gives back the invoice and receipt lines on which it rests. Of a part the lines stay consumed: a credit note says
why less is owed, and the match deducts it.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.calendars import payment
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import NotEnoughFree
from tallystick.finance.holdings import holds
from tallystick.finance.holdings.bodies import CancelAnswer, CancelPropose
from tallystick.finance.known import known
from tallystick.finance.parties import NotEntitled, act_for, require_persons, signatory
from tallystick.finance.receivables.certificates import book_of, movable, outstanding, save_book
from tallystick.finance.receivables.expiry import end_after
from tallystick.finance.trade.matching import release
from tallystick.ledger import Act, Effects, State


def propose(state: State, act: Act[CancelPropose]) -> Effects:
    body, draft, name = act.body, Draft(state), act.body.certificate
    mine = signatory(state, act)
    known(state, act, "certificate", name)
    found = movable(draft, name, act.time)
    sides = {found["issuer"]: found["holder"], found["holder"]: found["issuer"]}
    if mine not in sides:
        raise NotEntitled(f"{mine} is neither issuer nor original holder of {name}")
    require_persons(state, act, mine, found["currency"], body.amount)
    _require_free(draft, name, found, body.amount)
    document: dict[str, Any] = body.model_dump(mode="json", exclude={"valid_hours"})
    document |= {"from": mine, "to": sides[mine], "status": "proposed"}
    holds.put(draft, act, "cancellation", end_after(act.time, body.valid_hours), document)
    return draft.effects


def agree(state: State, act: Act[CancelAnswer]) -> Effects:
    draft, name = Draft(state), act.body.cancellation
    told = holds.known_hold(state, act, "cancellation", name, "proposed")
    act_for(state, act, told["to"], "maker", "checker")
    certificate, amount = told["certificate"], told["amount"]
    found = movable(draft, certificate, act.time)
    require_persons(state, act, told["to"], found["currency"], amount)
    _require_free(draft, certificate, found, amount)
    book = book_of(draft, certificate, found["holder"])
    book.cancel(found["holder"], amount)
    save_book(draft, certificate, book)
    cancelled = found.get("cancelled", 0) + amount
    draft.amend("certificate", certificate, cancelled=cancelled)
    if cancelled == found["face"]:
        _close(draft, act, certificate, found)
    elif outstanding({**found, "cancelled": cancelled}) == 0:
        # All the rest was paid early.
        draft.amend("certificate", certificate, status="settled")
        payment.settled(draft, certificate, found, act.time)
    holds.over(draft, "cancellation", name, told, "agreed")
    return draft.effects


def decline(state: State, act: Act[CancelAnswer]) -> Effects:
    return _end(state, act, "to", "declined")


def withdraw(state: State, act: Act[CancelAnswer]) -> Effects:
    return _end(state, act, "from", "withdrawn")


def expire(draft: Draft, name: str) -> None:
    found = draft.row("cancellation", name)
    if found is not None and found["status"] == "proposed":
        holds.over(draft, "cancellation", name, found, "expired")


def _end(state: State, act: Act[CancelAnswer], side: str, status: str) -> Effects:
    draft, name = Draft(state), act.body.cancellation
    found = holds.known_hold(state, act, "cancellation", name, "proposed")
    act_for(state, act, found[side], "maker", "checker")
    holds.over(draft, "cancellation", name, found, status)
    return draft.effects


def _require_free(draft: Draft, name: str, found: Row, amount: int) -> None:
    free = book_of(draft, name, found["holder"]).free(found["holder"], unfinanced=True)
    if amount > free:
        raise NotEnoughFree(f"{free} of {amount} minor units are free with the original holder")


def _close(draft: Draft, act: Act[Any], name: str, found: Row) -> None:
    """All of it is cancelled, and nothing was ever financed or passed on for good: the lines are open again."""
    draft.amend("certificate", name, status="cancelled")
    payment.settled(draft, name, found, act.time)
    for part, backing in draft.rows("backing", name).items():
        release(draft, backing)
        draft.amend("backing", name, part, released=True)
