"""A person's name and contacts: an attachment that the person itself and its officers set."""

from __future__ import annotations

from pathlib import Path

from tests.identity.people.firm import checker, first, found, maker
from tests.ledger.erasure.notes import ref
from tests.ledger.world import World

from tallystick.identity import SetCard
from tallystick.ledger import Attachment


def said(world: World, by: str, person: str) -> str:
    card = Attachment("application/json", b'{"name": ""}', bytes(32), "restricted")
    body = SetCard(person=person, card=ref(card))
    told = world.author(by).write("identity.person.card/1", body, attachments=[card])
    (answer,) = world.ledger.append([told])
    return answer.problem.code if answer.problem else (answer.code or answer.outcome)


def test_a_card_is_set_by_its_person_and_by_officers(tmp_path: Path, sqlite_url: str) -> None:
    world = World(sqlite_url, tmp_path / "home")
    world.populate()
    found(world)
    assert said(world, maker, maker) == "accepted"
    assert said(world, first, maker) == "accepted"
    assert said(world, checker, maker) == "not-entitled"
