"""Rules of a prefix that leaves this log: it is frozen, its records are counted out, and that they are all is said.

prefix-move   <prefix>               {origin, url, number, count, last, chain, done?}   how far it is on its way
prefix-carry  <prefix> part <number>  {index, count}   the entry that carried the batch
"""

from __future__ import annotations

from typing import Any, cast

from tallystick.identity import versioned
from tallystick.identity.directory import NotEntitled
from tallystick.identity.prefixes.bodies import (
    CarriedPrefix,
    CarriedRecord,
    CarryPrefix,
    LeavePrefix,
)
from tallystick.identity.prefixes.errors import MoveRefused
from tallystick.identity.prefixes.standing import Row, find, overseer, require_writable
from tallystick.identity.prefixes.travel import carrier, chained, digest, no_chain
from tallystick.identity.registrars import registrar, require_prefix
from tallystick.ledger import Act, Change, Effects, State


def leave(state: State, act: Act[LeavePrefix]) -> Effects:
    """From the next entry on nothing is written under it here."""
    body = act.body
    row = find(state, body.prefix)
    require_prefix(state, act, body.prefix)
    require_writable(state, body.prefix, act)
    if row["role"] == "root":
        raise MoveRefused(f"{body.prefix} is the root of this log")
    if body.origin == cast(Row, state.get("log", "genesis"))["origin"]:
        raise MoveRefused(f"{body.prefix} is at home in {body.origin} already")
    home: dict[str, Any] = {"origin": body.origin, "url": body.address, "index": act.index}
    start: dict[str, Any] = {"number": 0, "count": 0, "last": [], "chain": no_chain}
    return [
        *versioned.written(state, act, "prefix", body.prefix, {**row, "home": home}),
        Change("prefix-move", body.prefix, {"origin": body.origin, "url": body.address, **start}),
    ]


def carry(state: State, act: Act[CarryPrefix]) -> Effects:
    """Each record is compared with the state of this log, so that the log itself says what goes along."""
    body = act.body
    move = _moving(state, act, body.prefix)
    if body.number != move["number"]:
        raise MoveRefused(f"the next batch has the number {move['number']}")
    last = list(move["last"])
    for record in body.records:
        place = [record.kind, record.name, record.part or ""]
        if place <= last:
            raise MoveRefused(f"{record.kind} {record.name} is not behind what was carried before")
        _compare(state, body.prefix, record)
        last = place
    told = {
        **move,
        "number": body.number + 1,
        "count": move["count"] + len(body.records),
        "last": last,
        "chain": chained(move["chain"], body.salt, [one.digest for one in body.records]),
    }
    batch = {"index": act.index, "count": len(body.records)}
    return [
        Change("prefix-move", body.prefix, told),
        Change("prefix-carry", body.prefix, batch, batch_part(body.number)),
    ]


def carried(state: State, act: Act[CarriedPrefix]) -> Effects:
    body = act.body
    move = _moving(state, act, body.prefix)
    if (body.count, body.chain) != (move["count"], move["chain"]):
        raise MoveRefused(f"{move['count']} records were carried, with the chain {move['chain']}")
    return [Change("prefix-move", body.prefix, {**move, "done": act.index})]


def batch_part(number: int) -> str:
    """Under which a batch is kept: parts sort as numbers do."""
    return f"{number:010d}"


def _moving(state: State, act: Act[Any], prefix: str) -> Row:
    """A prefix on its way, for its holder or whoever let it."""
    row, move = find(state, prefix), cast(Row | None, state.get("prefix-move", prefix))
    if registrar(state, act).organisation not in (row["holder"], overseer(state, prefix)):
        raise NotEntitled(f"{act.author} speaks neither for {row['holder']} nor for whoever let it")
    if "home" not in row or move is None:
        raise MoveRefused(f"{prefix} did not leave this log")
    if "done" in move:
        raise MoveRefused(f"everything of {prefix} was carried, says entry {move['done']}")
    return move


def _compare(state: State, prefix: str, record: CarriedRecord) -> None:
    kind, part = carrier(record.kind), record.part or ""
    if not kind.under(prefix, record.name):
        raise MoveRefused(f"{record.name} does not stand under {prefix}")
    found = state.get(record.kind, record.name, part)
    if found is None or digest(record.kind, record.name, part, kind.told(found)) != record.digest:
        raise MoveRefused(f"{record.kind} {record.name} is another one in this log")
