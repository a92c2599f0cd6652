"""However much there is: every open proposal waits, every late decision is told, every member is looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.identity.people.firm import first, found, second
from tests.ledger.erasure.notes import ref
from tests.ledger.world import World, core

from tallystick.app.login import Member
from tallystick.app.notices import Notice, people
from tallystick.identity import (
    AddPerson,
    Decide,
    GiveRoles,
    Propose,
    SetCard,
    SuspendPerson,
)
from tallystick.ledger import Attachment, Submission, payload_hash

many = 231
persons = [f"99.100/P-MEMBER{number:07d}" for number in range(many)]
day_ms = 24 * 3600 * 1000
officers = {
    first: Member(first, core, frozenset({"administrator"}), ""),
    second: Member(second, core, frozenset({"security-administrator"}), ""),
}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Of more members than a page has."""
    home = tmp_path_factory.mktemp("many")
    made = World(f"sqlite:///{home / 'ledger.sqlite3'}", home / "home")
    made.populate()
    found(made)
    added = [AddPerson(person=one, organisation=core, roles=()) for one in persons]
    sent(made, [made.write(first, "identity.person.add/1", one) for one in added])
    return made


def sent(world: World, submissions: list[Submission]) -> None:
    for start in range(0, len(submissions), 50):
        assert all(one.accepted for one in world.append(submissions[start : start + 50]))
    world.ledger.seal()


def proposed(world: World) -> list[str]:
    """To make each member a reader."""
    said = [
        world.write(
            first,
            "identity.propose/1",
            Propose(organisation=core, what=GiveRoles(kind="roles", person=one, roles=("reader",))),
        )
        for one in persons
    ]
    sent(world, said)
    return [payload_hash(one.envelope).hex() for one in said]


def test_of_more_than_a_page_nothing_is_left_out(firm: World) -> None:
    names = proposed(firm)
    with firm.reader.open() as snapshot:
        found = list(people.waiting(snapshot.view, officers[second]))
        assert {one.link.removeprefix("/pending#p-") for one in found} == set(names)
        assert list(people.decided(snapshot.view, officers[first])) == []
    decisions = [Decide(proposal=name, decision="refuse") for name in names]
    sent(firm, [firm.write(second, "identity.decide/1", one) for one in decisions])
    with firm.reader.open() as snapshot:
        assert list(people.waiting(snapshot.view, officers[second])) == []
        told = list(people.decided(snapshot.view, officers[first]))
        assert {one.link.removeprefix("/pending/") for one in told} == set(names)
        assert list(people.decided(snapshot.view, officers[second])) == []
    # Over the end of a year, and no longer than it says.
    firm.clock.advance(people.decided_days * day_ms - 3600 * 1000)
    sent(
        firm,
        [
            firm.write(
                first,
                "identity.person.suspend/1",
                SuspendPerson(person=persons[0], reason="absent"),
            )
        ],
    )
    with firm.reader.open() as snapshot:
        assert len(list(people.decided(snapshot.view, officers[first]))) == many
    firm.clock.advance(2 * 3600 * 1000)
    sent(
        firm,
        [
            firm.write(
                first,
                "identity.person.suspend/1",
                SuspendPerson(person=persons[-1], reason="absent"),
            )
        ],
    )
    with firm.reader.open() as snapshot:
        assert list(people.decided(snapshot.view, officers[first])) == []


def test_members_behind_a_page_are_looked_at(firm: World) -> None:
    card = Attachment("application/json", b'{"contact": "x@firm.example"}', bytes(32), "restricted")
    last = persons[-2]
    body = SetCard(person=last, card=ref(card))
    sent(firm, [firm.author(first).write("identity.person.card/1", body, attachments=[card])])
    suspended = SuspendPerson(person=last, reason="absent")
    sent(firm, [firm.write(first, "identity.person.suspend/1", suspended)])
    with firm.reader.open() as snapshot:
        assert last in about(people.cards(snapshot.view, officers[second]))
        assert last in about(people.suspensions(snapshot.view, officers[second]))


def about(notices: Iterator[Notice]) -> set[str]:
    return {one.told["person"] for one in notices}
