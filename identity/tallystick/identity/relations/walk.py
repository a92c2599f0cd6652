"""Whether a relation would close a circle: a bounded walk over what stands in state.

Two families of directed relations, each from what was before or outside to what came after or is inside:
*composition* (contains) and *succession* (split-from, merged-into, replaced-by). `same-as` joins handles to one
thing in both. The walk goes from both ends by turns, a relation each, so that it ends when either end is
exhausted: adding a new leaf to a large tree, or a new end to a long chain, costs a step or two.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from tallystick.ledger import RuleError, State

walk_relations_max = 10_000
same = "same-as"
#: Kind, and whether its source comes first.
families: dict[str, dict[str, bool]] = {
    "composition": {"contains": True},
    "succession": {"split-from": False, "merged-into": True, "replaced-by": True},
}


class RelationWalkTooLong(RuleError):
    code = "relation-walk-too-long"
    title = f"More than {walk_relations_max} relations on either side would have to be looked through for a cycle"
    advice = "Relate the things in smaller groups, or remove relations that hold no longer."


class RelationCycle(RuleError):
    code = "relation-cycle"
    status = 409
    title = "This relation would close a circle"
    advice = "Nothing contains or replaces itself; look at the relations of both handles."


def require_no_cycle(state: State, source: str, kind: str, target: str) -> None:
    """Before the relation is added; handles are folded. Raises `RelationCycle`, `RelationWalkTooLong`."""
    if kind == same:
        if _reaches(state, source, target, {}):
            return
        for family in families.values():
            for first, last in ((source, target), (target, source)):
                if _reaches(state, first, last, family):
                    raise RelationCycle(f"{first} leads to {last}, which would be the same")
        return
    family = next(one for one in families.values() if kind in one)
    first, last = (source, target) if family[kind] else (target, source)
    if _reaches(state, last, first, family):
        raise RelationCycle(f"{last} leads to {first} already")


def neighbours(state: State, handle: str, family: dict[str, bool], forward: bool) -> Iterator[str]:
    """Handles one step on, or one step back; `same-as` both ways."""
    for kind, source_first in family.items():
        documents = "relation" if source_first == forward else "relation-back"
        yield from state.group(documents, f"{kind} {handle}")
    for documents in ("relation", "relation-back"):
        yield from state.group(documents, f"{same} {handle}")


def _reaches(state: State, first: str, last: str, family: dict[str, bool]) -> bool:
    """Whether steps of this family, or sameness alone, lead from the first handle to the last."""
    ahead, behind = {first}, {last}
    ends = (
        (_explored(state, ahead, family, True), behind),
        (_explored(state, behind, family, False), ahead),
    )
    for _ in range(walk_relations_max):
        for end, other in ends:
            found = next(end, None)
            if found is None:
                return False
            if found in other:
                return True
    raise RelationWalkTooLong(f"from {first} and from {last}")


def _explored(
    state: State, seen: set[str], family: dict[str, bool], forward: bool
) -> Iterator[str]:
    """The other end of one relation after another, nearest first; `seen` grows by what is new."""
    waiting = deque(seen)
    while waiting:
        for other in neighbours(state, waiting.popleft(), family, forward):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
            yield other
