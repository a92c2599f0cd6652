"""The operator is lost: a mirror's store goes on as the log, and other mirrors follow it over the epoch."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ledger.governance.acts import governed_world
from tests.ledger.governance.epochs import Successor, epoch_of, newest, stopped
from tests.ledger.mirror.rig import Rig
from tests.ledger.world import World

from tallystick.identity import Directory
from tallystick.ledger import FileMemory, audit, log_verifier
from tallystick.ledger.checkpoint import CheckpointRefused
from tallystick.ledger.mirror import Following, MirrorRefuses, Span


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = governed_world(f"sqlite:///{tmp_path / 'log.sqlite'}", tmp_path / "home")
    made.populate()
    made.ledger.seal()
    return made


class FromMirror(Successor):
    """The new operator's store is the mirror's, as it is."""

    def __init__(self, rig: Rig, home: Path) -> None:
        self.world, self.home = rig.world, home
        self.store = rig.store
        self.memory = FileMemory(home / "last.json")


def test_a_mirror_takes_over(world: World, tmp_path: Path, database_url: str) -> None:
    rig = Rig(world, database_url, tmp_path / "mirror")
    other = Rig(world, f"sqlite:///{tmp_path / 'other.sqlite'}", tmp_path / "other")
    rig.grow(20)
    size, note = newest(world)
    assert rig.mirror.follow() == other.mirror.follow() == size
    lost = world.mint(4, 1000)
    world.append(lost)
    world.ledger.seal()

    told = [stopped(world, name, note) for name in ("w1", "w2")]
    next_one = FromMirror(rig, tmp_path / "successor")
    next_one.take_over(epoch_of(note, told, "w1", "w2"))
    after = next_one.as_world()
    answers = after.append(lost)
    after.ledger.seal()
    assert all(answer.accepted for answer in answers)
    found = audit(after.store, after.rules, Directory(), after.checker, memory=after.memory)
    assert found.size > size

    with after.reader.open() as snapshot:
        current = log_verifier(snapshot.view)
    assert current != world.ledger.signer.verifier
    other.source.log = after.reader
    grown = other.source.newest() or ""
    with pytest.raises(CheckpointRefused):
        other.following.follow(grown, Span())
    following = Following(other.again, other.source, current)
    assert following.follow(grown, Span()).size == found.size
    second = audit(other.store, after.rules, Directory(), after.checker)
    assert (second.size, second.root, second.state) == (found.size, found.root, found.state)

    ghost = newest(world)[1]
    with pytest.raises((CheckpointRefused, MirrorRefuses)):
        following.follow(ghost, Span())
