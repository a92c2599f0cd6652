"""Documents and entry types of names.

name              <scheme>:<code>              {handle, since, continues?, replaces?, replaced_by?, readers?}
name-of           <folded handle> part <scheme>:<code>  {since}: the way back, for rules
name-past         <scheme>:<code> part <since> a claim that ended, with `until`: the first index without it
name-contest      <scheme>:<code> part <since> {handle, owner, against, holder, decider?, since, reason, evidence?, continues?, readers?}
name-contest-past <scheme>:<code> part <since> one that ended, with `until` and `outcome`

A claim, its end and what replaces a code touch the handle in the map of heads: whoever was shown all
entries of a handle knows all its names (ADR 0035).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.identity import codes, directory, names
from tallystick.identity.claims import bodies, contests, rules
from tallystick.identity.claims.subjects import owner_of, readers_said
from tallystick.identity.codes import Code
from tallystick.ledger import (
    Act,
    Document,
    EntryType,
    HeadName,
    Kind,
    RuleSet,
    State,
    everybody,
    graded,
)


def register(rule_set: RuleSet) -> None:
    rule_set.add_kinds(
        Kind("name", {"name-by-handle": _by_handle}, heads=_handle_head),
        Kind("name-of"),
        Kind("name-past", {"name-past-by-handle": _by_handle}, heads=_handle_head),
        Kind(
            "name-contest", {"name-contest-by-handle": _by_both, "name-contest-by-party": _by_party}
        ),
        Kind(
            "name-contest-past",
            {"name-contest-past-by-handle": _by_both, "name-contest-past-by-party": _by_party},
        ),
    )
    rule_set.add(
        EntryType(
            "identity.name.claim/1",
            bodies.ClaimName,
            rules.claim,
            "A code of another scheme names a record from now on",
            parties=readers_said,
            reads=_claimed,
            data=graded("trade", "partner"),
        ),
        EntryType(
            "identity.name.release/1",
            bodies.ReleaseName,
            rules.release,
            "A code names a record no longer; or a contest for it is withdrawn",
            parties=_release_readers,
            data=graded("trade", "partner"),
        ),
        EntryType(
            "identity.name.contest/1",
            bodies.ContestName,
            contests.contest,
            "A code that names another's record is disputed; both claimants and who decides see it",
            parties=_contest_readers,
            data=graded("trade", "partner"),
        ),
        EntryType(
            "identity.name.settle/1",
            bodies.SettleName,
            contests.settle,
            "The node above both claimants decides a contest",
            parties=_contest_readers,
            data=graded("trade", "partner"),
        ),
    )


def _claimed(body: bodies.ClaimName) -> Iterable[tuple[str, str]]:
    return (("handle", names.fold(body.handle)), ("name", Code(body.scheme, body.code).name))


def _by_handle(_name: str, _part: str, value: Document) -> Iterable[str]:
    return [names.fold(cast(str, value["handle"]))]


def _by_both(_name: str, _part: str, value: Document) -> Iterable[str]:
    """The record that should have the code, and the one that has it."""
    return sorted({names.fold(cast(str, value[name])) for name in ("handle", "against")})


def _by_party(_name: str, _part: str, value: Document) -> Iterable[str]:
    """Both claimants, and who was above them when the contest began."""
    told = (value["owner"], value["holder"], value.get("decider"))
    return sorted({cast(str, one) for one in told if one is not None})


def _handle_head(_name: str, _part: str, value: Document | None) -> Iterable[HeadName]:
    """None when the name goes: then the claim that ended names the handle."""
    return () if value is None else (("handle", names.fold(cast(str, value["handle"]))),)


def _release_readers(state: State, act: Act[bodies.ReleaseName]) -> Iterable[str]:
    """Whoever could read what ends."""
    code = Code(act.body.scheme, act.body.code)
    holder, mine = rules.held(state, code), names.fold(act.body.handle)
    if holder is not None and names.fold(holder["handle"]) == mine:
        if "readers" not in holder:
            return (everybody,)
        return (owner_of(state, holder["handle"]), *holder["readers"])
    return _contest_readers(state, act)


def _contest_readers(state: State, act: Act[Any]) -> Iterable[str]:
    """Both claimants, and who decides."""
    code = codes.canonical(act.body.scheme, act.body.code)
    holder, mine = rules.held(state, code), names.fold(act.body.handle)
    who = directory.speaker(state, act.author).organisation
    waiting = rules.contests(state, code).values()
    found = next((one for one in waiting if names.fold(one["handle"]) == mine), None)
    challenge = found or {"handle": act.body.handle}
    yield from (who, owner_of(state, challenge["handle"]))
    if holder is not None:
        yield owner_of(state, holder["handle"])
        yield contests.decider(state, code, holder, challenge) or ""
