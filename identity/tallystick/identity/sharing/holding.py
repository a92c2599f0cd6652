"""What an organisation was given to read, as a value that its reader carries through a request.

It is looked up once: one small document says when it last changed, and until then the value of before holds.
A thing is then judged without a query, however many agreements there are: by who its parties are, in a table.
Where a remit speaks of nodes or countries, an organisation's are looked up once per request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from tallystick.identity.sharing.matching import Scope, holds, shareable
from tallystick.identity.sharing.rules import changed_kind, given_kind
from tallystick.ledger import State, Thing

#: (node, country) of an organisation; None if there is none under the handle.
PlaceOf = Callable[[str], tuple[str, str] | None]
Basis = Literal["sharing", "remit"]


@dataclass(frozen=True, slots=True)
class Term:
    """Scopes with the days, both included, on which they hold."""

    since: str
    until: str
    scopes: tuple[Scope, ...]

    def holds(self, today: str, thing: Thing) -> bool:
        return self.since <= today <= self.until and holds(self.scopes, thing)


@dataclass(frozen=True, slots=True)
class Remit:
    """A term over the things of some organisations."""

    term: Term
    everybody: bool
    organisations: frozenset[str]
    nodes: tuple[str, ...]
    countries: frozenset[str]

    def covers(self, organisation: str, place_of: PlaceOf) -> bool:
        if self.everybody and not self.countries:
            return True
        if self.organisations and organisation not in self.organisations:
            return False
        if not self.nodes and not self.countries:
            return True
        place = place_of(organisation)
        if place is None or (self.countries and place[1] not in self.countries):
            return False
        return not self.nodes or any(
            place[0] == node or place[0].startswith(f"{node}.") for node in self.nodes
        )


@dataclass(frozen=True, slots=True)
class Given:
    """Everything that an organisation may read of others: by owner, and by remits."""

    by_owner: Mapping[str, tuple[Term, ...]]
    remits: tuple[Remit, ...]


nothing = Given({}, ())


def changed_at(state: State, organisation: str) -> int | None:
    """The index at which what the organisation may read last changed; None: it was never given anything.

    None as well while it is suspended: what others gave it rests until then.
    """
    row = state.get(changed_kind, organisation)
    if row is None:
        return None
    own = state.get("organisation", organisation)
    if own is None or "suspended" in own:
        return None
    return cast(int, row["index"])


def given_to(state: State, organisation: str) -> Given:
    """What stands now; what has lapsed by its day is still among it."""
    owners: dict[str, list[Term]] = {}
    remits: list[Remit] = []
    for document in state.group(given_kind, organisation).values():
        row = cast(Mapping[str, Any], document)
        scopes = tuple(Scope.of(one) for one in row["what"])
        term = Term(row.get("since", ""), row["until"], scopes)
        if row["form"] == "remit":
            remits.append(_remit(term, row["over"]))
        else:
            owners.setdefault(row["from"], []).append(term)
    return Given({owner: tuple(terms) for owner, terms in owners.items()}, tuple(remits))


@dataclass(slots=True)
class Holding:
    """What one reader was given, asked through one request. `load` is called when it is first needed.

    `admits`: by what the route that is asked lets anybody read others' things (the table of permissions).
    """

    load: Callable[[], tuple[Given, str]]
    place_of: PlaceOf
    admits: frozenset[str] = frozenset({"sharing", "remit"})
    _given: Given | None = None
    _today: str = ""
    _places: dict[str, tuple[str, str] | None] = field(default_factory=dict)

    def opens(self, grade: str, parties: Iterable[object], thing: Thing) -> Basis | None:
        if grade not in shareable:
            return None
        if self._given is None:
            self._given, self._today = self.load()
        given, today = self._given, self._today
        named = [party for party in parties if isinstance(party, str)]
        if "sharing" in self.admits:
            for party in named:
                if any(term.holds(today, thing) for term in given.by_owner.get(party, ())):
                    return "sharing"
        if "remit" in self.admits:
            for remit in given.remits:
                if remit.term.holds(today, thing) and any(
                    remit.covers(party, self._place) for party in named
                ):
                    return "remit"
        return None

    def _place(self, organisation: str) -> tuple[str, str] | None:
        if organisation not in self._places:
            self._places[organisation] = self.place_of(organisation)
        return self._places[organisation]


def covers(state: State, row: Mapping[str, Any], organisation: str) -> bool:
    """Whether a remit, by its document, is over the things of an organisation."""
    remit = _remit(Term("", row["until"], ()), row["over"])
    return remit.covers(organisation, lambda handle: place_in(state, handle))


def place_in(state: State, organisation: str) -> tuple[str, str] | None:
    """Node and country of an organisation."""
    row = state.get("organisation", organisation)
    return None if row is None else (str(row["node"]), str(row.get("country", "")))


def _remit(term: Term, over: Mapping[str, Any]) -> Remit:
    return Remit(
        term,
        bool(over.get("everybody", False)),
        frozenset(over.get("organisations", ())),
        tuple(over.get("nodes", ())),
        frozenset(over.get("countries", ())),
    )
