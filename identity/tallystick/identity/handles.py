"""Rules of handles: created under a prefix that the author holds, written and deleted by their owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity import directory, names, records
from tallystick.identity.bodies import (
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    RenewHandle,
    WriteHandle,
    values_per_handle_max,
)
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.minting import ranges
from tallystick.identity.organisations import quotas
from tallystick.identity.prefixes.standing import charge_prefix, require_writable
from tallystick.identity.templates import checks
from tallystick.ledger import Act, Change, Effects, RuleError, State


class RecordTooLarge(RuleError):
    code = "record-too-large"
    title = f"A handle record has at most {values_per_handle_max} values"
    advice = "Remove values in the same entry."


class HandleUnknown(RuleError):
    code = "handle-unknown"
    title = "There is no record under this handle"


class ValueFrozen(RuleError):
    code = "value-frozen"
    title = "This value may not be changed or removed"
    advice = (
        "It was written without the permission ADMIN_WRITE; delete the whole record if it must go."
    )


def create_handles(state: State, act: Act[CreateHandles]) -> Effects:
    organisation = directory.speaker(state, act.author).organisation
    changes: dict[str, Change] = {}
    made: dict[str, int] = {}
    for record in act.body.handles:
        prefix = names.split(record.handle)[0]
        made[prefix] = made.get(prefix, 0) + 1
    claimed: list[Change] = []
    for record in act.body.handles:
        _require_holder(state, record.handle, organisation)
        ranges.require_unreserved(state, act, record.handle)
        folded = names.fold(record.handle)
        taken = state.get("handle", folded) is not None
        if folded in changes or taken or _foreign_party(state, folded, organisation):
            raise AlreadyRegistered(record.handle)
        row = _row(state, act, record, organisation)
        changes[folded] = Change("handle", folded, row)
        if record.template is not None:
            names_claimed = [change.name for change in claimed]
            claimed += checks.claims(state, folded, None, row, names_claimed)
    for prefix in dict.fromkeys(names.administered_by(one.handle) for one in act.body.handles):
        require_writable(state, prefix, act)
    costs = quotas.taken(state, organisation, "handles", len(act.body.handles))
    for prefix, count in made.items():
        costs += charge_prefix(state, prefix, count)
    return [*changes.values(), *claimed, *costs]


def write_handle(state: State, act: Act[WriteHandle]) -> Effects:
    body = act.body
    row = _own(state, act, body.handle)
    before = {value["index"]: value for value in row["values"]}
    template = checks.followed(state, row, body)
    said = body.values if template is None else checks.fitted(template, body.values)
    written = records.stored(said, act.time)
    for index in (*body.remove, *(value["index"] for value in written)):
        if index in before and not records.allows(before[index], records.admin_write):
            raise ValueFrozen(f"{index}:{body.handle}")
    values = {index: value for index, value in before.items() if index not in body.remove}
    values |= {value["index"]: value for value in written}
    if len(values) > values_per_handle_max:
        raise RecordTooLarge(f"{body.handle} would have {len(values)} values")
    after = {**row, "since": act.index, "values": [values[index] for index in sorted(values)]}
    folded, claimed = names.fold(body.handle), list[Change]()
    if template is not None:
        after["template"] = template.reference
        checks.hold(template, row, after, {value["index"] for value in written})
        claimed = checks.claims(state, folded, row, after)
    return [*records.changed(folded, row, after), *claimed]


def delete_handle(state: State, act: Act[DeleteHandle]) -> Effects:
    row = _own(state, act, act.body.handle)
    deleted = {"reason": act.body.reason, "time": act.time}
    after = {**row, "since": act.index, "values": [], "deleted": deleted}
    folded = names.fold(act.body.handle)
    return [*records.changed(folded, row, after), *checks.claims(state, folded, row, None)]


def renew_handle(state: State, act: Act[RenewHandle]) -> Effects:
    """A part that names handles follows this type, and refuses one that it has named."""
    body = act.body
    organisation = directory.speaker(state, act.author).organisation
    row = _spelled(state, body.handle)
    if "deleted" not in row:
        raise AlreadyRegistered(body.handle)
    _require_holder(state, body.handle, organisation)
    require_writable(state, names.administered_by(body.handle), act)
    ranges.require_unreserved(state, act, body.handle)
    after, folded = _row(state, act, body, organisation), names.fold(body.handle)
    return [*records.changed(folded, row, after), *checks.claims(state, folded, None, after)]


def _require_holder(state: State, handle: str, organisation: str) -> None:
    """The prefix's own record is its holder's as well."""
    names.split(handle)
    prefix = names.administered_by(handle)
    if directory.prefix_holder(state, prefix) != organisation:
        raise NotEntitled(f"{organisation} does not hold the prefix of {handle}")


def _foreign_party(state: State, folded: str, organisation: str) -> bool:
    """Whether the handle is a party's, other than a device of this organisation."""
    party = cast(Mapping[str, Any] | None, state.get("party", folded))
    if party is None:
        return False
    device = cast(Mapping[str, Any] | None, state.get("device", party["handle"]))
    return device is None or device["organisation"] != organisation


def _own(state: State, act: Act[Any], handle: str) -> Mapping[str, Any]:
    """The record as it stands, for an author who speaks for its owner."""
    row = _spelled(state, handle)
    if "deleted" in row:
        raise HandleUnknown(f"{handle} was deleted; its prefix's holder may renew it")
    directory.act_for(state, act, row["owner"])
    require_writable(state, names.administered_by(handle), act)
    return row


def _spelled(state: State, handle: str) -> Mapping[str, Any]:
    row = records.find(state, handle)
    if row is None or row["handle"] != handle:
        raise HandleUnknown(f"{handle}: a handle is spelled exactly as it was registered")
    return row


def _row(
    state: State, act: Act[Any], record: HandleRecord | RenewHandle, owner: str
) -> dict[str, Any]:
    """A record that begins, under its template if it names one."""
    values, handle = record.values, record.handle
    if record.template is None:
        stored = records.stored(values, act.time)
        return {"handle": handle, "owner": owner, "since": act.index, "values": stored}
    template = checks.usable(state, record.template, owner, handle)
    stored = records.stored(checks.fitted(template, values), act.time)
    checks.require_all(template, stored)
    named = {"template": template.reference}
    return {"handle": handle, "owner": owner, "since": act.index, "values": stored, **named}
