"""What attackers of the rules about people found open, each with its story."""

from __future__ import annotations

import pytest
from tests.identity.people.firm import (
    add,
    by_node,
    checker,
    code,
    decide,
    first,
    found,
    fresh,
    maker,
    node_officers,
    propose,
    row,
    second,
)
from tests.ledger.world import World, core, key, node, supplier

from tallystick.identity import (
    AddKey,
    GiveRoles,
    LeavePerson,
    Propose,
    Readmit,
    RevokeKey,
    SuspendPerson,
)


@pytest.fixture
def firm(world: World) -> World:
    return found(world)


def registration(person: str, index: int) -> AddKey:
    new = key(f"{index}:{person}")
    return AddKey(key=new.keyid, jwk=new.private.public.jwk(), custody="self", types=("*",))


@pytest.mark.parametrize("victim", [second, maker, checker])
def test_who_revokes_a_key_does_not_take_its_place(firm: World, victim: str) -> None:
    """One officer revoked the other's key, registered a "first" one of its own making, and was two persons."""
    revoked = RevokeKey(key=f"300:{victim}", reason="lost")
    assert code(firm, first, "key.revoke", revoked) == "accepted"
    body = registration(victim, 301)
    assert code(firm, first, "key.add", body, key(body.key)) == "not-entitled"


def test_a_node_does_not_end_a_suspension_that_officers_can_end(firm: World) -> None:
    """The node's one key proposed and approved, and a maker suspended as suspected acted again."""
    suspended = SuspendPerson(person=maker, reason="suspected")
    assert code(firm, second, "person.suspend", suspended) == "accepted"
    told, _ = propose(firm, node, Readmit(kind="readmit", person=maker), organisation=node)
    assert told == "two-persons-needed"
    assert by_node(firm, Readmit(kind="readmit", person=maker)) == "not-entitled"
    told, name = propose(firm, first, Readmit(kind="readmit", person=maker))
    assert (told, decide(firm, second, name)) == ("accepted", "accepted")


def test_a_node_neither_suspends_nor_ends_a_person_of_a_founded_firm(firm: World) -> None:
    """One officer of the node suspended everybody, and a warehouse person was dismissed for ever."""
    assert add(firm, first, fresh, "warehouse") == "accepted"
    left = LeavePerson(person=fresh, reason="dismissed")
    everybody = (first, second, maker, checker, fresh)
    # The key of a node without people, and then each of its two officers.
    for by in (node, *node_officers(firm)):
        for person in everybody:
            suspended = SuspendPerson(person=person, reason="dispute")
            assert code(firm, by, "person.suspend", suspended) == "not-entitled"
        assert code(firm, by, "person.leave", left) == "not-entitled"
    assert not any("suspended" in row(firm, "person", person) for person in everybody)
    assert code(firm, first, "person.leave", left) == "accepted"


def test_a_node_suspends_and_ends_people_of_a_firm_that_is_not_founded(world: World) -> None:
    assert add(world, core, fresh, "warehouse") == "accepted"
    suspended = SuspendPerson(person=maker, reason="key-lost")
    assert code(world, node, "person.suspend", suspended) == "accepted"
    suspended = SuspendPerson(person=checker, reason="key-lost")
    assert code(world, supplier, "person.suspend", suspended) == "not-entitled"
    one, other = node_officers(world)
    assert code(world, one, "person.suspend", suspended) == "accepted"
    left = LeavePerson(person=fresh, reason="dismissed")
    assert code(world, other, "person.leave", left) == "accepted"


def test_whoever_lost_a_key_suspends_itself(firm: World) -> None:
    suspended = SuspendPerson(person=maker, reason="key-lost")
    assert code(firm, maker, "person.suspend", suspended) == "accepted"
    assert code(firm, maker, "person.suspend", suspended) == "person-suspended"


def test_before_its_founding_a_firm_suspends_and_ends_its_people_itself(world: World) -> None:
    """By its key, and by an administrator; its node's people may too, whether the node is founded or not."""
    others = ("99.100/P-OTHER0000001", "99.100/P-OTHER0000002")
    for person in (fresh, *others):
        assert add(world, core, person, "warehouse") == "accepted"
    assert add(world, core, first, "administrator") == "accepted"
    world.add_key(core, first)
    suspended = SuspendPerson(person=maker, reason="absent")
    assert code(world, core, "person.suspend", suspended) == "accepted"
    left = LeavePerson(person=fresh, reason="dismissed")
    assert code(world, core, "person.leave", left) == "accepted"
    node_officers(world)
    suspended = SuspendPerson(person=others[0], reason="absent")
    assert code(world, first, "person.suspend", suspended) == "accepted"
    left = LeavePerson(person=others[1], reason="dismissed")
    assert code(world, first, "person.leave", left) == "accepted"


def test_whoever_is_suspended_signs_nothing_for_others(firm: World) -> None:
    """A grant let a suspended person's key speak, and its endorsement counted."""
    suspended = SuspendPerson(person=maker, reason="suspected")
    assert code(firm, second, "person.suspend", suspended) == "accepted"
    what = GiveRoles(kind="roles", person=fresh, roles=("warehouse",))
    beside = firm.write(
        first, "identity.propose/1", Propose(organisation=core, what=what), key(f"300:{maker}")
    )
    (answer,) = firm.ledger.append([beside])
    assert answer.problem is not None
    assert answer.problem.code == "person-suspended"


def test_neither_a_scanner_nor_a_warehouse_destroys_a_firms_papers(firm: World) -> None:
    """Any key of the firm endorsed the erasure of any of its attachments, for ever."""
    rules = firm.rules
    with firm.reader.open() as snapshot:
        told = {who: rules.disposes(snapshot.view, who) for who in (first, maker, checker, core)}
    assert told == dict.fromkeys((first, maker, checker, core), True)
    assert add(firm, first, fresh, "warehouse") == "accepted"
    with firm.reader.open() as snapshot:
        (scanner,) = [
            one.name
            for one in snapshot.view.find("device-by-organisation", core, limit=5)
            if one.value["purpose"] == "scanner"
        ][:1]
        assert not rules.disposes(snapshot.view, fresh)
        assert not rules.disposes(snapshot.view, scanner)
