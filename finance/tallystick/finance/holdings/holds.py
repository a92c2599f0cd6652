"""What pledges, locks, disputes and cancellations have in common: a document, an end, and units that come back.

    pledge  <payload hash>  {certificate, amount, from, to, secures, days, until, status, index, registration_number?}
                            status: offered -> refused | withdrawn | expired; offered -> pledged -> released | ended | paid
    lock    <payload hash>  {certificate, amount, from, to?, until, status, index}
                            status: locked -> released | ended | matured
    dispute <payload hash>  {certificate, amount, from, to, reason, evidence, until, status, index}
                            status: disputed -> withdrawn | ended | matured
    cancellation <payload hash>  {certificate, amount, from, to, reason, until, status, index}
                            status: proposed -> agreed | declined | withdrawn | expired

`from` made it, `to` is the other side. Each ends once.
"""

from __future__ import annotations

from typing import Any, Literal

from tallystick.finance.draft import Draft, Row
from tallystick.finance.holdings.errors import HoldEnded, HoldUnknown
from tallystick.finance.parties import speaker
from tallystick.finance.receivables.certificates import book_locked, save_book
from tallystick.finance.receivables.expiry import schedule, unschedule
from tallystick.ledger import Act, State

Hold = Literal["pledge", "lock", "dispute", "cancellation"]


def put(draft: Draft, act: Act[Any], kind: Hold, until: str, document: dict[str, Any]) -> None:
    told = {"until": until, "index": act.index, "time": act.time}
    draft.put(kind, act.payload_hash, {**document, **told})
    schedule(draft, until, kind, act.payload_hash)


def known_hold(state: State, act: Act[Any], kind: Hold, name: str, status: str) -> Row:
    """For a side of it, in this status; to others the same as what is not there."""
    found = Draft(state).row(kind, name)
    mine = speaker(state, act.author).organisation
    if found is None or mine not in (found["from"], found.get("to")):
        raise HoldUnknown(name)
    if found["status"] != status:
        raise HoldEnded(f"{name} is {found['status']}, not {status}")
    if act.time >= found["until"]:
        raise HoldEnded(f"{name} ended at {found['until']}")
    return found


def free(draft: Draft, kind: Hold, name: str, found: Row, status: str) -> None:
    """Its units are as they were before; it is over."""
    book = book_locked(draft, found["certificate"], name)
    book.unlock(name)
    save_book(draft, found["certificate"], book)
    over(draft, kind, name, found, status)


def over(draft: Draft, kind: Hold, name: str, found: Row, status: str) -> None:
    draft.amend(kind, name, status=status)
    unschedule(draft, found["until"], kind, name)
