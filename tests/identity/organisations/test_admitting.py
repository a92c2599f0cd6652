"""An organisation is admitted with people of its own, once for each number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.identity.organisations.newcomer import (
    admit,
    admitted,
    by_passkey,
    by_plain_key,
    handle,
    number,
    officers,
    one,
    possession,
    two,
)
from tests.identity.people.firm import (
    add,
    by_node,
    checker,
    code,
    decide,
    found,
    node_officers,
    propose,
    row,
    sole,
)
from tests.identity.people.firm import first as officer
from tests.ledger.authenticator import Authenticator
from tests.ledger.world import World, core, key, node, root, supplier

from tallystick.identity import (
    AddKey,
    AddPerson,
    FirstPerson,
    FoundOrganisation,
    GiveRoles,
    LeavePerson,
    Paper,
    RegisterOrganisation,
)
from tallystick.ledger import P256, AttachmentRef, TallystickError


@pytest.fixture
def both(tmp_path: Path, database_url: str) -> World:
    made = World(database_url, tmp_path / "home")
    made.populate()
    return made


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    made = World(sqlite_url, tmp_path / "home")
    made.populate()
    return made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> World:
    """For what is refused and changes nothing."""
    home = tmp_path_factory.mktemp("admitting")
    made = World(f"sqlite:///{home / 'ledger.sqlite3'}", home / "home")
    made.populate()
    return made


def pair(origin: str) -> tuple[FirstPerson, FirstPerson]:
    return by_passkey(origin, one, officers[0]), by_plain_key(origin, two, officers[1])


def test_two_officers_with_keys_of_their_own_found_it(both: World) -> None:
    assert admitted(both, admit(pair(both.origin))) == "accepted"
    told = row(both, "organisation", handle)
    assert told["verified"] is True
    assert told["founded"] > 0
    assert row(both, "person", one)["roles"] == ["administrator"]
    assert row(both, "organisation-number", f"uscc::{number}") == {"organisation": handle}
    # From here on its people decide: the node registers nobody of it any more.
    assert add(both, node, sole, "maker", organisation=handle) == "two-persons-needed"
    give = GiveRoles(kind="roles", person=one, roles=("audit-administrator",))
    told, name = propose(both, two, give, handle)
    assert told == "accepted"
    assert decide(both, two, name) == "same-person"
    both.restart()
    assert both.audit().size > 0


def test_one_person_who_is_everything_founds_it_too(world: World) -> None:
    alone = by_plain_key(world.origin, one, ("administrator", "maker", "checker"))
    assert admitted(world, admit((alone,))) == "accepted"
    assert row(world, "organisation", handle)["founded"] > 0
    fresh = AddPerson(person=two, organisation=handle, roles=("warehouse",))
    assert code(world, one, "person.add", fresh) == "accepted"


def test_a_number_is_admitted_once(world: World) -> None:
    assert admitted(world, admit()) == "accepted"
    again = admit(organisation="99.100/O-SECOND0000000")
    assert admitted(world, again) == "number-taken"
    plain = RegisterOrganisation(
        organisation="99/O-THIRD00000000", name={"en": "X"}, scheme="uscc", number=number,
        capacities=("supplier",),
    )  # fmt: skip
    assert code(world, root, "organisation.register", plain) == "number-taken"
    # Registers of two countries may give the same number to two.
    for country, told in (("DE", "accepted"), ("FR", "accepted"), ("DE", "number-taken")):
        foreign = admit(
            organisation=f"99.100/O-{country}{told.upper()[:3]}000000", scheme="register",
            number="HRB 1".replace(" ", "-").lower() if told != "accepted" else "HRB-1", country=country,
        )  # fmt: skip
        assert admitted(world, foreign) == told


def test_a_race_for_one_number_is_won_once(world: World) -> None:
    """Both were proposed while neither was there; the second decision sees the first."""
    left, right = node_officers(world)
    _, first = propose(world, left, admit(), node)
    _, second = propose(world, left, admit(organisation="99.100/O-SECOND0000000"), node)
    assert decide(world, right, first) == "accepted"
    assert decide(world, right, second) == "number-taken"


def bad_people(origin: str) -> dict[str, tuple[Any, str]]:
    """By what is wrong: the people, and the refusal."""
    a, b = pair(origin)
    key_of_b = b.keys[0].model_copy(update={"key": f"300:{one}"})
    another = Authenticator.of(one, P256, 330)
    unsigned = a.keys[0].model_copy(update={"possession": possession(another.sign(b"another"))})
    plainly = a.keys[0].model_copy(update={"webauthn": None})
    point = a.keys[0].model_copy(update={"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}})
    other_roles = a.model_copy(update={"roles": ("security-administrator",)})
    return {
        "two makers": ((
            by_plain_key(origin, one, ("maker",)), by_plain_key(origin, two, ("checker",))
        ), "first-people-refused"),
        "one of two is an officer": ((a, by_plain_key(origin, two, ("maker",))), "first-people-refused"),
        "an officer who is maker too": (
            (by_plain_key(origin, one, ("administrator", "maker")), b), "roles-conflict"),
        "a maker alone": ((by_plain_key(origin, one, ("maker",)),), "first-people-refused"),
        "one person twice": ((a, a), "first-people-refused"),
        "one in two cases of letters": (
            (a, by_plain_key(origin, one.lower().replace("p-", "P-"), officers[1])), "first-people-refused"),
        "a person as the organisation": ((a, by_plain_key(origin, handle, officers[1])), "first-people-refused"),
        "one key for two": ((a, b.model_copy(update={"keys": (
            b.keys[0], b.keys[0].model_copy(update={"key": f"301:{two}"}),
        )})), "possession-missing"),
        "a key of somebody else": ((a.model_copy(update={"keys": (b.keys[0],)}), b), "first-people-refused"),
        "a key renamed": ((a.model_copy(update={"keys": (key_of_b,)}), b), "possession-missing"),
        "nobody signed": ((a.model_copy(update={"keys": (unsigned,)}), b), "possession-missing"),
        "a passkey as a plain key": ((a.model_copy(update={"keys": (plainly,)}), b), "possession-missing"),
        "no key at all": ((a.model_copy(update={"keys": (point,)}), b), "key-registration-refused"),
        "other roles than signed": ((other_roles, by_plain_key(origin, two, officers[0])), "possession-missing"),
        "for another log": (pair("elsewhere.example/log"), "possession-missing"),
        "for another organisation": (
            (by_passkey(origin, one, officers[0], of=core), b), "possession-missing"),
        "under another node": (
            (by_plain_key(origin, "99/P-NEWCOMER00001", officers[0]), b), "first-people-refused"),
        "somebody who is there": ((
            by_plain_key(origin, "99.100/P-MAKER00000000", officers[0]), b), "already-registered"),
    }  # fmt: skip


@pytest.mark.parametrize("wrong", bad_people("x"))
def test_people_who_cannot_begin(shared: World, wrong: str) -> None:
    people, expected = bad_people(shared.origin)[wrong]
    assert by_node(shared, admit(people)) == expected


def test_a_key_that_was_registered_between_the_two_acts(world: World) -> None:
    left, right = node_officers(world)
    told, name = propose(world, left, admit(pair(world.origin)), node)
    assert told == "accepted"
    taken = key(f"300:{two}")
    body = AddKey(
        key=f"300:{supplier}", jwk=taken.private.public.jwk(), custody="self", types=("*",)
    )
    other = AddKey(key=f"305:{supplier}", jwk=body.jwk, custody="self", types=("*",))
    from tallystick.ledger import SigningKey

    assert (
        code(world, supplier, "key.add", other, SigningKey(other.key, taken.private)) == "accepted"
    )
    assert decide(world, right, name) == "already-registered"
    with world.reader.open() as snapshot:
        assert snapshot.view.get("organisation", handle) is None


def test_a_node_admits_by_two_of_its_people(world: World) -> None:
    """Not by its one key, which was both of them; a newcomer's officer is none of them."""
    found(world)
    assert propose(world, officer, admit(), core)[0] == "not-entitled"
    assert propose(world, node, admit(), node)[0] == "two-persons-needed"
    left, _ = node_officers(world)
    told, name = propose(world, left, admit(), node)
    assert (told, decide(world, left, name)) == ("accepted", "same-person")
    assert decide(world, node, name) == "not-entitled"
    assert admitted(world, admit()) == "accepted"
    body = FoundOrganisation(organisation=handle)
    assert code(world, left, "organisation.found", body) == "not-entitled"


def test_a_node_admits_nobody_without_people(world: World) -> None:
    """One officer of the node then added administrator, maker and checker, each by a key of its own making."""
    assert admitted(world, admit(())) == "first-people-refused"


def test_who_was_registered_by_one_key_is_begun_by_two(both: World) -> None:
    told: dict[str, Any] = {"name": admit().name, "scheme": "none", "number": None}
    plain = RegisterOrganisation(organisation=handle, capacities=("supplier",), **told)
    assert code(both, node, "organisation.register", plain) == "accepted"
    for other in ({"name": {"en": "Other"}}, {"capacities": ("bank",)}, {"country": "DE"}):
        assert admitted(both, admit(**{**told, **other})) == "already-registered"
    assert admitted(both, admit(pair(both.origin), **told)) == "accepted"
    assert row(both, "organisation", handle)["founded"] > 0
    assert admitted(both, admit(**told)) == "already-registered"
    assert add(both, two, sole, "warehouse", organisation=handle) == "accepted"
    assert both.audit().size > 0


def test_a_firm_that_its_last_person_left_is_begun_by_nobody_else(both: World) -> None:
    """It is founded for ever: the node's two could else put people of their own into it."""
    told: dict[str, Any] = {"name": admit().name, "scheme": "none", "number": None}
    alone = by_plain_key(both.origin, one, ("administrator", "maker", "checker"))
    assert admitted(both, admit((alone,), **told)) == "accepted"
    leave = LeavePerson(person=one, reason="left")
    assert code(both, one, "person.leave", leave) == "accepted"
    others = by_plain_key(both.origin, two, ("administrator", "maker", "checker"))
    assert admitted(both, admit((others,), **told)) == "already-registered"


def test_one_officer_of_a_node_gives_nobody_who_binds_another_firm(world: World) -> None:
    """Of a firm that was registered while the node had no people, which the firm's own key begins."""
    left, right = node_officers(world)
    for person, role in ((one, "administrator"), (one, "maker"), (two, "checker"), (two, "reader")):
        assert add(world, left, person, role, organisation=core) == "two-persons-needed"
    for owner in (core, checker):
        other = key(f"310:{owner}")
        jwk = other.private.public.jwk()
        body = AddKey(key=other.keyid, jwk=jwk, custody="self", types=("*",))
        assert code(world, right, "key.add", body, other) == "two-persons-needed"
    assert add(world, left, one, "warehouse", organisation=core) == "accepted"
    world.add_key(left, one)
    assert add(world, core, two, "maker", organisation=core) == "accepted"
    found(world)


def paper(kind: str, ends: str | None = None) -> Paper:
    ref = AttachmentRef(hash="a" * 64, type="application/pdf", size=3)
    return Paper(kind=kind, document=ref, ends=ends)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        ((paper("business-licence"), paper("business-licence")), "paper-ended"),
        ((paper("agent-authorisation", "2026-01-04"),), "paper-ended"),
        ((paper("agent-authorisation"),), "paper-end-missing"),
    ],
)
def test_papers_that_are_no_good(shared: World, papers: Any, expected: str) -> None:
    assert by_node(shared, admit(papers=papers)) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"number": number[:-1] + ("0" if number[-1] != "0" else "1")},
        {"number": number.lower()},
        {"scheme": "lei", "number": "5493001KJTIIGC8Y1R13"},
        {"scheme": "register", "number": "HRB-1"},
        {"scheme": "none"},
        {"number": None},
    ],
)
def test_numbers_that_fail_their_check(shared: World, change: dict[str, Any]) -> None:
    assert by_node(shared, admit(**change)) == "number-refused"


def test_a_body_of_too_many_people_is_no_body() -> None:
    many = tuple(by_plain_key("x", f"99.100/P-{n:013d}", ("reader",)) for n in range(11))
    with pytest.raises((TallystickError, ValueError)):
        admit(many)
