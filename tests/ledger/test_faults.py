"""Kills, second writers, old copies and damaged memory: nothing acknowledged is lost, no fork."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.ledger.world import World, rules_with_notes

from tallystick.ledger import DataLost, FileMemory, Ledger, SequencerFenced, TallystickError
from tallystick.ledger.signer import SignerRefused

kills = 3
acknowledged_min = 10
repository = Path(__file__).resolve().parents[2]


def _run(world: World, start: int, lines: int) -> list[tuple[int, str]]:
    """What a subprocess had acknowledged when it was killed after so many lines."""
    command = [
        sys.executable,
        "-m",
        "tests.ledger.appender",
        world.url,
        str(world.home),
        str(start),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=repository) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        told = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        told += process.stdout.readlines()
    rows = [line.split() for line in told if line.endswith("\n")]
    return [(int(row[0]), row[1]) for row in rows if len(row) == 2 and len(row[1]) == 64]


def test_killed_while_it_appends(tmp_path: Path, database_url: str) -> None:
    world = World(database_url, tmp_path / "home", rules=rules_with_notes())
    world.populate()
    world.ledger.seal()
    rng, told = random.Random(9), list[tuple[int, str]]()
    for round_ in range(kills):
        told += _run(world, 1000 * (round_ + 1), rng.randrange(1, 18))
        signed, _ = world.memory.load()
        world.restart()
        world.ledger.seal()
        world.ledger.append(world.mint(1, start=500_000 + round_))
        world.ledger.seal()
        with world.reader.open() as snapshot:
            assert snapshot.size() > signed
            for index, leaf_hash in told:
                assert snapshot.row(index).leaf_hash.hex() == leaf_hash
        assert world.audit().checkpoints > 0
    print(f"acknowledged before {kills} kills: {len(told)}")
    assert len(told) >= acknowledged_min


def test_of_two_writers_at_once_one_is_fenced_and_nothing_is_lost(any_world: World) -> None:
    """The later one takes the log over; the other is refused by name, and what it was answered stays."""
    world, answers, errors = any_world, [], []
    writers = [world.open() for _ in range(2)]
    batches = [[world.mint(4, start=s) for s in range(w * 1000, w * 1000 + 48, 4)] for w in (1, 2)]

    def work(book: Ledger, mine: list[list[object]]) -> None:
        for batch in mine:
            try:
                answers.extend(book.append(batch))  # type: ignore[arg-type]
            except TallystickError as error:
                errors.append(error)

    threads = [
        threading.Thread(target=work, args=pair) for pair in zip(writers, batches, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {error.code for error in errors} <= {"sequencer-fenced"}
    gone, stays = sorted(writers, key=lambda book: book.term or 0)
    with pytest.raises(SequencerFenced):
        gone.append(world.mint(1, start=9000))
    assert stays.append(world.mint(1, start=9000))[0].accepted
    assert all(a.accepted for a in answers)
    assert 96 >= len({a.index for a in answers}) == len(answers) >= 48
    world.restart()
    world.ledger.seal()
    with world.reader.open() as snapshot:
        for answer in answers:
            assert snapshot.row(answer.index).leaf_hash.hex() == answer.leaf_hash
        assert world.audit().size == snapshot.size()


def _advanced(world: World) -> None:
    world.clock.advance(2000)
    world.ledger.append(world.mint(3))
    world.ledger.seal()


def test_an_older_copy_is_refused_when_opened(world: World, tmp_path: Path) -> None:
    path = Path(world.url.removeprefix("sqlite:///"))
    world.ledger.seal()
    world.store.close()
    shutil.copy(path, tmp_path / "backup")
    _advanced(world)
    world.store.close()
    for side in path.parent.glob(path.name + "-*"):
        side.unlink()
    shutil.copy(tmp_path / "backup", path)
    with pytest.raises(DataLost, match="the signer signed"):
        world.restart()


def test_another_history_of_greater_size_is_refused_when_opened(
    world: World, tmp_path: Path
) -> None:
    """It was found only when the next checkpoint was due, after entries had been receipted."""
    world.ledger.seal()
    other = World(f"sqlite:///{tmp_path / 'o.sqlite'}", tmp_path / "o", rules=rules_with_notes())
    other.ledger.append([])
    other.populate()
    other.ledger.append(other.mint(9))
    other.ledger.seal()
    other.memory = world.memory
    other.memory.save(world.memory.load()[0], bytes(32))
    with pytest.raises(DataLost, match="not those that the signer signed"):
        other.restart()


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", "\x00\xff", '{"size":5}', '{"size":"5","root":""}',
     '{"size":5,"root":"zz"}', '{"size":5,"root":"00"}', json.dumps({"size": -1, "root": "00" * 32}),
     json.dumps({"size": True, "root": "00" * 32})],
)  # fmt: skip
def test_a_damaged_memory_signs_nothing(world: World, text: str) -> None:
    world.ledger.seal()
    (world.home / "last.json").write_text(text)
    with pytest.raises(SignerRefused, match="damaged"):
        world.restart()


def test_a_lost_memory_signs_nothing(world: World) -> None:
    """A signer that has forgotten everything would sign any history."""
    world.ledger.seal()
    (world.home / "last.json").unlink()
    with pytest.raises(SignerRefused, match="memory is gone"):
        world.restart()


def test_memory_is_replaced_as_a_whole(tmp_path: Path) -> None:
    memory = FileMemory(tmp_path / "deep" / "last.json")
    memory.save(3, b"r" * 32)
    (tmp_path / "deep" / "last.new").write_text("torn")
    assert memory.load() == (3, b"r" * 32)


def test_a_checkpoint_lost_between_commit_and_signature_is_made_up_for(world: World) -> None:
    def broken(_size: int, _root: bytes) -> None:
        raise OSError("no space left on device")

    world.ledger.append(world.mint(1))
    world.memory.save = broken  # type: ignore[method-assign]
    with pytest.raises(OSError, match="no space"):
        world.ledger.seal()
    del world.memory.save  # type: ignore[method-assign]
    world.restart()
    with world.reader.open() as snapshot:
        newest = snapshot.checkpoint()
        assert newest is not None
        assert newest[0] == snapshot.size()
    assert world.audit().size == newest[0]


def test_the_signer_signs_no_second_history(world: World) -> None:
    from tallystick.ledger import Checkpoint

    world.ledger.seal()
    size, root = world.memory.load()
    signer = world.ledger.signer
    for checkpoint in (
        Checkpoint(world.origin, size, bytes(32)),
        Checkpoint(world.origin, size - 1, root),
        Checkpoint(world.origin, size + 1, root),
        Checkpoint("log.example/else", size, root),
    ):
        with pytest.raises(SignerRefused):
            signer.sign(checkpoint, [])
    assert world.memory.load() == (size, root)
    assert signer.sign(Checkpoint(world.origin, size, root), [])
