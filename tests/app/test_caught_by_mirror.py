"""A full mirror catches an operator that lies with all of its real keys, and convicts it by what it kept.

The same stories as in `test_caught.py`. The mirror has executed the honest history; from what it was shown
next and its own newest checkpoint follows an evidence file, which verifies on another machine's store.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.test_caught import Operator, by_old_checkpoint
from tests.ledger.mirror.rig import FromWorld, Rig
from tests.ledger.world import Seeded, World

from tallystick.ledger import LogReader, Note, TallystickError
from tallystick.ledger.mirror import MirrorRefuses, OperatorAnswerRefused


@pytest.fixture
def honest(tmp_path: Path, sqlite_url: str) -> Operator:
    world = World(sqlite_url, tmp_path / "home")
    world.populate()
    world.ledger.seal()
    return Operator(world)


@pytest.fixture
def rig(honest: Operator, tmp_path: Path) -> Rig:
    """A mirror that follows the honest operator."""
    made = Rig(honest.world, f"sqlite:///{tmp_path / 'mirror.sqlite'}", tmp_path / "mirror")
    made.mirror.follow()
    return made


def kept(rig: Rig) -> Note:
    """The newest checkpoint that the mirror holds, from its own store."""
    with LogReader(rig.store, rig.world.rules).open() as snapshot:
        newest = snapshot.checkpoint()
    assert newest is not None
    return Note.parse(newest[1])


def refuses(rig: Rig, liar: Operator, kind: type[TallystickError]) -> None:
    """The mirror takes in nothing when the liar answers for the log, however often it is asked."""
    rig.source = FromWorld(liar.world)
    rig.mirror = rig.open()
    size = rig.following.size()
    for _ in range(2):
        with pytest.raises(kind):
            rig.mirror.follow(liar.note().encode())
    assert rig.following.size() == size


def test_two_checkpoints_of_one_size(honest: Operator, rig: Rig, tmp_path: Path) -> None:
    other = honest.copy(tmp_path / "other", "other")
    honest.go_on(1, 100)
    rig.mirror.follow()
    other.go_on(1, 200)
    refuses(rig, other, MirrorRefuses)
    by_old_checkpoint(tmp_path, kept(rig), other, "fork")


def test_going_back_and_on_in_another_way(honest: Operator, rig: Rig, tmp_path: Path) -> None:
    backup = honest.copy(tmp_path / "backup", "backup")
    honest.go_on(5, 100)
    rig.mirror.follow()
    backup.go_on(9, 200)
    refuses(rig, backup, OperatorAnswerRefused)
    by_old_checkpoint(tmp_path, kept(rig), backup, "inconsistent")


def test_a_whole_history_rewritten_and_signed_again(
    honest: Operator, rig: Rig, tmp_path: Path
) -> None:
    rewritten = Operator(
        World(f"sqlite:///{tmp_path / 'new.sqlite'}", tmp_path / "new", random=Seeded("new"))
    )
    rewritten.world.populate()
    rewritten.go_on(9, 100)
    assert rewritten.size() > honest.size()
    refuses(rig, rewritten, OperatorAnswerRefused)
    by_old_checkpoint(tmp_path, kept(rig), rewritten, "inconsistent")


def test_one_authors_entry_dropped_from_a_rewritten_tail(
    honest: Operator, rig: Rig, tmp_path: Path
) -> None:
    backup = honest.copy(tmp_path / "backup", "backup")
    dropped, others = honest.world.mint(1, 300), honest.world.mint(3, 400)
    honest.world.ledger.append([*dropped, *others])
    honest.world.ledger.seal()
    rig.mirror.follow()
    backup.world.ledger.append(others)
    backup.world.ledger.seal()
    backup.go_on(2, 500)
    refuses(rig, backup, OperatorAnswerRefused)
    by_old_checkpoint(tmp_path, kept(rig), backup, "inconsistent")
