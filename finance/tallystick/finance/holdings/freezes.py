"""Freezing (冻结) by order of a court: entered, extended and lifted by two people of the node that verified the holder.

Frozen units can neither move nor take money, until the order's end; a pledge on them goes on below. The freeze is
for as much as is there, up to the order's amount. Offers of the holder that stand in the way end first, so that
nobody escapes an order by offering. Whose units are frozen learn of it at once; anybody may read how many freezes
there are, and nothing else.

    freeze           <payload hash of the proposal>  {node, certificate, holder, pledgees, amount, order, case, ends_on,
                                                      until, status, entered, index}   status: frozen -> lifted | ended
    freeze-proposal  <payload hash>  {node, what: enter | extend | lift, …, proposer, signers, status: open | approved}
    freeze-count     public          {entered, extended, lifted, ended, in_force}
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import ProposalUnknown, SamePerson
from tallystick.finance.holdings.bodies import FreezeApprove, FreezeChange, FreezePropose
from tallystick.finance.holdings.errors import EndRefused, HoldEnded, HoldUnknown, NothingToFreeze
from tallystick.finance.money.dates import check_date, day_start, days_between, money_date, next_day
from tallystick.finance.parties import operator_of, organisation, own_hand, prefix_holder
from tallystick.finance.receivables import transfers
from tallystick.finance.receivables.certificates import load_book, save_book
from tallystick.finance.receivables.expiry import full_hour, schedule, unschedule
from tallystick.finance.settlement.claims import agree
from tallystick.ledger import Act, Effects, State

#: Courts freeze rights of this kind for at most three years, and extend.
freeze_days_max = 1096
counters = ("entered", "extended", "lifted", "ended", "in_force")
_frozen_while = ("live", "partially_paid")


def propose(state: State, act: Act[FreezePropose]) -> Effects:
    body, draft = act.body, Draft(state)
    node = operator_of(state, act, "maker")
    own_hand(act)
    _require_verified(state, node, body.holder)
    found = _certificate(draft, body.certificate, body.holder)
    _check_end(act, found, body.ends_on)
    if not _reachable(draft, body.certificate, body.holder):
        raise NothingToFreeze(f"{body.certificate}: {body.holder}")
    _put_proposal(draft, act, node, {"what": "enter", **body.model_dump(mode="json")})
    return draft.effects


def change(state: State, act: Act[FreezeChange]) -> Effects:
    body, draft = act.body, Draft(state)
    node = operator_of(state, act, "maker")
    own_hand(act)
    frozen = _freeze(draft, act, node, body.freeze)
    if body.ends_on is not None:
        _check_extension(draft, act, frozen, body.ends_on)
    what = "lift" if body.ends_on is None else "extend"
    told = {"certificate": frozen["certificate"], "holder": frozen["holder"]}
    _put_proposal(draft, act, node, {"what": what, **told, **body.model_dump(mode="json")})
    return draft.effects


def approve(state: State, act: Act[FreezeApprove]) -> Effects:
    draft, node = Draft(state), operator_of(state, act, "checker")
    own_hand(act)
    found = draft.row("freeze-proposal", act.body.proposal)
    if found is None or found["node"] != node or found["status"] != "open":
        raise ProposalUnknown(act.body.proposal)
    signers = {signer.public for signer in act.signers if signer.speaks}
    if act.author == found["proposer"] or signers & set(found["signers"]):
        raise SamePerson(act.author)
    _acts[found["what"]](state, draft, act, found)
    draft.amend("freeze-proposal", act.body.proposal, status="approved", approver=act.author)
    return draft.effects


def expire(draft: Draft, name: str) -> None:
    """The order's end has come."""
    found = draft.row("freeze", name)
    if found is not None and found["status"] == "frozen":
        _thaw(draft, name, found, "ended")


def frozen_by(draft: Draft, lock: str) -> Row | None:
    """The freeze of a frozen lot."""
    return draft.row("freeze", lock.split()[0])


def _enter(state: State, draft: Draft, act: Act[Any], found: Row) -> None:
    name, holder, freeze = found["certificate"], found["holder"], act.body.proposal
    _require_verified(state, found["node"], holder)
    certificate = _certificate(draft, name, holder)
    _check_end(act, certificate, found["ends_on"])
    if not _reachable(draft, name, holder):
        raise NothingToFreeze(f"{name}: {holder}")
    _end_offers(draft, name, holder, found["amount"])
    book = load_book(draft, name)
    amount = min(found["amount"], book.freezable(holder))
    lots = book.freeze(holder, amount, freeze)
    save_book(draft, name, book)
    agree(draft, name, book)
    until = _until(certificate, found["ends_on"])
    told = ("node", "certificate", "holder", "order", "case", "ends_on")
    below = {word for lot in lots for word in lot.tag.lock.split()[1:]}
    document: dict[str, Any] = {key: found[key] for key in told}
    document["pledgees"] = sorted({(draft.row("pledge", one) or {})["to"] for one in below})
    document |= {"amount": amount, "until": until, "status": "frozen"}
    document |= {"index": act.index, "entered": act.time}
    draft.put("freeze", freeze, document)
    schedule(draft, until, "freeze", freeze)
    _count(draft, entered=1, in_force=1)


def _extend(_state: State, draft: Draft, act: Act[Any], found: Row) -> None:
    frozen = _freeze(draft, act, found["node"], found["freeze"])
    _check_extension(draft, act, frozen, found["ends_on"])
    unschedule(draft, frozen["until"], "freeze", found["freeze"])
    until = _until(draft.row("certificate", frozen["certificate"]) or {}, found["ends_on"])
    told = {key: found[key] for key in ("order", "case", "ends_on")}
    draft.amend("freeze", found["freeze"], until=until, index=act.index, **told)
    schedule(draft, until, "freeze", found["freeze"])
    _count(draft, extended=1)


def _lift(_state: State, draft: Draft, act: Act[Any], found: Row) -> None:
    frozen = _freeze(draft, act, found["node"], found["freeze"])
    _thaw(draft, found["freeze"], frozen, "lifted")
    told = {key: found[key] for key in ("order", "case")}
    draft.amend("freeze", found["freeze"], index=act.index, **told)


_acts = {"enter": _enter, "extend": _extend, "lift": _lift}


def _thaw(draft: Draft, freeze: str, found: Row, status: str) -> None:
    name = found["certificate"]
    book = load_book(draft, name)
    book.unlock(freeze)
    save_book(draft, name, book)
    agree(draft, name, book)
    draft.amend("freeze", freeze, status=status)
    unschedule(draft, found["until"], "freeze", freeze)
    _count(draft, **{status: 1, "in_force": -1})


def _end_offers(draft: Draft, name: str, holder: str, amount: int) -> None:
    """As many of the holder's open offers end, in the order of their names, as the order reaches."""
    for lock in load_book(draft, name).locks():
        if load_book(draft, name).freezable(holder) >= amount:
            return
        found = draft.row("offer", lock)
        if found is not None and found["from"] == holder:
            transfers.expire(draft, lock, "frozen")


def _reachable(draft: Draft, name: str, holder: str) -> int:
    book = load_book(draft, name)
    offered = sum(
        lot.end - lot.start
        for lock in book.locks()
        if (draft.row("offer", lock) or {}).get("from") == holder
        for lot in book.locked(lock)
    )
    return offered + book.freezable(holder)


def _certificate(draft: Draft, name: str, holder: str) -> Row:
    """The same answer for what is not there, what is over, and where the holder has nothing."""
    found = draft.row("certificate", name)
    mine = any(row["holder"] == holder for row in draft.rows("holding", name).values())
    if found is None or found["status"] not in _frozen_while or not mine:
        raise NothingToFreeze(f"{name}: {holder}")
    return found


def _freeze(draft: Draft, act: Act[Any], node: str, name: str) -> Row:
    """In force: nothing is extended or lifted behind its end, even before a block has ended it."""
    found = draft.row("freeze", name)
    if found is None or found["node"] != node or found["status"] != "frozen":
        raise HoldUnknown(name)
    if act.time >= found["until"]:
        raise HoldEnded(f"{name} ended at {found['until']}")
    return found


def _require_verified(state: State, node: str, holder: str) -> None:
    """By the node that verified the holder, which is never the holder itself."""
    if prefix_holder(state, organisation(state, holder).node) != node or node == holder:
        raise NothingToFreeze(f"{holder} is not verified by {node}")


def _check_end(act: Act[Any], certificate: Row, ends_on: str) -> None:
    days = days_between(money_date(act.time, certificate["zone"]), check_date(ends_on))
    if not 0 <= days <= freeze_days_max:
        raise EndRefused(f"{ends_on} is {days} days from now, at most {freeze_days_max}")


def _check_extension(draft: Draft, act: Act[Any], frozen: Row, ends_on: str) -> None:
    _check_end(act, draft.row("certificate", frozen["certificate"]) or {}, ends_on)
    if ends_on <= frozen["ends_on"]:
        raise EndRefused(f"{ends_on} is not behind {frozen['ends_on']}")


def _until(certificate: Row, ends_on: str) -> str:
    return full_hour(day_start(next_day(ends_on), certificate["zone"]))


def _put_proposal(draft: Draft, act: Act[Any], node: str, told: dict[str, Any]) -> None:
    signers = sorted({signer.public for signer in act.signers if signer.speaks})
    document = {**told, "node": node, "proposer": act.author, "signers": signers}
    document |= {"index": act.index, "time": act.time, "status": "open"}
    draft.put("freeze-proposal", act.payload_hash, document)


def _count(draft: Draft, **more: int) -> None:
    now = draft.row("freeze-count", "public") or dict.fromkeys(counters, 0)
    draft.put("freeze-count", "public", {key: now[key] + more.get(key, 0) for key in counters})
