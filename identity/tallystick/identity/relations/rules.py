"""Rules of relations: both owners agree to what is said of their things, and nothing goes in a circle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.identity import directory, records
from tallystick.identity.claims import Subject, subject
from tallystick.identity.directory import NotEntitled, UnknownParty
from tallystick.identity.handles import HandleUnknown
from tallystick.identity.prefixes.standing import require_here, require_writable
from tallystick.identity.relations.bodies import AddRelation, RemoveRelation
from tallystick.identity.relations.walk import require_no_cycle, same
from tallystick.ledger import Act, Change, Effects, RuleError, State


class RelationKnown(RuleError):
    code = "relation-known"
    status = 409
    title = "This relation holds already"


class RelationUnknown(RuleError):
    code = "relation-unknown"
    status = 404
    title = "There is no such relation"


class ConsentMissing(RuleError):
    code = "consent-missing"
    title = "The other thing's owner has not signed this relation"
    advice = "Have the owner of the target sign the same entry too."


def add(state: State, act: Act[AddRelation]) -> Effects:
    body = act.body
    source, target = _standing(state, body.source), _standing(state, body.target)
    directory.act_for(state, act, source.owner)
    require_writable(state, source.prefix, act)
    require_here(state, target.prefix, act)
    if target.owner != source.owner and not _signed(state, act, target.owner):
        raise ConsentMissing(f"{target.owner} owns {target.handle}")
    if find(state, body.kind, source, target) is not None:
        raise RelationKnown(f"{source.handle} {body.kind} {target.handle}")
    require_no_cycle(state, source.folded, body.kind, target.folded)
    row: dict[str, Any] = {
        "source": source.handle, "target": target.handle,
        "since": act.index,
    }  # fmt: skip
    if body.readers is not None:
        row["readers"] = list(body.readers)
    return [
        Change("relation", f"{body.kind} {source.folded}", row, target.folded),
        Change(
            "relation-back", f"{body.kind} {target.folded}", {"since": act.index}, source.folded
        ),
    ]


def remove(state: State, act: Act[RemoveRelation]) -> Effects:
    body = act.body
    source, target = end(state, body.source), end(state, body.target)
    for one in (source, target):
        if one.owner:
            require_writable(state, one.prefix, act)
    if directory.speaker(state, act.author).organisation not in (source.owner, target.owner):
        raise NotEntitled(f"{act.author} speaks for neither {source.owner} nor {target.owner}")
    found = find(state, body.kind, source, target)
    if found is None:
        raise RelationUnknown(f"{body.source} {body.kind} {body.target}")
    name, part, row = found
    kind = body.kind
    ended = {**row, "until": act.index}
    back = f"{kind} {part}"
    return [
        Change("relation", name, None, part),
        Change("relation-back", back, None, name.partition(" ")[2]),
        Change("relation-past", name, ended, f"{part} {records.version_part(row['since'])}"),
    ]


def find(
    state: State, kind: str, source: Subject, target: Subject
) -> tuple[str, str, Mapping[str, Any]] | None:
    """Name, part and document of a relation; one of sameness in either direction."""
    pairs = [(source, target), (target, source)] if kind == same else [(source, target)]
    for one, other in pairs:
        name = f"{kind} {one.folded}"
        row = state.get("relation", name, other.folded)
        if row is not None:
            return name, other.folded, row
    return None


def end(state: State, handle: str) -> Subject:
    """What stands at an end of a relation; without an owner if it stayed in the log from which the other came."""
    try:
        return subject(state, handle)
    except HandleUnknown:
        return Subject(handle, "")


def _standing(state: State, handle: str) -> Subject:
    found = subject(state, handle)
    if found.deleted:
        raise HandleUnknown(f"{handle} was deleted")
    return found


def _signed(state: State, act: Act[Any], organisation: str) -> bool:
    """Whether a key of the organisation, or of somebody who speaks for it, is among the signatures."""
    for signer in act.signers:
        try:
            if directory.speaker(state, signer.owner).organisation == organisation:
                return True
        except UnknownParty:
            continue
    return False
