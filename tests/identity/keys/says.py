"""What the tests of keys say, and the code with which the log answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.ledger.world import World, core, key, node

from tallystick.identity import AddPerson, Decide, Propose, RecoverKey, RotateKey, speaker
from tallystick.ledger import Body, SigningKey, Submission, payload_hash, suites

maker = "99.100/P-MAKER00000000"
device = "99.100.1/scanner-1"
admins = tuple(f"99.100/P-ADMIN{number}0000000" for number in range(1, 4))
helpers = tuple(f"99/P-HELPER{number}000000" for number in range(1, 4))


def say(
    world: World, by: str, kind: str, body: Body, *more: SigningKey, reference: str = ""
) -> Submission:
    author = world.author(by, reference or None)
    return author.write(f"identity.{kind}/1", body, endorsers=more)


def code(world: World, said: Submission) -> str:
    (answer,) = world.ledger.append([said])
    return answer.problem.code if answer.problem else (answer.code or answer.outcome)


def add_persons(world: World, by: str, persons: Sequence[str], *roles: str) -> None:
    for person in persons:
        told = AddPerson(person=person, organisation=by, roles=roles or ("administrator",))  # type: ignore[arg-type]
        world.add(by, "identity.person.add/1", told)
        world.add_key(by, person)


def with_officers(world: World) -> None:
    """Three administrators of the core enterprise, and three of the node that verified it."""
    add_persons(world, core, admins)
    add_persons(world, node, helpers)


def named(reference: str, **change: Any) -> dict[str, Any]:
    public = key(reference, change.pop("suite", suites[0])).private.public
    told = {"key": reference, "jwk": public.jwk(), "custody": "self", "types": ("*",)}
    return {**told, **change}


def rotation(old: str, new: str, **change: Any) -> RotateKey:
    return RotateKey(old=old, **named(new, **change))


def recovery(lost: str, new: str, **change: Any) -> RecoverKey:
    return RecoverKey(kind="recover", lost=lost, **named(new, **{"reason": "lost", **change}))


def proposed(world: World, body: RecoverKey) -> Propose:
    """The recovery, asked for the organisation whose key is lost."""
    with world.reader.open() as snapshot:
        owner = speaker(snapshot.view, body.lost.partition(":")[2])
    return Propose(organisation=owner.organisation, what=body)


def propose(world: World, by: str, body: RecoverKey) -> str:
    """Propose a recovery, which must be taken in; the proposal's hash."""
    said = say(world, by, "propose", proposed(world, body), key(body.key))
    assert code(world, said) == "accepted"
    return payload(said)


def payload(said: Submission) -> str:
    return payload_hash(said.envelope).hex()


def approve(
    world: World, by: str, proposal: str, recovered: RecoverKey | None = None, *more: SigningKey
) -> str:
    return code(world, say(world, by, "decide", approval(proposal, recovered), *more))


def approval(proposal: str, recovered: RecoverKey | None = None) -> Decide:
    return Decide(proposal=proposal, decision="approve", recovered=recovered)


def row_of(world: World, reference: str) -> dict[str, Any]:
    index, _, owner = reference.partition(":")
    with world.reader.open() as snapshot:
        row = snapshot.view.get("key", owner, index)
    assert row is not None, reference
    return dict(row)
