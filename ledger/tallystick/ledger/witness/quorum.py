"""Which sets of witnesses suffice: thresholds over a tree of names (C2SP tlog-policy).

Every name is a member of one group at most, so the rule is a tree in which each witness counts in one way.
This makes the two questions asked here exact and linear in its size.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class Group:
    """At least `threshold` of its members (witnesses or groups named before it) must have witnessed."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupState:
    """How far a group is: which of its members have witnessed."""

    group: Group
    having: tuple[str, ...]

    @property
    def met(self) -> bool:
        return len(self.having) >= self.group.threshold

    def __str__(self) -> str:
        lacking = [printable(name) for name in self.group.members if name not in self.having]
        told = f"{printable(self.group.name)}: {len(self.having)} of {self.group.threshold} needed"
        return f"{told}, without {', '.join(lacking)}" if lacking else told


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the quorum is met, and how far each group is that it rests on."""

    met: bool
    quorum: str
    cosigned: Names
    groups: tuple[GroupState, ...]

    def __str__(self) -> str:
        """Why it waits, or that it does not."""
        if self.met:
            return f"quorum {printable(self.quorum)} is met"
        waiting = [str(state) for state in self.groups if not state.met]
        name = printable(self.quorum)
        return f"quorum {name} is not met: " + "; ".join(waiting or [f"without {name}"])


def printable(name: str) -> str:
    """A name whose bytes are no UTF-8 with them escaped, so that it can be shown anywhere."""
    return name.encode(errors="backslashreplace").decode()


def judge(quorum: str, groups: Mapping[str, Group], cosigned: AbstractSet[str]) -> Verdict:
    """`groups` in the order of their definition: a group names only what is defined before it."""
    met, states = set(cosigned), dict[str, GroupState]()
    for group in groups.values():
        state = GroupState(group, tuple(name for name in group.members if name in met))
        states[group.name] = state
        if state.met:
            met.add(group.name)
    below = _below(quorum, groups)
    shown = tuple(state for name, state in states.items() if name in below)
    return Verdict(quorum in met, quorum, frozenset(cosigned) & below, shown)


def apart(quorum: str, groups: Mapping[str, Group]) -> tuple[Names, Names] | None:
    """Two quorums without a common witness, or None if there are none.

    A group of n members of which k are needed, d of them divisible into two quorums in themselves, is
    divisible exactly if 2k ≤ n + d: a divisible member serves both sides, any other one only.
    """
    smallest: dict[str, Names] = {}
    divided: dict[str, tuple[Names, Names]] = {}
    for group in groups.values():
        smallest[group.name] = _smallest(group, smallest)
        sides = _divide(group, smallest, divided)
        if sides:
            divided[group.name] = sides
    return divided.get(quorum)


def smallest_quorum(quorum: str, groups: Mapping[str, Group]) -> Names:
    """One quorum with the fewest witnesses."""
    smallest: dict[str, Names] = {}
    for group in groups.values():
        smallest[group.name] = _smallest(group, smallest)
    return smallest.get(quorum, frozenset({quorum}))


def _smallest(group: Group, smallest: Mapping[str, Names]) -> Names:
    ways = sorted((_way(name, smallest) for name in group.members), key=len)
    return frozenset().union(*ways[: group.threshold])


def _divide(
    group: Group, smallest: Mapping[str, Names], divided: Mapping[str, tuple[Names, Names]]
) -> tuple[Names, Names] | None:
    both = [divided[name] for name in group.members if name in divided][: group.threshold]
    rest = [_way(name, smallest) for name in group.members if name not in divided]
    more = group.threshold - len(both)
    if 2 * more > len(rest):
        return None
    left = frozenset[str]().union(*(side for side, _ in both), *rest[:more])
    right = frozenset[str]().union(*(side for _, side in both), *rest[more : 2 * more])
    return left, right


def _way(name: str, smallest: Mapping[str, Names]) -> Names:
    return smallest.get(name, frozenset({name}))


def _below(quorum: str, groups: Mapping[str, Group]) -> Names:
    """The names that a quorum rests on, itself among them."""
    below, todo = {quorum}, [quorum]
    while todo:
        group = groups.get(todo.pop())
        if group:
            below.update(group.members)
            todo += group.members
    return frozenset(below)
