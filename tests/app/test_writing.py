"""Pens: plain words become signed entries, once for each id."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.ledger.world import World, core, key, supplier

from tallystick.app.bootstrap import Node
from tallystick.app.keystore import KeyMissing
from tallystick.app.settings import Settings
from tallystick.app.writing import Pens
from tallystick.identity import (
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    RevokeKey,
    Said,
    UnknownParty,
)
from tallystick.ledger import Answer, SigningKey, Submission, new_id


@dataclass
class Log:
    """The world's ledger; `between` are entries that somebody else writes first."""

    world: World
    between: list[Submission] = field(default_factory=list)

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        self.world.ledger.append(self.between)
        return self.world.ledger.append(submissions)


@pytest.fixture
def log(tmp_path: Path, sqlite_url: str) -> Log:
    world = World(sqlite_url, tmp_path / "signer")
    world.populate()
    return Log(world)


@pytest.fixture
def pens(log: Log, tmp_path: Path, sqlite_url: str) -> Pens:
    node = Node.at(Settings(home=tmp_path / "node", database_url=sqlite_url))
    node = replace(node, rules=log.world.rules, reader=log.world.reader)
    node.keys.add(key(f"300:{core}"))
    return Pens(node, log, log.world.origin, log.world.clock)


def create(suffix: str, entry_id: str | None = None) -> Said:
    record = HandleRecord(handle=f"99.100.1/{suffix}", values=())
    return Said("identity.handle.create/1", CreateHandles(handles=(record,)), entry_id)


def test_words_become_entries_of_the_author(pens: Pens, log: Log) -> None:
    pen = pens.of(core)
    assert (pen.author, pen.organisation) == (core, core)
    bad = Said("identity.handle.delete/1", DeleteHandle(handle="99.100.1/NONE", reason="mistake"))
    first, refused, second = pen.write([create("A"), bad, create("B")])
    assert first.accepted
    assert second.accepted
    assert refused.problem is not None
    assert refused.problem.code == "handle-unknown"
    assert (first.author, log.world.audit().refused) == (core, 0)


def test_the_same_words_under_one_id_are_one_entry(pens: Pens, log: Log) -> None:
    pen, name = pens.of(core), new_id(log.world.clock.now_ms(), bytes(10))
    (first,) = pen.write([create("A", name)])
    log.world.clock.advance(5000)
    again, other = pen.write([create("A", name), create("C")])
    assert (again.index, again.duplicate, again.accepted) == (first.index, True, True)
    assert other.accepted
    (changed,) = pen.write([create("B", name)])
    assert changed.problem is not None
    assert changed.problem.code == "id-used"


def test_the_same_words_at_the_same_time_are_one_entry(pens: Pens, log: Log) -> None:
    name = new_id(log.world.clock.now_ms(), bytes(10))
    said = create("A", name)
    log.between = [log.world.author(core).write(said.type, said.body, entry_id=name)]
    (answer,) = pens.of(core).write([said])
    assert (answer.accepted, answer.duplicate) == (True, True)


def test_no_pen_without_a_valid_key_that_the_node_holds(pens: Pens, log: Log) -> None:
    with pytest.raises(UnknownParty):
        pens.of("99.100/O-NOBODY0000000")
    with pytest.raises(KeyMissing):
        pens.of(supplier)
    narrow = log.world.add_key(core, "99.100.1/scanner-1", index=301, types=("trace.capture/1",))
    pens.node.keys.add(SigningKey(narrow.keyid, narrow.private))
    with pytest.raises(KeyMissing):
        pens.of("99.100.1/scanner-1").write([create("A")])
    log.world.add(core, "identity.key.revoke/1", RevokeKey(key=f"300:{core}", reason="retired"))
    with pytest.raises(KeyMissing):
        pens.of(core)
