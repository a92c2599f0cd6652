"""Relations between handles: agreed by both owners, read from both ends, never in a circle."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError
from tests.identity.claims.says import also_mine, code, done, mine, populated, say, theirs
from tests.ledger.world import World, core, supplier

from tallystick.identity import AddRelation, Relation, relations_for, relations_of
from tallystick.identity.relations import walk
from tallystick.ledger import Answer, Change, MemoryState, Reader, auditor_reader, public_reader


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    return populated(sqlite_url, tmp_path)


@pytest.fixture
def stored(tmp_path: Path, database_url: str) -> World:
    return populated(database_url, tmp_path)


def relate(
    world: World, source: str, kind: str, target: str, *endorsers: str, author: str = core
) -> Answer:
    told = {"source": source, "kind": kind, "target": target}
    return say(world, author, "relation.add", *endorsers, **told)


def of(world: World, handle: str, at: int | None = None) -> tuple[Relation, ...]:
    with world.reader.open() as snapshot:
        return relations_of(snapshot.view, handle, at=at)


def test_a_relation_is_read_from_both_ends_and_as_it_was(stored: World) -> None:
    first = done(relate(stored, mine, "contains", also_mine))
    assert code(relate(stored, mine, "contains", also_mine)) == "relation-known"
    (told,) = of(stored, mine.lower())
    assert (told.kind, told.other(mine), told.other(also_mine.lower())) == (
        "contains", also_mine, mine,
    )  # fmt: skip
    assert of(stored, also_mine) == (told,)
    gone = {"source": mine, "kind": "contains", "target": also_mine}
    assert code(say(stored, supplier, "relation.remove", **gone)) == "not-entitled"
    last = done(say(stored, core, "relation.remove", **gone))
    assert code(say(stored, core, "relation.remove", **gone)) == "relation-unknown"
    assert of(stored, mine) == ()
    assert [one.since for one in of(stored, also_mine, at=last - 1)] == [first]
    assert of(stored, mine, at=last) == of(stored, mine, at=first - 1) == ()
    done(relate(stored, also_mine, "contains", mine))


def test_the_other_owner_signs_too_and_either_may_end_it(world: World) -> None:
    assert code(relate(world, mine, "replaced-by", theirs)) == "consent-missing"
    assert code(relate(world, mine, "replaced-by", theirs, author=supplier)) == "not-entitled"
    done(relate(world, mine, "replaced-by", theirs, supplier))
    told = {"source": mine, "kind": "replaced-by", "target": theirs}
    done(say(world, supplier, "relation.remove", **told))


def test_nothing_contains_or_replaces_itself(world: World) -> None:
    done(relate(world, mine, "contains", also_mine))
    assert code(relate(world, also_mine, "contains", mine)) == "relation-cycle"
    done(relate(world, mine, "replaced-by", also_mine))
    assert code(relate(world, mine, "split-from", also_mine)) == "relation-cycle"
    done(relate(world, also_mine, "split-from", mine))
    assert code(relate(world, mine, "same-as", also_mine)) == "relation-cycle"
    assert code(relate(world, mine, "contains", mine.lower())) == "handle-unknown"
    with pytest.raises(ValidationError):
        AddRelation(source=mine, kind="contains", target=mine)


def test_sameness_goes_both_ways_and_through_circles(world: World) -> None:
    done(relate(world, mine, "same-as", also_mine))
    assert code(relate(world, also_mine, "same-as", mine)) == "relation-known"
    for kind in ("contains", "merged-into"):
        assert code(relate(world, mine, kind, also_mine)) == "relation-cycle"
    done(relate(world, mine, "contains", theirs, supplier))
    assert code(relate(world, theirs, "contains", also_mine, core, author=supplier)) == (
        "relation-cycle"
    )
    told = {"source": also_mine, "kind": "same-as", "target": mine}
    done(say(world, core, "relation.remove", **told))
    done(relate(world, theirs, "contains", also_mine, core, author=supplier))


def test_a_private_relation_is_for_both_owners_and_its_readers(world: World) -> None:
    told = {"source": mine, "kind": "contains", "target": theirs, "readers": ("99.100/O-X",)}
    done(say(world, core, "relation.add", supplier, **told))
    found = of(world, theirs)
    assert len(found) == 1
    for reader in (*(Reader.party(one) for one in (core, supplier, "99.100/O-X")), auditor_reader):
        assert relations_for(reader, found) == found
    for reader in (public_reader, Reader.party("99.100/O-STRANGER00000")):
        assert relations_for(reader, found) == ()


def chain(state: MemoryState, kind: str, handles: list[str]) -> None:
    for one, other in pairwise(handles):
        state.apply([Change("relation", f"{kind} {one}", {}, other),
                     Change("relation-back", f"{kind} {other}", {}, one)])  # fmt: skip


def test_the_walk_ends_at_its_limit_and_early_where_one_end_is_near() -> None:
    state = MemoryState()
    size = walk.walk_relations_max + 2
    left, right = ([f"{side}{n}" for n in range(size)] for side in "LR")
    for handles in (left, right):
        chain(state, "replaced-by", handles)
    walk.require_no_cycle(state, left[-1], "replaced-by", "NEW")
    walk.require_no_cycle(state, "NEW", "replaced-by", left[0])
    with pytest.raises(walk.RelationCycle):
        walk.require_no_cycle(state, left[4], "replaced-by", left[0])
    with pytest.raises(walk.RelationWalkTooLong):
        walk.require_no_cycle(state, left[-1], "replaced-by", right[0])
