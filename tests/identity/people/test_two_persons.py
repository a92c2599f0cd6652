"""Acts of two persons: who proposes, who decides, and what one person alone can never do."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.identity.organisations import newcomer
from tests.identity.people.firm import (
    add,
    agreed,
    alone,
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
    sole,
)
from tests.ledger.world import World, core, key, node, root, supplier

from tallystick.identity import (
    AddKey,
    AdmitOrganisation,
    Decide,
    Dismiss,
    FoundOrganisation,
    GiveRoles,
    LeavePerson,
    LiftOrganisation,
    Propose,
    Readmit,
    RecoverKey,
    RegisterOrganisation,
    RevokeKey,
    SetControl,
    SuspendOrganisation,
    SuspendPerson,
    Tier,
)

roles = GiveRoles(kind="roles", person=fresh, roles=("checker",))


@pytest.fixture
def firm(tmp_path: Path, database_url: str) -> World:
    made = World(database_url, tmp_path / "home")
    made.populate()
    return found(made)


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    made = World(sqlite_url, tmp_path / "home")
    made.populate()
    return made


def later(world: World, days: int) -> None:
    world.clock.advance(days * 86_400_000)
    world.ledger.seal()


def test_a_role_that_binds_takes_two_officers(firm: World) -> None:
    assert add(firm, first, fresh, "warehouse") == "accepted"
    assert add(firm, first, "99.100/P-OTHER", "maker") == "two-persons-needed"
    told, name = propose(firm, first, roles)
    assert told == "accepted"
    assert row(firm, "person", fresh)["roles"] == ["warehouse"]
    assert decide(firm, first, name) == "same-person"
    assert decide(firm, maker, name) == "not-entitled"
    assert decide(firm, core, name) == "not-entitled"
    assert decide(firm, node, name) == "not-entitled"
    assert decide(firm, second, name) == "accepted"
    assert row(firm, "person", fresh)["roles"] == ["checker"]
    assert decide(firm, second, name) == "proposal-closed"
    firm.ledger.seal()
    assert firm.audit().size > 0


def test_the_same_person_with_two_keys_is_one_person(firm: World) -> None:
    add(firm, first, fresh, "warehouse")
    other = firm.add_key(first, first, index=301)
    _, name = propose(firm, first, roles)
    body = Decide(proposal=name, decision="approve")
    said = firm.author(first, other.keyid).write("identity.decide/1", body)
    (answer,) = firm.ledger.append([said])
    assert answer.problem is not None
    assert answer.problem.code == "same-person"


@pytest.mark.parametrize("role", ["reader", "finance", "maker", "audit-administrator"])
def test_one_officer_gives_no_role_that_reads_the_business(firm: World, role: str) -> None:
    """Else an administrator would register a reader of its own."""
    assert add(firm, first, fresh, role) == "two-persons-needed"
    assert add(firm, first, fresh, "warehouse", role) == "two-persons-needed"


def test_whoever_proposed_is_still_an_officer_when_it_is_decided(firm: World) -> None:
    add(firm, first, fresh, "warehouse")
    _, name = propose(firm, first, roles)
    body = SuspendPerson(person=first, reason="key-lost")
    assert code(firm, second, "person.suspend", body) == "accepted"
    assert decide(firm, second, name) == "proposal-closed"
    assert decide(firm, second, name, "refuse") == "accepted"


def test_a_node_recovers_no_key_of_a_firm_that_has_two_officers(firm: World) -> None:
    """Two of the node's own making would be maker and checker after three days."""
    one = "99/P-NODE00000001"
    assert add(firm, root, one, "administrator", organisation=node) == "accepted"
    firm.add_key(root, one)
    new = key(f"310:{maker}")
    what = RecoverKey(
        kind="recover",
        key=new.keyid,
        jwk=new.private.public.jwk(),
        custody="self",
        types=("*",),
        lost=f"300:{maker}",
        reason="lost",
    )
    body = Propose(organisation=core, what=what)
    assert code(firm, one, "propose", body, new) == "not-entitled"
    assert code(firm, first, "propose", body, new) == "accepted"


def test_nobody_decides_about_itself(firm: World) -> None:
    what = GiveRoles(kind="roles", person=second, roles=())
    assert agreed(firm, what) == "same-person"
    _, name = propose(firm, first, Dismiss(kind="dismiss", person=second, reason="dismissed"))
    assert decide(firm, second, name) == "same-person"
    assert decide(firm, second, name, "refuse") == "accepted"
    assert row(firm, "pending", name)["state"] == "refused"


def test_a_proposal_is_withdrawn_by_its_own_hand_and_lapses(firm: World) -> None:
    add(firm, first, fresh, "warehouse")
    _, name = propose(firm, first, roles)
    assert decide(firm, second, name, "withdraw") == "not-entitled"
    assert decide(firm, first, name, "withdraw") == "accepted"
    _, name = propose(firm, first, roles)
    later(firm, 31)
    assert decide(firm, second, name) == "proposal-closed"
    assert decide(firm, second, "0" * 64) == "proposal-unknown"


def test_three_administrators_are_three_people(firm: World) -> None:
    add(firm, first, fresh, "warehouse")
    for wrong in (
        ("administrator", "audit-administrator"),
        ("administrator", "maker"),
        ("audit-administrator", "checker"),
    ):
        what = GiveRoles(kind="roles", person=fresh, roles=wrong)  # type: ignore[arg-type]
        assert propose(firm, first, what)[0] == "roles-conflict"
    what = GiveRoles(kind="roles", person=fresh, roles=("audit-administrator", "reader"))
    assert agreed(firm, what) == "accepted"
    assert propose(firm, fresh, what)[0] == "signature-invalid"
    firm.add_key(first, fresh)
    assert propose(firm, fresh, what)[0] == "not-entitled"


def test_after_its_founding_neither_the_firms_key_nor_its_node_registers_anybody(
    firm: World,
) -> None:
    assert add(firm, core, fresh, "warehouse") == "not-entitled"
    assert add(firm, node, fresh, "warehouse") == "not-entitled"
    assert propose(firm, core, roles)[0] == "not-entitled"
    stolen = key(f"310:{checker}")
    body = AddKey(key=stolen.keyid, jwk=stolen.private.public.jwk(), custody="self", types=("*",))
    for by in (core, node, first):
        assert code(firm, by, "key.add", body, stolen) == "not-entitled"
    assert code(firm, checker, "key.add", body, stolen) == "accepted"
    assert code(firm, first, "key.revoke", RevokeKey(key=stolen.keyid, reason="lost")) == "accepted"


def test_whoever_left_says_nothing_more(firm: World) -> None:
    assert code(firm, first, "person.leave", LeavePerson(person=maker, reason="left")) == (
        "two-persons-needed"
    )
    assert code(firm, maker, "person.leave", LeavePerson(person=maker, reason="left")) == "accepted"
    assert "until" in _key(firm, maker)
    assert code(firm, maker, "person.leave", LeavePerson(person=maker, reason="left")) == (
        "key-not-valid"
    )
    assert agreed(firm, Dismiss(kind="dismiss", person=checker, reason="dismissed")) == "accepted"
    assert "until" in _key(firm, checker)
    assert agreed(firm, Dismiss(kind="dismiss", person=checker, reason="left")) == "person-left"
    told = code(firm, first, "person.leave", LeavePerson(person=first, reason="left"))
    assert told == "accepted"
    assert code(firm, second, "person.leave", LeavePerson(person=second, reason="left")) == (
        "accepted"
    )


def test_the_last_officer_stays_while_others_are_there(firm: World) -> None:
    leave = LeavePerson(person=first, reason="left")
    assert code(firm, first, "person.leave", leave) == "accepted"
    leave = LeavePerson(person=second, reason="left")
    assert code(firm, second, "person.leave", leave) == "last-officer"


def test_one_officer_suspends_and_two_readmit(firm: World) -> None:
    body = SuspendPerson(person=maker, reason="suspected")
    assert code(firm, checker, "person.suspend", body) == "not-entitled"
    assert code(firm, first, "person.suspend", body) == "accepted"
    assert code(firm, first, "person.suspend", body) == "person-suspended"
    assert code(firm, maker, "person.leave", LeavePerson(person=maker, reason="left")) == (
        "person-suspended"
    )
    assert agreed(firm, Readmit(kind="readmit", person=maker)) == "accepted"
    assert agreed(firm, Readmit(kind="readmit", person=maker)) == "nothing-to-do"
    assert "suspended" not in row(firm, "person", maker)


def test_officers_who_suspend_each_other_are_readmitted_by_their_node(firm: World) -> None:
    assert code(firm, first, "person.suspend", SuspendPerson(person=second, reason="dispute")) == (
        "accepted"
    )
    what = Readmit(kind="readmit", person=second)
    assert propose(firm, second, what)[0] == "person-suspended"
    # Two persons of the node, not its key.
    assert propose(firm, node, what, node)[0] == "two-persons-needed"
    one, other = node_officers(firm)
    told, name = propose(firm, one, what, node)
    assert told == "accepted"
    assert decide(firm, one, name) == "same-person"
    assert decide(firm, other, name) == "accepted"
    assert "suspended" not in row(firm, "person", second)
    assert propose(firm, supplier, what, supplier)[0] == "not-entitled"


def test_suspending_the_others_makes_no_one_person_firm(firm: World) -> None:
    """Else one officer would get rid of the second, and give itself whatever it likes."""
    for person in (second, maker, checker):
        assert code(firm, first, "person.suspend", SuspendPerson(person=person, reason="absent"))
    add(firm, first, fresh, "warehouse")
    _, name = propose(firm, first, roles)
    assert "after" not in row(firm, "pending", name)
    later(firm, 4)
    assert decide(firm, first, name) == "same-person"


def test_a_one_person_firm_waits_three_days(world: World) -> None:
    alone(world)
    assert add(world, sole, fresh, "warehouse", organisation=supplier) == "accepted"
    what = GiveRoles(kind="roles", person=fresh, roles=("checker",))
    assert propose(world, sole, what, supplier)[0] == "roles-conflict"
    control = SetControl(kind="control", tiers=())
    told, name = propose(world, sole, control, supplier)
    assert told == "accepted"
    assert decide(world, sole, name) == "too-early"
    later(world, 2)
    assert decide(world, sole, name) == "too-early"
    later(world, 1)
    assert decide(world, sole, name) == "accepted"


def test_with_one_officer_and_other_signatories_the_node_is_the_second_person(
    world: World,
) -> None:
    found(world)
    code(world, second, "person.leave", LeavePerson(person=second, reason="left"))
    add(world, first, fresh, "warehouse")
    what = GiveRoles(kind="roles", person=fresh, roles=("security-administrator",))
    _, name = propose(world, first, what)
    assert decide(world, first, name) == "same-person"
    assert decide(world, supplier, name) == "not-entitled"
    assert decide(world, node, name) == "accepted"
    assert row(world, "person", fresh)["roles"] == ["security-administrator"]


def test_a_node_whose_people_decide_admits_with_two(world: World) -> None:
    one, two = "99/P-NODE00000001", "99/P-NODE00000002"
    for person, role in ((one, "administrator"), (two, "security-administrator")):
        assert add(world, root, person, role, organisation=node) == "accepted"
        world.add_key(root, person)
    assert code(world, root, "organisation.found", FoundOrganisation(organisation=node)) == (
        "accepted"
    )
    told = {"organisation": "99.100/O-NEW0000000000", "name": {"zh": "新"}, "scheme": "none"}
    plain = RegisterOrganisation(capacities=("supplier",), **told)  # type: ignore[arg-type]
    assert code(world, node, "organisation.register", plain) == "not-entitled"
    assert code(world, one, "organisation.register", plain) == "two-persons-needed"
    people = newcomer.alone(world.origin, str(told["organisation"]))
    what = AdmitOrganisation(kind="admit", capacities=("supplier",), people=people, **told)  # type: ignore[arg-type]
    _, name = propose(world, one, what, node)
    assert decide(world, node, name) == "not-entitled"
    assert decide(world, one, name) == "same-person"
    assert decide(world, two, name) == "accepted"


def _key(world: World, owner: str) -> dict[str, object]:
    with world.reader.open() as snapshot:
        found = snapshot.view.get("key", owner, "300")
    assert found is not None
    return dict(found)


def test_an_organisation_is_suspended_from_new_promises_by_its_node(world: World) -> None:
    what = SuspendOrganisation(kind="suspend", organisation=core, reason="papers-expired")
    assert propose(world, supplier, what, supplier)[0] == "two-persons-needed"
    assert propose(world, node, what, node)[0] == "two-persons-needed"
    assert by_node(world, what) == "accepted"
    assert row(world, "organisation", core)["suspended"]["reason"] == "papers-expired"
    lift = LiftOrganisation(kind="lift", organisation=core)
    assert by_node(world, lift) == "accepted"
    assert "suspended" not in row(world, "organisation", core)
    assert by_node(world, lift) == "nothing-to-do"
    mine = SuspendOrganisation(kind="suspend", organisation=node, reason="request")
    assert by_node(world, mine) == "not-entitled"


def test_an_application_is_admitted_with_its_papers(world: World) -> None:
    handle = "99.100/O-NEW0000000000"
    told = {"organisation": handle, "name": {"zh": "新"}, "scheme": "none"}
    plain = RegisterOrganisation(capacities=("supplier",), **told | {"organisation": handle + "1"})  # type: ignore[arg-type]
    assert code(world, node, "organisation.register", plain) == "accepted"
    people = newcomer.alone(world.origin, str(told["organisation"]))
    what = AdmitOrganisation(kind="admit", capacities=("supplier",), people=people, **told)  # type: ignore[arg-type]
    assert by_node(world, what) == "accepted"
    assert row(world, "organisation", handle)["verified"] is False
    assert by_node(world, what) == "already-registered"
    elsewhere = what.model_copy(update={"organisation": "99.200/O-NEW0000000000"})
    assert by_node(world, elsewhere) == "not-entitled"


def test_tiers_are_set_by_two_and_taken_away_by_two(firm: World) -> None:
    what = SetControl(kind="control", tiers=(Tier(currency="CNY", above=100, persons=2),))
    assert agreed(firm, what) == "accepted"
    assert row(firm, "control", core)["tiers"][0]["persons"] == 2
    assert agreed(firm, SetControl(kind="control", tiers=())) == "accepted"
    with firm.reader.open() as snapshot:
        assert snapshot.view.get("control", core) is None


def test_before_its_founding_a_firm_decides_about_itself_by_its_own_key(world: World) -> None:
    """There is nobody else yet; about others, and about who reads, it decides nothing."""
    what = SetControl(kind="control", tiers=(Tier(currency="CNY", above=100, persons=2),))
    told, name = propose(world, core, what, core)
    assert (told, decide(world, core, name)) == ("accepted", "accepted")
    assert row(world, "control", core)["tiers"][0]["persons"] == 2
