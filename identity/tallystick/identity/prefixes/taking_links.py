"""How names, relations, contents and templates that came along with a prefix are taken in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

from pydantic import Field, ValidationError

from tallystick.identity import codes, directory, names
from tallystick.identity.claims import rules as claims
from tallystick.identity.claims.contests import decider
from tallystick.identity.claims.subjects import owner_of
from tallystick.identity.codes import Code
from tallystick.identity.handles import HandleUnknown
from tallystick.identity.prefixes.errors import MoveRefused
from tallystick.identity.prefixes.standing import Row, is_elsewhere
from tallystick.identity.prefixes.taking import Part, not_taken
from tallystick.identity.prefixes.travel import Arrival, modelled
from tallystick.identity.registrars import registrar
from tallystick.identity.relations.bodies import RelationKind
from tallystick.identity.relations.walk import (
    RelationCycle,
    RelationWalkTooLong,
    require_no_cycle,
)
from tallystick.identity.templates.bodies import TemplateField, fields_max
from tallystick.identity.templates.template import digest_of
from tallystick.ledger import Act, Change, Count, Document, Handle, Hex32, Instant, State

part_chars_max = 255


class _Name(Part):
    handle: Handle
    since: Count
    readers: tuple[Handle, ...] = ()


class _Relation(Part):
    source: Handle
    target: Handle
    since: Count
    readers: tuple[Handle, ...] = ()


class _Kind(Part):
    kind: RelationKind


class _Content(Part):
    handle: Handle
    owner: Handle
    sha256: Hex32
    size: Count
    since: Count
    time: Instant
    what: Annotated[str, Field(max_length=40)]
    media_type: Annotated[str, Field(max_length=100)]
    licence: Mapping[str, str]
    readers: tuple[Handle, ...] = ()


class _Template(Part):
    template: Handle
    version: Count
    owner: Handle
    digest: Hex32
    fields: Annotated[tuple[Any, ...], Field(max_length=fields_max)]
    name: Mapping[str, str]
    since: Count
    time: Instant


def name(
    state: State, act: Act[Any], arrival: Arrival, folded: str, part: str, document: Document
) -> list[Change]:
    """A code names its record here too. If it names another one here, the two contest it from now on."""
    found = modelled(_Name, document)
    if names.fold(found.handle) != folded:
        raise MoveRefused(f"the name of {found.handle} does not stand under {folded}")
    code = codes.canonical(*part.partition(":")[::2])
    row: dict[str, Any] = {**document, "since": act.index, "from": arrival.whence(document)}
    if "replaced_by" in row:
        row["replaced_by"] = {**row["replaced_by"], "since": act.index}
    here = claims.held(state, code)
    if here is not None and not _goes_along(arrival.prefix, here["handle"]):
        return [_contest(state, act, code, found.handle, here, row)]
    ended = [] if here is None else claims.past(state, code, here, act.index)
    return [
        *ended,
        Change("name", code.name, row),
        claims.named_by(code, found.handle, act.index),
    ]


def name_ended(state: State, act: Act[Any], _folded: str, part: str) -> list[Change]:
    """As if it was released here."""
    scheme, _, text = part.partition(":")
    code = Code(scheme, text)
    return claims.let_go(state, act.index, code, cast(Row, claims.held(state, code)))


def relation(
    state: State, act: Act[Any], arrival: Arrival, name: str, part: str, document: Document
) -> list[Change]:
    """It holds here too, if nothing goes in a circle by it; else it is kept as one that ended on its way."""
    found = modelled(_Relation, document)
    kind, _, source = name.partition(" ")
    modelled(_Kind, {"kind": kind})
    if (names.fold(found.source), names.fold(found.target)) != (source, part):
        raise MoveRefused(f"{found.source} {kind} {found.target} does not stand under {name}")
    row: dict[str, Any] = {**document, "since": act.index, "from": arrival.whence(document)}
    if state.get("relation", name, part) is None:
        try:
            require_no_cycle(state, source, kind, part)
        except (RelationCycle, RelationWalkTooLong):
            ended = {**row, "until": act.index}
            return [Change("relation-past", name, ended, f"{part} {act.index:020d}")]
    return [
        Change("relation", name, row, part),
        Change("relation-back", f"{kind} {part}", {"since": act.index}, source),
    ]


def relation_ended(state: State, act: Act[Any], name: str, part: str) -> list[Change]:
    row = cast(Row, state.get("relation", name, part))
    kind, _, source = name.partition(" ")
    return [
        Change("relation", name, None, part),
        Change("relation-back", f"{kind} {part}", None, source),
        Change("relation-past", name, {**row, "until": act.index}, f"{part} {row['since']:020d}"),
    ]


def relation_back(
    state: State, act: Act[Any], arrival: Arrival, name: str, part: str, document: Document
) -> list[Change]:
    """One whose source stayed in the other log."""
    kind, _, target = name.partition(" ")
    return relation(state, act, arrival, f"{kind} {part}", target, document)


def relation_back_ended(state: State, act: Act[Any], name: str, part: str) -> list[Change]:
    kind, _, target = name.partition(" ")
    return relation_ended(state, act, f"{kind} {part}", target)


def content(
    state: State, act: Act[Any], arrival: Arrival, name: str, part: str, document: Document
) -> list[Change]:
    """What this log proves begins now; `from` says since when the other one proves it. Order is kept."""
    found = modelled(_Content, document)
    if names.fold(found.handle) != name:
        raise MoveRefused(f"the content of {found.handle} does not stand under {name}")
    told = cast(Row, document)
    if told.get("from", {}).get("origin") == cast(Row, state.get("log", "genesis"))["origin"]:
        return []
    place = f"{arrival.since:020d} {part}"
    if len(place) > part_chars_max:
        raise MoveRefused(f"{name} has moved too often with its contents")
    row: dict[str, Any] = {
        **document,
        "owner": arrival.owner(state, found.owner),
        "since": act.index,
        "time": act.time,
        "from": arrival.whence(document, time=found.time),
    }
    return [Change("content-version", name, row, place)]


def template(
    state: State, act: Act[Any], arrival: Arrival, name: str, part: str, document: Document
) -> list[Change]:
    """A version as it was published. One of another prefix only if nobody here holds that prefix, or its holder
    says so; if it does not come, or is another one here, records that follow it come without it."""
    found = modelled(_Template, document)
    told = cast(Row, document)
    if names.fold(found.template) != name or f"{found.version:010d}" != part:
        raise MoveRefused(f"{found.version}:{found.template} does not stand under {name}")
    if digest_of(told["fields"]) != found.digest:
        raise MoveRefused(f"{found.version}:{found.template} has fields of another digest")
    for field in told["fields"]:
        _check_field(field)
    without = not_taken(found.version, name)
    if names.split(found.template)[0] != arrival.prefix and not _may_come(state, act, name, part):
        here = state.get("template", name, part)
        same = here is not None and cast(Row, here)["digest"] == found.digest
        return (
            [] if same else [Change("prefix-move", arrival.prefix, {"since": act.index}, without)]
        )
    marked = state.get("prefix-move", arrival.prefix, without) is not None
    unmarked = [Change("prefix-move", arrival.prefix, None, without)] if marked else []
    row: dict[str, Any] = {
        **document,
        "owner": arrival.owner(state, found.owner),
        "since": act.index,
        "from": arrival.whence(document),
    }
    return [Change("template", name, row, part), *unmarked]


def _goes_along(prefix: str, handle: str) -> bool:
    return names.fold(handle).startswith(f"{prefix}/")


def _contest(
    state: State, act: Act[Any], code: Code, handle: str, here: Row, row: Mapping[str, Any]
) -> Change:
    kept = {name: row[name] for name in ("continues", "readers", "from") if name in row}
    told: dict[str, Any] = {
        "handle": handle,
        "owner": owner_of(state, handle),
        "against": here["handle"],
        "holder": owner_of(state, here["handle"]),
        "reason": "moved",
        "since": act.index,
        **kept,
    }
    try:
        above = decider(state, code, here, told)
    except HandleUnknown:
        above = None
    if above is not None:
        told["decider"] = above
    return Change("name-contest", code.name, told, f"{act.index:020d}")


def _may_come(state: State, act: Act[Any], name: str, part: str) -> bool:
    """Whether a template of another prefix takes nothing from anybody."""
    here = cast(Row | None, state.get("template", name, part))
    taken = any(state.get(kind, name) is not None for kind in ("handle", "party"))
    prefix = name.partition("/")[0]
    held = state.get("prefix", prefix) is not None and not is_elsewhere(state, prefix)
    if (here is not None and "from" not in here) or taken:
        return False
    return not held or directory.prefix_holder(state, prefix) == registrar(state, act).organisation


def _check_field(field: object) -> None:
    try:
        TemplateField.model_validate(field, strict=False)
    except ValidationError as error:
        raise MoveRefused(f"a field of a template: {error.errors()[0]['msg']}") from None
