"""A person's inbox. What stands in it follows from the state; kept is only how far the person has seen it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tallystick.app.bootstrap import Node
from tallystick.app.login import Member
from tallystick.ledger import View

notices_max = 200


@dataclass(frozen=True, slots=True)
class Notice:
    """`index`: the entry of which it tells; 0 of a day that comes. `waits`: somebody has to do something.

    `told`: values for its sentence. `since`: of a day that comes, the one from which on it is told this time.
    """

    kind: str
    index: int
    link: str
    waits: bool = False
    told: dict[str, str] = field(default_factory=dict)
    since: str = ""


#: Gives the notices of one person; of a state alone, so that everybody who has it says the same.
Source = Callable[[View, Member], Iterator[Notice]]
_sources: dict[str, Source] = {}
#: Of what a node keeps beside the log, which is nobody else's.
Beside = Callable[[Node, View, Member], Iterator[Notice]]
_beside: dict[str, Beside] = {}


def register(name: str, source: Source) -> None:
    """A part's own notices, under a name that is registered once; again with the same name replaces it."""
    _sources[name] = source


def register_beside(name: str, source: Beside) -> None:
    """As `register`, for what this node alone knows."""
    _beside[name] = source


@dataclass(frozen=True, slots=True)
class Listed:
    notice: Notice
    seen: bool


@dataclass(frozen=True, slots=True)
class Inbox:
    """The inboxes of one node."""

    node: Node

    def of(self, view: View, member: Member) -> list[Listed]:
        """What waits first, then the newest; no more than `notices_max`."""
        seen = self._seen(member.person)
        found = sorted(self.notices(view, member), key=lambda one: (not one.waits, -one.index))
        return [Listed(one, one.index <= seen) for one in found[:notices_max]]

    def notices(self, view: View, member: Member) -> Sequence[Notice]:
        found = [one for source in _sources.values() for one in source(view, member)]
        return found + [one for tell in _beside.values() for one in tell(self.node, view, member)]

    def see(self, person: str, index: int) -> None:
        """Everything up to this entry was seen."""
        with self.node.store.note() as transaction:
            transaction.notices.see(person, index)

    def _seen(self, person: str) -> int:
        with self.node.store.read() as transaction:
            return transaction.notices.of(person)[0]
