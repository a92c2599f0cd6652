"""Rules of a prefix that comes from another log: proven by that log's checkpoint, filled batch by batch.

prefix-move   <prefix>   {origin, url, holder, chain, left}   what is still expected
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from tallystick.identity import directory, versioned
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.prefixes.bodies import (
    ArrivePrefix,
    CarriedPrefix,
    LeavePrefix,
    Proven,
    TakeRecords,
)
from tallystick.identity.prefixes.errors import ArrivalRefused, MoveRefused
from tallystick.identity.prefixes.standing import Row, find, lease, overseer, require_overseer
from tallystick.identity.prefixes.travel import (
    Arrival,
    carrier,
    chained,
    digest,
    document_of,
    no_chain,
)
from tallystick.identity.registrars import registrar
from tallystick.ledger import (
    Act,
    Body,
    Change,
    Checkpoint,
    Effects,
    Entry,
    Envelope,
    State,
    TallystickError,
    Verifier,
    body_hash,
    leaf_hash,
    open_checkpoint,
    simulated_suffix,
    verify_inclusion,
)

leave_type, carried_type = "identity.prefix.leave/1", "identity.prefix.carried/1"
B = TypeVar("B", bound=Body)


def arrive(state: State, act: Act[ArrivePrefix]) -> Effects:
    """By whoever would let the prefix here. A prefix that left comes home by an entry later than the last."""
    body = act.body
    require_overseer(state, act, body.prefix)
    directory.organisation(state, body.holder)
    source = _checkpoint(body)
    leave = _proven(body.leave, source, leave_type, LeavePrefix)
    carried = _proven(body.carried, source, carried_type, CarriedPrefix)
    own = str(cast(Row, state.get("log", "genesis"))["origin"])
    if leave.origin != own or {leave.prefix, carried.prefix} != {body.prefix}:
        raise ArrivalRefused(f"{leave.prefix} left for {leave.origin}, this is {own}")
    if body.carried.index < body.leave.index:
        raise ArrivalRefused("it was carried before it left")
    if source.origin.endswith(simulated_suffix) and not own.endswith(simulated_suffix):
        raise MoveRefused(f"{source.origin} is simulated, and this log is not")
    _require_absent(state, body, source.origin)
    row: dict[str, Any] = {
        "holder": body.holder,
        "role": body.role,
        **lease(body, act.time),
        "from": {"origin": source.origin, "url": body.address, "index": body.leave.index},
    }
    changes: list[Change] = []
    if state.get("prefix-used", body.prefix) is not None:
        changes.append(Change("prefix-used", body.prefix, None))
    if carried.count == 0:
        return [*versioned.written(state, act, "prefix", body.prefix, row), *changes]
    expected: dict[str, Any] = {
        "origin": source.origin, "url": body.address, "holder": body.holder,
        "chain": carried.chain, "left": carried.count,
    }  # fmt: skip
    arriving = versioned.written(state, act, "prefix", body.prefix, {**row, "arriving": True})
    return [*arriving, Change("prefix-move", body.prefix, expected), *changes]


def take(state: State, act: Act[TakeRecords]) -> Effects:
    """The batch to which the chain leads next; with the first one, taken last, the prefix is at home here."""
    body = act.body
    row = find(state, body.prefix)
    if registrar(state, act).organisation not in (row["holder"], overseer(state, body.prefix)):
        raise NotEntitled(f"{act.author} speaks neither for {row['holder']} nor for whoever let it")
    if "arriving" not in row:
        raise MoveRefused(f"{body.prefix} does not wait for records")
    move = cast(Row, state.get("prefix-move", body.prefix))
    arrival = Arrival(body.prefix, move["origin"], move["url"], move["holder"])
    digests: list[str] = []
    changes: list[Change] = []
    for record in body.records:
        kind, part, document = carrier(record.kind), record.part or "", document_of(record.document)
        if not kind.under(body.prefix, record.name):
            raise MoveRefused(f"{record.name} does not stand under {body.prefix}")
        digests.append(digest(record.kind, record.name, part, document))
        changes += kind.take(state, act, arrival, record.name, part, document)
    if chained(body.before, body.salt, digests) != move["chain"]:
        raise ArrivalRefused("this is not the batch that comes next: the last one comes first")
    return [*changes, *_progress(state, act, row, move)]


def _progress(state: State, act: Act[TakeRecords], row: Row, move: Row) -> list[Change]:
    body = act.body
    left = move["left"] - len(body.records)
    if (left == 0) != (body.before == no_chain) or left < 0:
        raise ArrivalRefused(f"{left} records would be left, and the chain says otherwise")
    if left:
        return [Change("prefix-move", body.prefix, {**move, "chain": body.before, "left": left})]
    home = {name: value for name, value in row.items() if name != "arriving"}
    arrived = versioned.written(state, act, "prefix", body.prefix, home)
    return [*arrived, Change("prefix-move", body.prefix, None)]


def _require_absent(state: State, body: ArrivePrefix, origin: str) -> None:
    """It was never here, or went to the log from which it comes, and has not come from it before."""
    row = cast(Row | None, state.get("prefix", body.prefix))
    if row is None:
        return
    if row.get("home", {}).get("origin") != origin:
        raise AlreadyRegistered(body.prefix)
    before = row.get("from", {})
    if before.get("origin") == origin and before["index"] >= body.leave.index:
        raise MoveRefused(f"entry {body.leave.index} of {origin} brought it here before")


def _checkpoint(body: ArrivePrefix) -> Checkpoint:
    try:
        return open_checkpoint(body.checkpoint, Verifier.parse(body.log_key))
    except TallystickError as error:
        raise ArrivalRefused(error.detail) from None


def _proven(told: Proven, source: Checkpoint, entry_type: str, model: type[B]) -> B:
    """The body of an entry that the other log took into effect. Its signatures its operator has checked."""
    salt, body = bytes.fromhex(told.salt), told.body.encode()
    try:
        leaf = base64.b64decode(told.envelope, validate=True)
        entry = Entry.parse(Envelope.parse(leaf).payload)
        path = [bytes.fromhex(node) for node in told.path]
        verify_inclusion(leaf_hash(leaf), told.index, source.size, path, source.root)
        if entry.origin != source.origin or entry.type != entry_type:
            raise ArrivalRefused(f"entry {told.index} is a {entry.type} of {entry.origin}")
        if entry.seq is not None or body_hash(salt, body) != entry.body_hash:
            raise ArrivalRefused(f"entry {told.index} has another body, or may have been refused")
        return model.model_validate_json(body)
    except (binascii.Error, ValidationError) as error:
        raise ArrivalRefused(f"entry {told.index}: {error}") from None
    except ArrivalRefused:
        raise
    except TallystickError as error:
        raise ArrivalRefused(f"entry {told.index}: {error.detail}") from None
