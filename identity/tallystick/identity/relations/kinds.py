"""Documents and entry types of relations.

relation       <kind> <folded source> part <folded target>          {source, target, since, readers?}
relation-back  <kind> <folded target> part <folded source>          {since}: the way back, for the walk
relation-past  <kind> <folded source> part <folded target> <since>  one that ended, with `until`
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.identity.relations import bodies, rules
from tallystick.ledger import (
    Act,
    Document,
    EntryType,
    HeadName,
    IndexKeys,
    Kind,
    RuleSet,
    State,
    everybody,
    graded,
)


def register(rule_set: RuleSet) -> None:
    rule_set.add_kinds(
        Kind("relation", _indexes("relation"), by_name=True, heads=_heads),
        Kind("relation-back"),
        Kind("relation-past", _indexes("relation-past"), by_name=True, heads=_heads),
    )
    rule_set.add(
        EntryType(
            "identity.relation.add/1",
            bodies.AddRelation,
            rules.add,
            "Two handles belong together: one contains, replaces or is the same as the other",
            parties=_add_readers,
            data=graded("trade", "partner"),
        ),
        EntryType(
            "identity.relation.remove/1",
            bodies.RemoveRelation,
            rules.remove,
            "A relation between two handles holds no longer",
            parties=_remove_readers,
            data=graded("trade", "partner"),
        ),
    )


def _indexes(kind: str) -> dict[str, IndexKeys]:
    return {f"{kind}-from": _source, f"{kind}-to": _target}


def _source(name: str, _part: str, _value: Document) -> Iterable[str]:
    return (name.partition(" ")[2],)


def _target(_name: str, part: str, _value: Document) -> Iterable[str]:
    return (part.partition(" ")[0],)


def _heads(name: str, part: str, value: Document | None) -> Iterable[HeadName]:
    """Both handles, when a public relation comes or ends: a private one would be told by the two having an entry in common."""
    if value is None or "readers" in value:
        return ()
    return (("handle", name.partition(" ")[2]), ("handle", part.partition(" ")[0]))


def _owners(state: State, act: Act[Any]) -> Iterable[str]:
    ends = (rules.end(state, act.body.source), rules.end(state, act.body.target))
    return (one.owner for one in ends if one.owner)


def _add_readers(state: State, act: Act[bodies.AddRelation]) -> Iterable[str]:
    readers = act.body.readers
    return (everybody,) if readers is None else (*_owners(state, act), *readers)


def _remove_readers(state: State, act: Act[bodies.RemoveRelation]) -> Iterable[str]:
    """Whoever could read what ends."""
    source, target = rules.end(state, act.body.source), rules.end(state, act.body.target)
    found = rules.find(state, act.body.kind, source, target)
    readers = None if found is None else found[2].get("readers")
    if readers is None:
        return (everybody,)
    return (*_owners(state, act), *cast(Iterable[str], readers))
