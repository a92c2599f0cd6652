"""What goes along when a prefix moves, and in which order.

Everything under it: the codes that name its records, relations of them from either end, contents, ranges, batches
with their shares, prefixes delegated below, parties (as taken names), handle records with the prefix's own, its
templates, and those of other prefixes that its records follow. A rule goes through the state in this order, so
that nothing can be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, cast, get_args

from tallystick.identity import names
from tallystick.identity.prefixes import taking, taking_links
from tallystick.identity.prefixes.errors import MoveRefused
from tallystick.identity.prefixes.travel import Arrival, Named
from tallystick.identity.relations.bodies import RelationKind
from tallystick.ledger import Act, Change, Document, State

#: Of templates under other prefixes that the records of one follow.
templates_along_max = 1000
_page = 500
Move = Mapping[str, Any]
Take = Callable[[State, Act[Any], Arrival, str, str, Document], list[Change]]
#: What of a document goes, which does not change on the way; None if another carrier takes it.
Told = Callable[[State, str, str, str, Document], Document | None]


@dataclass(frozen=True, slots=True)
class Carrier:
    """A kind of document that goes along.

    `begins`: how the names of its documents under a prefix begin; `single`: names that go along besides.
    `elsewhere`: it may also be of other prefixes. `ends`: what it changes that one has
    ended while the prefix was away.
    """

    kind: str
    begins: Callable[[str], Sequence[str]]
    told: Told
    take: Take
    single: Callable[[str, Move], Sequence[str]] = lambda _prefix, _move: ()
    elsewhere: bool = False
    ends: Callable[[State, Act[Any], str, str], list[Change]] | None = None

    def under(self, prefix: str, name: str) -> bool:
        """Whether a document of this name may come along with the prefix."""
        begin = any(name.startswith(one) for one in self.begins(prefix))
        return begin or self.elsewhere or name in self.single(prefix, {})

    def names(self, state: State, prefix: str, move: Move, after: str) -> Sequence[str]:
        """The next ones that go along, in order."""
        found = {
            name
            for name in self.single(prefix, move)
            if name > after and state.group(self.kind, name)
        }
        for begin in self.begins(prefix):
            scanned = state.names(self.kind, after=max(after, begin), limit=_page)
            found.update(takewhile(lambda name, begin=begin: name.startswith(begin), scanned))  # type: ignore[misc]
        return sorted(found)[:_page]


def carrier(kind: str) -> Carrier:
    """Raises `MoveRefused`."""
    try:
        return carriers[kind]
    except KeyError:
        raise MoveRefused(f"no document of kind {kind} goes along") from None


def following(state: State, prefix: str, move: Move) -> Iterator[Named]:
    """What goes along behind `move.last` ([kind, name, part], or nothing), in order, as it stands here.

    Templates of other prefixes are those of `move.templates`.
    """
    last = move["last"]
    kinds = list(carriers)
    for kind in kinds[kinds.index(last[0]) if last else 0 :]:
        behind = (last[1], last[2]) if last and last[0] == kind else ("", "")
        yield from _of_kind(carriers[kind], state, prefix, move, *behind)


def followed(record: Document, prefix: str) -> str | None:
    """The folded name of the template of another prefix that a record follows."""
    template = record.get("template")
    if template is None:
        return None
    name = names.fold(names.key_owner(cast(str, template)))
    return None if name.startswith(f"{prefix}/") else name


def _of_kind(
    one: Carrier, state: State, prefix: str, move: Move, last: str, part: str
) -> Iterator[Named]:
    if last:
        yield from _group(one, state, prefix, last, part)
    while page := one.names(state, prefix, move, last):
        for name in page:
            yield from _group(one, state, prefix, name)
        last = page[-1]


def _group(
    one: Carrier, state: State, prefix: str, name: str, behind: str | None = None
) -> Iterator[Named]:
    for part, document in state.group(one.kind, name).items():
        if behind is None or part > behind:
            told = one.told(state, prefix, name, part, document)
            if told is not None:
                yield one.kind, name, part, told


def _whole(_state: State, _prefix: str, _name: str, _part: str, document: Document) -> Document:
    return document


def _fields(*wanted: str) -> Told:
    def told(_state: State, _prefix: str, _name: str, _part: str, document: Document) -> Document:
        return {name: document[name] for name in wanted}

    return told


def _name(state: State, _prefix: str, _name: str, part: str, _document: Document) -> Document:
    """The claim itself, which is kept by its code."""
    return cast(Document, state.get("name", part))


def _relation_back(
    state: State, prefix: str, name: str, part: str, _document: Document
) -> Document | None:
    """Only if its source stays; else it goes along from there."""
    kind, _, target = name.partition(" ")
    if part.startswith(f"{prefix}/"):
        return None
    return state.get("relation", f"{kind} {part}", target)


def _below(separator: str) -> Callable[[str], Sequence[str]]:
    return lambda prefix: (prefix + separator,)


def _by_relation(prefix: str) -> Sequence[str]:
    return [f"{kind} {prefix}/" for kind in sorted(get_args(RelationKind))]


def _own_record(prefix: str, _move: Move) -> Sequence[str]:
    return (names.fold(f"{names.prefixes}/{prefix}"),)


def _templates(_prefix: str, move: Move) -> Sequence[str]:
    return cast(Sequence[str], move.get("templates", ()))


#: By kind, in the order in which they are carried; they come in the other way round, records before their names.
carriers: Mapping[str, Carrier] = {
    one.kind: one
    for one in (
        Carrier("name-of", _below("/"), _name, taking_links.name, ends=taking_links.name_ended),
        Carrier(
            "relation-back", _by_relation, _relation_back, taking_links.relation_back,
            ends=taking_links.relation_back_ended,
        ),
        Carrier(
            "relation", _by_relation, _whole, taking_links.relation,
            ends=taking_links.relation_ended,
        ),
        Carrier("range", _below("/"), _whole, taking.reserved, ends=taking.reserved_ended),
        Carrier("content-version", _below("/"), _whole, taking_links.content),
        Carrier("batch", _below("/"), _whole, taking.batch),
        Carrier("prefix", _below("."), _fields("holder", "role"), taking.child),
        Carrier("party", _below("/"), _fields("handle", "kind"), taking.party),
        Carrier("handle", _below("/"), _whole, taking.record, single=_own_record),
        Carrier(
            "template", _below("/"), _whole, taking_links.template,
            single=_templates, elsewhere=True,
        ),
    )
}  # fmt: skip
