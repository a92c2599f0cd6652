"""Rules of a prefix that comes from another log: proven by that log's checkpoint, filled batch by batch.

prefix-move    <prefix>                        {origin, url, holder, since, chain, left, swept?}   what is expected
prefix-move    <prefix> part without <version> <template>  {since}   a template of others that did not come along
prefix-answer  <prefix> part <origin> <index>  {answer: taken or declined, since}   to a leave of another log

A leave is answered once. So a prefix that was declined can stay where it was: it is never taken in by that leave.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, cast

from tallystick.identity import directory, versioned
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.prefixes.bodies import (
    ArrivePrefix,
    CarriedPrefix,
    DeclinePrefix,
    LeavePrefix,
    SweepPrefix,
    TakeRecords,
)
from tallystick.identity.prefixes.carriers import carrier, carriers, following
from tallystick.identity.prefixes.errors import ArrivalRefused, MoveRefused
from tallystick.identity.prefixes.proofs import carried_type, leave_type, proven, source_of
from tallystick.identity.prefixes.standing import Row, find, lease, overseer, require_overseer
from tallystick.identity.prefixes.travel import Arrival, chained, digest, document_of, no_chain
from tallystick.identity.registrars import registrar
from tallystick.ledger import Act, Change, Effects, Overlay, State, simulated_suffix

#: Documents that one entry looks at.
swept_at_once = 500
#: Where the next sweep begins.
_start: list[str] = []


def arrive(state: State, act: Act[ArrivePrefix]) -> Effects:
    """By whoever would let the prefix here. A prefix that left comes home by an entry later than the last."""
    body = act.body
    require_overseer(state, act, body.prefix)
    directory.organisation(state, body.holder)
    source = source_of(body.checkpoint, body.log_key)
    leave = proven(body.leave, source, leave_type, LeavePrefix)
    carried = proven(body.carried, source, carried_type, CarriedPrefix)
    own = str(cast(Row, state.get("log", "genesis"))["origin"])
    if leave.origin != own or {leave.prefix, carried.prefix} != {body.prefix}:
        raise ArrivalRefused(f"{leave.prefix} left for {leave.origin}, this is {own}")
    if body.carried.index < body.leave.index:
        raise ArrivalRefused("it was carried before it left")
    if source.origin.endswith(simulated_suffix) and not own.endswith(simulated_suffix):
        raise MoveRefused(f"{source.origin} is simulated, and this log is not")
    was_here = _require_absent(state, body, source.origin)
    answer = _answer(state, act, body.prefix, source.origin, body.leave.index, "taken")
    row: dict[str, Any] = {
        "holder": body.holder,
        "role": body.role,
        **lease(body, act.time),
        "from": {"origin": source.origin, "url": body.address, "index": body.leave.index},
    }
    changes = [answer]
    if state.get("prefix-used", body.prefix) is not None:
        changes.append(Change("prefix-used", body.prefix, None))
    if carried.count == 0 and not was_here:
        return [*versioned.written(state, act, "prefix", body.prefix, row), *changes]
    expected: dict[str, Any] = {
        "origin": source.origin, "url": body.address, "holder": body.holder, "since": act.index,
        "chain": carried.chain, "left": carried.count,
    }  # fmt: skip
    if was_here:
        expected["swept"] = _start
    arriving = versioned.written(state, act, "prefix", body.prefix, {**row, "arriving": True})
    return [*arriving, Change("prefix-move", body.prefix, expected), *changes]


def take(state: State, act: Act[TakeRecords]) -> Effects:
    """The batch to which the chain leads next; with the first one, taken last, the prefix is at home here."""
    body = act.body
    row, move = _arriving(state, act, body.prefix)
    arrival = Arrival(body.prefix, move["origin"], move["url"], move["holder"], move["since"])
    told = [
        (carrier(one.kind), one.name, one.part or "", document_of(one.document))
        for one in body.records
    ]
    digests = [digest(kind.kind, *one) for kind, *one in told]  # type: ignore[arg-type]
    if chained(body.before, body.salt, digests) != move["chain"]:
        raise ArrivalRefused("this is not the batch that comes next: the last one comes first")
    overlay, changes = Overlay(state), list[Change]()
    for kind, name, part, document in reversed(told):
        if not kind.under(body.prefix, name):
            raise MoveRefused(f"{name} does not stand under {body.prefix}")
        more = kind.take(overlay, act, arrival, name, part, document)
        overlay.apply(more)
        changes += more
    left = move["left"] - len(body.records)
    if (left == 0) != (body.before == no_chain) or left < 0:
        raise ArrivalRefused(f"{left} records would be left, and the chain says otherwise")
    return [*changes, *_progress(state, act, row, {**move, "chain": body.before, "left": left})]


def sweep(state: State, act: Act[SweepPrefix]) -> Effects:
    """Of a prefix that comes home: codes, relations and ranges that were not carried have ended meanwhile."""
    prefix = act.body.prefix
    row, move = _arriving(state, act, prefix)
    if move["left"] or "swept" not in move:
        raise MoveRefused(f"{prefix}: {move['left']} records come first")
    overlay, changes = Overlay(state), list[Change]()
    found = list(islice(following(state, prefix, {"last": move["swept"]}), swept_at_once))
    for kind, name, part, document in found:
        ends = carriers[kind].ends
        if ends is not None and cast(Row, document)["since"] < move["since"]:
            more = ends(overlay, act, name, part)
            overlay.apply(more)
            changes += more
    done = len(found) < swept_at_once or carriers[found[-1][0]].ends is None
    kept = {name: value for name, value in move.items() if name != "swept"}
    after = kept if done else {**kept, "swept": list(found[-1][:3])}
    return [*changes, *_progress(state, act, row, after)]


def decline(state: State, act: Act[DeclinePrefix]) -> Effects:
    """By whoever would let the prefix here. It is for ever; the same prefix may leave again by another entry."""
    body = act.body
    require_overseer(state, act, body.prefix)
    return [_answer(state, act, body.prefix, body.origin, body.leave, "declined")]


def _progress(state: State, act: Act[Any], row: Row, move: Row) -> list[Change]:
    if move["left"] or "swept" in move:
        return [Change("prefix-move", act.body.prefix, {**move})]
    home = {name: value for name, value in row.items() if name != "arriving"}
    arrived = versioned.written(state, act, "prefix", act.body.prefix, home)
    return [*arrived, Change("prefix-move", act.body.prefix, None)]


def _arriving(state: State, act: Act[Any], prefix: str) -> tuple[Row, Row]:
    row = find(state, prefix)
    if registrar(state, act).organisation not in (row["holder"], overseer(state, prefix)):
        raise NotEntitled(f"{act.author} speaks neither for {row['holder']} nor for whoever let it")
    if "arriving" not in row:
        raise MoveRefused(f"{prefix} does not wait for records")
    return row, cast(Row, state.get("prefix-move", prefix))


def _answer(
    state: State, act: Act[Any], prefix: str, origin: str, index: int, answer: str
) -> Change:
    part = f"{origin} {index}"
    before = cast(Row | None, state.get("prefix-answer", prefix, part))
    if before is not None:
        raise MoveRefused(
            f"entry {index} of {origin} was {before['answer']} here by entry {before['since']}"
        )
    return Change("prefix-answer", prefix, {"answer": answer, "since": act.index}, part)


def _require_absent(state: State, body: ArrivePrefix, origin: str) -> bool:
    """It was never here, or went to the log from which it comes, and has not come from it before."""
    row = cast(Row | None, state.get("prefix", body.prefix))
    if row is None:
        return False
    if row.get("home", {}).get("origin") != origin:
        raise AlreadyRegistered(body.prefix)
    before = row.get("from", {})
    if before.get("origin") == origin and before["index"] >= body.leave.index:
        raise MoveRefused(f"entry {body.leave.index} of {origin} brought it here before")
    return True
