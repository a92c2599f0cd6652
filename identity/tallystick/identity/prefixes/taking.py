"""How records, parties, prefixes below, batches and ranges that came along with a prefix are taken in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import ConfigDict, Field

from tallystick.identity import names, records, versioned
from tallystick.identity.bodies import HandleValue, TemplateRef, values_per_handle_max
from tallystick.identity.prefixes.errors import MoveRefused
from tallystick.identity.prefixes.travel import Arrival, modelled
from tallystick.identity.templates import checks
from tallystick.identity.templates.checks import TemplateNotMet
from tallystick.identity.templates.template import TemplateUnknown
from tallystick.identity.templates.template import document as template_of
from tallystick.ledger import Act, Body, Change, Count, Document, Handle, Hex32, Instant, State


class Part(Body):
    """What of a document must be so; the rest goes along unread."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=False)


class _Value(HandleValue):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)
    time: Instant


class _Deleted(Part):
    reason: Annotated[str, Field(max_length=40)]
    time: Instant


class _Record(Part):
    handle: Handle
    owner: Handle
    since: Count
    values: Annotated[tuple[_Value, ...], Field(max_length=values_per_handle_max)]
    deleted: _Deleted | None = None
    template: TemplateRef | None = None


class _Party(Part):
    handle: Handle
    kind: Literal["organisation", "person", "device", "log"]


class _Child(Part):
    holder: Handle
    role: Literal["secondary", "enterprise"]


class _Batch(Part):
    prefix: str
    batch: str
    count: Count
    root: Hex32
    owner: Handle
    author: Handle
    since: Count


class _Range(Part):
    prefix: str
    first: Count
    end: Count
    site: Handle
    organisation: Handle
    until: Instant
    since: Count


def record(
    state: State, act: Act[Any], arrival: Arrival, name: str, _part: str, document: Document
) -> list[Change]:
    """The record as it stood is its next version here; its history stays where it was written."""
    found = modelled(_Record, document)
    if names.fold(found.handle) != name:
        raise MoveRefused(f"the record {found.handle} does not stand under {name}")
    names.split(found.handle)
    after: dict[str, Any] = {
        **document,
        "owner": arrival.owner(state, found.owner),
        "since": act.index,
        "from": arrival.whence(document),
    }
    if found.template is not None and not _has_template(state, arrival, found.template):
        after["from"]["template"] = after.pop("template")
    before = records.find(state, found.handle)
    changes = records.changed(name, before, after)
    try:
        return [*changes, *checks.claims(state, name, before, after)]
    except TemplateNotMet:
        # Two owners there may have said the same who are answered for by one here: the first to come has it.
        return changes


def party(
    state: State, _act: Act[Any], arrival: Arrival, name: str, _part: str, document: Document
) -> list[Change]:
    """The name stays taken; the same party may be registered here under it, and nobody else."""
    found = modelled(_Party, document)
    if names.fold(found.handle) != name:
        raise MoveRefused(f"the party {found.handle} does not stand under {name}")
    if state.get("party", name) is not None:
        return []
    owner = found.handle if found.kind == "organisation" else arrival.holder
    told: dict[str, Any] = {
        "handle": found.handle,
        "kind": found.kind,
        "from": {"origin": arrival.origin, "owner": owner},
    }
    return [Change("party", name, told)]


def child(
    state: State, act: Act[Any], arrival: Arrival, name: str, _part: str, document: Document
) -> list[Change]:
    """A prefix delegated below stays at home where it was, and is delegated by nobody here."""
    found = modelled(_Child, document)
    if state.get("prefix", name) is not None:
        return []
    home = {"origin": arrival.origin, "url": arrival.url, "index": act.index}
    row: dict[str, Any] = {"holder": found.holder, "role": found.role, "home": home}
    return versioned.written(state, act, "prefix", name, row)


def batch(
    state: State, act: Act[Any], arrival: Arrival, name: str, part: str, document: Document
) -> list[Change]:
    """Batches, shares and voided positions as they stood; who is not registered here is answered for.

    The entry that issued it is `from.since` of the other log, and of the first one if it moves again.
    """
    after: dict[str, Any] = {**document}
    if not part:
        found = modelled(_Batch, document)
        if f"{found.prefix}/{found.batch}" != name:
            raise MoveRefused(f"the batch {found.prefix}/{found.batch} does not stand under {name}")
        owner = arrival.owner(state, found.owner)
        issuer = found.author if _is_known(state, found.author) else owner
        before = cast(Mapping[str, Any] | None, document.get("from"))
        issued = before or arrival.whence(document)
        after |= {"owner": owner, "author": issuer, "from": {**issued, "url": arrival.url}}
    if "since" in after:
        after["since"] = act.index
    return [Change("batch", name, after, part)]


def reserved(
    state: State, act: Act[Any], arrival: Arrival, name: str, part: str, document: Document
) -> list[Change]:
    """A site that is offline still holds its numbers; nobody else takes them meanwhile."""
    found = modelled(_Range, document)
    after: dict[str, Any] = {
        **document,
        "organisation": arrival.owner(state, found.organisation),
        "since": act.index,
        "from": arrival.whence(document),
    }
    return [Change("range", name, after, part)]


def reserved_ended(_state: State, _act: Act[Any], name: str, part: str) -> list[Change]:
    return [Change("range", name, None, part)]


def not_taken(version: int, template: str) -> str:
    """The part of `prefix-move` that says that a template of another prefix did not come along."""
    return f"without {version:010d} {template}"


def _has_template(state: State, arrival: Arrival, reference: str) -> bool:
    version, _, handle = reference.partition(":")
    without = not_taken(int(version), names.fold(handle))
    if state.get("prefix-move", arrival.prefix, without) is not None:
        return False
    try:
        return "fields" in template_of(state, reference)
    except TemplateUnknown:
        return False


def _is_known(state: State, author: str) -> bool:
    return any(state.get(kind, author) is not None for kind in ("organisation", "person", "device"))
