"""Ranges of suffixes that a site holds while it is offline: it mints inside, and reports later.

range  <prefix>/<folded label> part <digits>-<first>   {first, end, site, organisation, until, since}

A range is in force until its ledger time, or until it is released; then what was not used is free. Nobody
but its site registers in it meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from tallystick.identity import directory, names
from tallystick.identity.directory import NotEntitled
from tallystick.identity.minting import batches, serials
from tallystick.identity.minting.bodies import ReleaseRange, ReserveRange
from tallystick.identity.prefixes.standing import require_here, require_writable
from tallystick.ledger import Act, Change, Effects, RuleError, State

kind = "range"
ranges_per_label_max = 4096
_numbered = re.compile(r"(.*?)([0-9]{1,18})", re.DOTALL)


class RangeTaken(RuleError):
    code = "range-taken"
    title = "A range of these numbers is reserved already"
    advice = "Take numbers behind it, or another label; ranges that have ended are free again."


class RangeRefused(RuleError):
    code = "range-refused"
    title = "This range cannot be reserved"
    advice = "Its numbers must fit its digits, and its end be a ledger time to come."


class RangeReserved(RuleError):
    code = "range-reserved"
    title = "This suffix lies in a range that a site holds"
    advice = "The site registers it, or it is free when the range has ended."


class BatchIssued(RuleError):
    code = "batch-issued"
    title = "Codes of a batch are not registered one by one"
    advice = "They exist since their batch was issued: `identity.seen/1` makes one of them a record, once."


def reserve(state: State, act: Act[ReserveRange]) -> Effects:
    body = act.body
    organisation = directory.speaker(state, act.author).organisation
    if directory.prefix_holder(state, body.prefix) != organisation:
        raise NotEntitled(f"{organisation} does not hold the prefix {body.prefix}")
    require_writable(state, body.prefix, act)
    if directory.speaker(state, body.site).organisation != organisation:
        raise NotEntitled(f"{body.site} does not belong to {organisation}")
    end = body.first + body.count
    if end > 10**body.digits or body.until <= act.time:
        raise RangeRefused(f"{body.label}: {body.first} up to {end} until {body.until}")
    names.split(f"{body.prefix}/{body.label}{body.first:0{body.digits}d}")
    name = _name(body.prefix, body.label)
    changes: list[Change] = []
    for part, row in state.group(kind, name).items():
        found = cast(Mapping[str, Any], row)
        if not part.startswith(f"{body.digits:02d}-"):
            continue
        if not _in_force(found, act.time):
            changes.append(Change(kind, name, None, part))
        elif found["first"] < end and body.first < found["end"]:
            raise RangeTaken(f"{found['first']} up to {found['end']} by {found['site']}")
    if len(state.group(kind, name)) - len(changes) >= ranges_per_label_max:
        raise RangeTaken(f"{name} has {ranges_per_label_max} ranges")
    new: dict[str, Any] = {
        "prefix": body.prefix,
        "label": body.label,
        "first": body.first,
        "end": end,
        "site": body.site,
        "organisation": organisation,
        "until": body.until,
        "since": act.index,
    }
    part = _part(body.digits, body.first)
    kept = [change for change in changes if change.part != part]
    return [*kept, Change(kind, name, new, part)]


def release(state: State, act: Act[ReleaseRange]) -> Effects:
    body = act.body
    name, part = _name(body.prefix, body.label), _part(body.digits, body.first)
    row = cast(Mapping[str, Any] | None, state.get(kind, name, part))
    if row is None:
        raise RangeRefused(f"{name}: no range of {body.digits} digits begins at {body.first}")
    require_here(state, body.prefix, act)
    who = directory.act_for(state, act, row["organisation"])
    if who.kind == "device" and who.handle != row["site"]:
        raise NotEntitled(f"{who.handle} is not {row['site']}, which holds the range")
    return [Change(kind, name, None, part)]


def require_unreserved(state: State, act: Act[Any], handle: str) -> None:
    """A handle may be registered: it is of no batch, and in no range but the author's.

    Raises `BatchIssued`, `RangeReserved`.
    """
    serial = serials.read(handle)
    if (
        serial is not None
        and state.get(batches.kind, batches.name_of(serial.prefix, serial.batch)) is not None
    ):
        raise BatchIssued(handle)
    for row in _around(state, handle):
        if _in_force(row, act.time) and act.author != row["site"]:
            raise RangeReserved(f"{handle}: {row['site']} holds it until {row['until']}")


def group_of(handle: str) -> tuple[str, str] | None:
    """The group that says who holds the suffix's number; None if it ends in no number."""
    prefix, _, suffix = handle.partition("/")
    found = _numbered.fullmatch(suffix)
    return None if found is None else (kind, _name(prefix, found[1]))


def _around(state: State, handle: str) -> Iterator[Mapping[str, Any]]:
    """The ranges in which a handle lies."""
    found = _numbered.fullmatch(handle.partition("/")[2])
    group = group_of(handle)
    if found is None or group is None:
        return
    digits, number = len(found[2]), int(found[2])
    for part, row in state.group(*group).items():
        one = cast(Mapping[str, Any], row)
        if part.startswith(f"{digits:02d}-") and one["first"] <= number < one["end"]:
            yield one


def _in_force(row: Mapping[str, Any], time: str) -> bool:
    return time < cast(str, row["until"])


def _name(prefix: str, label: str) -> str:
    return names.fold(f"{prefix}/{label}")


def _part(digits: int, first: int) -> str:
    return f"{digits:02d}-{first:018d}"
