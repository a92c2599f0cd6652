"""Rules of names: a code names one record, until that record's owner lets it go.

A name that is released while others contest it goes to the earliest of them whose record still stands, so
that nobody else slips in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity import codes, directory, names, records
from tallystick.identity.claims.bodies import ClaimName, ReleaseName
from tallystick.identity.claims.subjects import Subject, own, subject
from tallystick.identity.codes import Code
from tallystick.identity.directory import NotEntitled
from tallystick.identity.handles import HandleUnknown
from tallystick.identity.prefixes.standing import is_elsewhere, require_writable
from tallystick.ledger import Act, Change, Effects, RuleError, State

Row = Mapping[str, Any]


class NameClaimed(RuleError):
    code = "name-claimed"
    status = 409
    title = "This code is claimed: it names a record already"
    advice = "If it is yours, contest it with identity.name.contest/1; both claimants then see the conflict."


class NameUnknown(RuleError):
    code = "name-unknown"
    status = 404
    title = "This code names no record here"


class ReplacementRefused(RuleError):
    code = "replacement-refused"
    title = "A new code cannot take the place of that one"
    advice = "It replaces a code of the same scheme that names the same record and is replaced by no other."


def claim(state: State, act: Act[ClaimName]) -> Effects:
    body = act.body
    code = codes.canonical(body.scheme, body.code)
    named = own(state, act, body.handle)
    require_scope(state, code)
    holder = held(state, code)
    if holder is not None:
        same = names.fold(holder["handle"]) == named.folded
        raise NameClaimed(f"{code} names this very record" if same else str(code))
    told = body.model_dump(mode="json", exclude_none=True, exclude={"handle", "scheme", "code"})
    row = {"handle": named.handle, "since": act.index, **told}
    changes = [Change("name", code.name, row), named_by(code, named.handle, act.index)]
    if body.replaces is not None:
        changes.append(_replaced(state, act, code, named))
    return changes


def release(state: State, act: Act[ReleaseName]) -> Effects:
    """By who speaks for the record; a partner's own code by that partner too, whose numbering it is."""
    body = act.body
    code = codes.canonical(body.scheme, body.code)
    named = subject(state, body.handle)
    holder = held(state, code)
    require_writable(state, named.prefix, act)
    if holder is not None and names.fold(holder["handle"]) == named.folded:
        _require_speaker(state, act, code, named.owner)
        return let_go(state, act.index, code, holder)
    for part, contest in contests(state, code).items():
        if names.fold(contest["handle"]) == named.folded:
            _require_speaker(state, act, code, named.owner)
            return ended(code, part, contest, act.index, "withdrawn")
    raise NameUnknown(f"{code} does not name {body.handle}, nor does it contest it")


def held(state: State, code: Code) -> Row | None:
    """The claim in force."""
    return cast(Row | None, state.get("name", code.name))


def contests(state: State, code: Code) -> Mapping[str, Row]:
    """Those that are open, the oldest first."""
    return cast(Mapping[str, Row], state.group("name-contest", code.name))


def require_scope(state: State, code: Code) -> None:
    """The partner whose own code it is must be registered. Raises `UnknownParty`."""
    if code.scheme == codes.own:
        directory.organisation(state, codes.scope(code))


def ended(code: Code, part: str, contest: Row, index: int, outcome: str) -> list[Change]:
    """A contest is no longer open."""
    told = {**contest, "until": index, "outcome": outcome}
    return [
        Change("name-contest", code.name, None, part),
        Change("name-contest-past", code.name, told, part),
    ]


def named_by(code: Code, handle: str, index: int) -> Change:
    """By which a rule finds the codes of a record."""
    return Change("name-of", names.fold(handle), {"since": index}, code.name)


def past(state: State, code: Code, holder: Row, index: int) -> list[Change]:
    """A claim ends, and a code that it replaced is replaced no more. The caller says what becomes of `name`."""
    changes = [
        Change("name-of", names.fold(holder["handle"]), None, code.name),
        Change(
            "name-past",
            code.name,
            {**holder, "until": index},
            records.version_part(holder["since"]),
        ),
    ]
    if "replaces" in holder:
        old = Code(code.scheme, holder["replaces"])
        row = held(state, old)
        if row is not None and row.get("replaced_by", {}).get("code") == code.value:
            kept = {name: value for name, value in row.items() if name != "replaced_by"}
            changes.append(Change("name", old.name, kept))
    return changes


def let_go(state: State, index: int, code: Code, holder: Row) -> list[Change]:
    """The name goes to the oldest contest whose record still stands, or to nobody."""
    changes = past(state, code, holder, index)
    waiting = list(contests(state, code).items())
    heir = next((one for one in waiting if _stands(state, one[1])), None)
    if heir is None:
        changes.append(Change("name", code.name, None))
        for part, contest in waiting:
            changes += ended(code, part, contest, index, "lapsed")
        return changes
    return changes + handed(code, heir[0], heir[1], waiting, index, "released")


def handed(
    code: Code, part: str, contest: Row, waiting: list[tuple[str, Row]], index: int, outcome: str
) -> list[Change]:
    """The contest is won; the others contest the new holder from now on."""
    kept = {name: contest[name] for name in ("continues", "readers") if name in contest}
    row = {"handle": contest["handle"], "since": index, **kept}
    changes = [
        Change("name", code.name, row),
        named_by(code, contest["handle"], index),
        *ended(code, part, contest, index, outcome),
    ]
    for other, told in waiting:
        if other != part:
            now = {**told, "against": contest["handle"], "holder": contest["owner"]}
            changes.append(Change("name-contest", code.name, now, other))
    return changes


def _replaced(state: State, act: Act[ClaimName], code: Code, named: Subject) -> Change:
    old = codes.canonical(code.scheme, act.body.replaces or "")
    row = held(state, old)
    if old == code or row is None or names.fold(row["handle"]) != named.folded:
        raise ReplacementRefused(f"{old} does not name {named.handle}")
    if "replaced_by" in row:
        raise ReplacementRefused(f"{old} is replaced already")
    return Change(
        "name", old.name, {**row, "replaced_by": {"code": code.value, "since": act.index}}
    )


def _require_speaker(state: State, act: Act[Any], code: Code, owner: str) -> None:
    speaks_for = directory.speaker(state, act.author).organisation
    scope = codes.scope(code) if code.scheme == codes.own else None
    if speaks_for not in (owner, scope):
        raise NotEntitled(f"{act.author} does not speak for {owner}")


def _stands(state: State, contest: Row) -> bool:
    """Whether the record is there, and at home here."""
    try:
        found = subject(state, contest["handle"])
    except HandleUnknown:
        return False
    return not found.deleted and not is_elsewhere(state, found.prefix)
