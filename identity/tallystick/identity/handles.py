"""Rules of handles: created under a prefix that the author holds, written by their owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity import directory, names
from tallystick.identity.bodies import (
    CreateHandles,
    HandleRecord,
    WriteHandle,
    values_per_handle_max,
)
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.ledger import (
    Act,
    Change,
    Effects,
    RuleError,
    State,
)


class RecordTooLarge(RuleError):
    code = "record-too-large"
    title = f"A handle record has at most {values_per_handle_max} values"
    advice = "Remove values in the same entry."


class HandleUnknown(RuleError):
    code = "handle-unknown"
    title = "There is no record under this handle"


def create_handles(state: State, act: Act[CreateHandles]) -> Effects:
    organisation = directory.speaker(state, act.author).organisation
    changes: dict[str, Change] = {}
    for record in act.body.handles:
        prefix, _ = names.split(record.handle)
        folded = names.fold(record.handle)
        if directory.prefix_holder(state, prefix) != organisation:
            raise NotEntitled(f"{organisation} does not hold the prefix of {record.handle}")
        taken = state.get("handle", folded) is not None
        if folded in changes or taken or _foreign_party(state, folded, organisation):
            raise AlreadyRegistered(record.handle)
        changes[folded] = Change("handle", folded, _record(record, organisation, act.time))
    return list(changes.values())


def _foreign_party(state: State, folded: str, organisation: str) -> bool:
    """Whether the handle is a party's, other than a device of this organisation."""
    party = cast(Mapping[str, Any] | None, state.get("party", folded))
    if party is None:
        return False
    device = cast(Mapping[str, Any] | None, state.get("device", party["handle"]))
    return device is None or device["organisation"] != organisation


def write_handle(state: State, act: Act[WriteHandle]) -> Effects:
    body = act.body
    folded = names.fold(body.handle)
    row = cast(Mapping[str, Any] | None, state.get("handle", folded))
    if row is None or row["handle"] != body.handle:
        raise HandleUnknown(f"{body.handle}: a handle is spelled exactly as it was registered")
    directory.act_for(state, act, row["owner"])
    written = _record(HandleRecord(handle=body.handle, values=body.values), row["owner"], act.time)
    values = {value["index"]: value for value in row["values"] if value["index"] not in body.remove}
    values |= {value["index"]: value for value in written["values"]}
    if len(values) > values_per_handle_max:
        raise RecordTooLarge(f"{body.handle} would have {len(values)} values")
    ordered = [values[index] for index in sorted(values)]
    return [Change("handle", folded, {**row, "values": ordered})]


def _record(record: HandleRecord, owner: str, time: str) -> dict[str, Any]:
    indexes = [value.index for value in record.values]
    if len(set(indexes)) != len(indexes):
        raise AlreadyRegistered(f"{record.handle} has two values with one index")
    values = [
        {**value.model_dump(mode="json"), "time": time}
        for value in sorted(record.values, key=lambda value: value.index)
    ]
    return {"handle": record.handle, "owner": owner, "values": values}
