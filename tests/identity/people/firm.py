"""A founded firm with two officers, a maker and a checker, and one person who is everything."""

from __future__ import annotations

from typing import Any

from tests.ledger.world import World, core, node, supplier

from tallystick.identity import (
    AddPerson,
    Decide,
    FoundOrganisation,
    Propose,
)
from tallystick.ledger import Answer, Body, SigningKey, payload_hash

maker, checker = "99.100/P-MAKER00000000", "99.100/P-CHECKER000000"
first, second = "99.100/P-OFFICER00001", "99.100/P-OFFICER00002"
fresh, sole = "99.100/P-FRESH0000000", "99.100/P-SOLE00000000"


def said(world: World, by: str, kind: str, body: Body, *more: SigningKey) -> tuple[str, Answer]:
    """What became of an entry: `accepted`, or the code of its refusal."""
    (answer,) = world.ledger.append([world.write(by, f"identity.{kind}/1", body, *more)])
    return (answer.problem.code if answer.problem else (answer.code or answer.outcome)), answer


def code(world: World, by: str, kind: str, body: Body, *more: SigningKey) -> str:
    return said(world, by, kind, body, *more)[0]


def propose(world: World, by: str, what: Any, organisation: str = core) -> tuple[str, str]:
    """The verdict and the proposal's name."""
    body = Propose(organisation=organisation, what=what)
    submission = world.write(by, "identity.propose/1", body)
    (answer,) = world.ledger.append([submission])
    told = answer.problem.code if answer.problem else (answer.code or answer.outcome)
    return told, payload_hash(submission.envelope).hex()


def decide(world: World, by: str, proposal: str, decision: str = "approve") -> str:
    body = Decide(proposal=proposal, decision=decision)  # type: ignore[arg-type]
    return code(world, by, "decide", body)


def agreed(world: World, what: Any, organisation: str = core) -> str:
    """Proposed by the first officer, approved by the second."""
    told, name = propose(world, first, what, organisation)
    return told if told != "accepted" else decide(world, second, name)


def add(world: World, by: str, person: str, *roles: str, organisation: str = core) -> str:
    body = AddPerson(person=person, organisation=organisation, roles=roles)  # type: ignore[arg-type]
    return code(world, by, "person.add", body)


def found(world: World) -> World:
    """The core enterprise with an administrator and a security administrator, whose people decide."""
    for person, role in ((first, "administrator"), (second, "security-administrator")):
        assert add(world, core, person, role) == "accepted"
        world.add_key(core, person)
    body = FoundOrganisation(organisation=core)
    assert code(world, core, "organisation.found", body) == "accepted"
    return world


def node_officers(world: World) -> tuple[str, str]:
    """The node's two officers, by whom it is founded at the latest now."""
    people = ("99/P-NODE0FFICER01", "99/P-NODE0FFICER02")
    if "founded" in row(world, "organisation", node):
        return people
    for person, role in zip(people, ("administrator", "security-administrator"), strict=True):
        assert add(world, node, person, role, organisation=node) == "accepted"
        world.add_key(node, person)
    body = FoundOrganisation(organisation=node)
    assert code(world, node, "organisation.found", body) == "accepted"
    return people


def by_node(world: World, what: Any) -> str:
    """Proposed by the node's first officer, approved by its second."""
    one, two = node_officers(world)
    told, name = propose(world, one, what, node)
    return told if told != "accepted" else decide(world, two, name)


def alone(world: World) -> World:
    """The supplier as a one-person firm."""
    roles = ("administrator", "maker", "checker")
    assert add(world, supplier, sole, *roles, organisation=supplier) == "accepted"
    world.add_key(supplier, sole)
    body = FoundOrganisation(organisation=supplier)
    assert code(world, supplier, "organisation.found", body) == "accepted"
    return world


def row(world: World, kind: str, name: str) -> dict[str, Any]:
    with world.reader.open() as snapshot:
        found = snapshot.view.get(kind, name)
    assert found is not None
    return dict(found)
