"""Rules of a prefix that leaves this log: it is frozen, all of it is counted out, and it stays if it is declined.

prefix-move   <prefix>               {origin, url, log_key, receiver?, number, count, last, chain, templates, done?}
prefix-carry  <prefix> part <number>  {index, count}   the entry that carried the batch

What is carried is compared with the state: each batch is what follows the one before it, and the last is followed
by nothing. So no record is left out, and nobody's word is needed for that.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, cast

from tallystick.identity import versioned
from tallystick.identity.directory import NotEntitled
from tallystick.identity.prefixes.bodies import (
    CarriedPrefix,
    CarryPrefix,
    DeclinePrefix,
    LeavePrefix,
    ReturnPrefix,
)
from tallystick.identity.prefixes.carriers import followed, following, templates_along_max
from tallystick.identity.prefixes.errors import MoveRefused
from tallystick.identity.prefixes.proofs import decline_type, proven, source_of
from tallystick.identity.prefixes.standing import Row, find, overseer, require_writable
from tallystick.identity.prefixes.travel import Named, chained, digest, no_chain
from tallystick.identity.registrars import registrar, require_prefix
from tallystick.ledger import Act, Change, Effects, State, TallystickError, Verifier


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
    _require_key_of(body)
    home: dict[str, Any] = {"origin": body.origin, "url": body.address, "index": act.index}
    if body.site is not None:
        home["site"] = body.site.model_dump()
    start: dict[str, Any] = {
        "origin": body.origin, "url": body.address, "log_key": body.log_key,
        "number": 0, "count": 0, "last": [], "chain": no_chain, "templates": [],
    }  # fmt: skip
    if body.receiver is not None:
        start["receiver"] = body.receiver
    return [
        *versioned.written(state, act, "prefix", body.prefix, {**row, "home": home}),
        Change("prefix-move", body.prefix, start),
    ]


def carry(state: State, act: Act[CarryPrefix]) -> Effects:
    """The batch is what follows in this log, without a gap: so the log itself says what goes along."""
    body = act.body
    move = _moving(state, act, body.prefix)
    if body.number != move["number"]:
        raise MoveRefused(f"the next batch has the number {move['number']}")
    found = list(islice(following(state, body.prefix, move), len(body.records)))
    told = [(one.kind, one.name, one.part or "", one.digest) for one in body.records]
    for here, there in zip(found, told, strict=False):
        if (*here[:3], digest(*here)) != there:
            raise MoveRefused(f"the next is {here[0]} {here[1]}, as it stands in this log")
    if len(found) != len(told):
        raise MoveRefused(f"nothing follows {told[len(found)][1]}")
    after = {
        **move,
        "number": body.number + 1,
        "count": move["count"] + len(body.records),
        "last": list(told[-1][:3]),
        "chain": chained(move["chain"], body.salt, [one.digest for one in body.records]),
        "templates": templates_after(body.prefix, move, found),
    }
    batch = {"index": act.index, "count": len(body.records)}
    return [
        Change("prefix-move", body.prefix, after),
        Change("prefix-carry", body.prefix, batch, batch_part(body.number)),
    ]


def carried(state: State, act: Act[CarriedPrefix]) -> Effects:
    """Refused while anything is left: who reads it knows that the batches are all there was."""
    body = act.body
    move = _moving(state, act, body.prefix)
    left = next(following(state, body.prefix, move), None)
    if left is not None:
        raise MoveRefused(f"{left[0]} {left[1]} was not carried")
    if (body.count, body.chain) != (move["count"], move["chain"]):
        raise MoveRefused(f"{move['count']} records were carried, with the chain {move['chain']}")
    return [Change("prefix-move", body.prefix, {**move, "done": act.index})]


def come_back(state: State, act: Act[ReturnPrefix]) -> Effects:
    """It is active here again: the other log has said that it never takes it in by this leave.

    That log answers each leave once, by its own rule (`arriving`); its key was named when the prefix left.
    """
    body = act.body
    row, move = _away(state, act, body.prefix)
    source = source_of(body.checkpoint, move["log_key"])
    decline = proven(body.decline, source, decline_type, DeclinePrefix)
    own = cast(Row, state.get("log", "genesis"))["origin"]
    asked = (body.prefix, own, row["home"]["index"])
    if (decline.prefix, decline.origin, decline.leave) != asked:
        raise MoveRefused(
            f"declined is {decline.prefix}, entry {decline.leave} of {decline.origin}; "
            f"it left by entry {row['home']['index']}"
        )
    kept = {name: value for name, value in row.items() if name != "home"}
    return [
        *versioned.written(state, act, "prefix", body.prefix, kept),
        Change("prefix-move", body.prefix, None),
    ]


def batch_part(number: int) -> str:
    """Under which a batch is kept: parts sort as numbers do."""
    return f"{number:010d}"


def templates_after(prefix: str, move: Row, found: list[Named]) -> list[str]:
    """Templates of other prefixes that are followed so far, by folded name. Raises `MoveRefused`."""
    more = {followed(one[3], prefix) for one in found if one[0] == "handle"} - {None}
    told = sorted({*move["templates"], *cast(set[str], more)})
    if len(told) > templates_along_max:
        raise MoveRefused(f"its records follow more than {templates_along_max} foreign templates")
    return told


def _require_key_of(body: LeavePrefix) -> None:
    try:
        named = Verifier.parse(body.log_key).name
    except TallystickError as error:
        raise MoveRefused(f"the key of the other log: {error.detail}") from None
    if named != body.origin:
        raise MoveRefused(f"{named} is the name of the key, and the log is {body.origin}")


def _away(state: State, act: Act[Any], prefix: str) -> tuple[Row, Row]:
    """A prefix that left, for its holder or whoever let it."""
    row, move = find(state, prefix), cast(Row | None, state.get("prefix-move", prefix))
    if registrar(state, act).organisation not in (row["holder"], overseer(state, prefix)):
        raise NotEntitled(f"{act.author} speaks neither for {row['holder']} nor for whoever let it")
    if "home" not in row or move is None:
        raise MoveRefused(f"{prefix} did not leave this log")
    return row, move


def _moving(state: State, act: Act[Any], prefix: str) -> Row:
    _, move = _away(state, act, prefix)
    if "done" in move:
        raise MoveRefused(f"everything of {prefix} was carried, says entry {move['done']}")
    return move
