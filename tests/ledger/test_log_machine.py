"""Random batches, bad entries, seals, waits and restarts: the audit is sound at the end of each run."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from tests.ledger.world import NoteBody, World, core, node, rules_with_notes, supplier

from tallystick.identity import RevokeKey
from tallystick.ledger import StreamAuthor, Submission

steps_min = 30
_numbers = itertools.count()


class LogMachine(RuleBasedStateMachine):
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="tallystick-machine-"))
        self.world = World(
            f"sqlite:///{self.folder / 'log.sqlite'}", self.folder, rules=rules_with_notes()
        )
        self.world.populate()
        self.stream = self.world.add_device(core, "99.100.1/scanner-9")
        self.taken: dict[int, str] = {}
        self.known: list[Submission] = []
        self.minted = 0
        self.revoked = False

    def _append(self, *said: Submission) -> list[str]:
        answers = self.world.ledger.append(said)
        for answer in answers:
            if answer.index >= 0:
                before = self.taken.setdefault(answer.index, answer.leaf_hash)
                assert before == answer.leaf_hash
        LogMachine.steps += 1
        return [a.problem.code if a.problem else a.outcome for a in answers]

    @rule(count=st.integers(1, 6))
    def mint(self, count: int) -> None:
        said = self.world.mint(count, start=self.minted)
        self.minted += count
        self.known += said
        assert self._append(*said) == ["accepted"] * count

    @rule(texts=st.lists(st.sampled_from(["a", "b", "refuse"]), min_size=1, max_size=4))
    def scan(self, texts: list[str]) -> None:
        mine = StreamAuthor(self.stream.author, self.stream.seq, self.stream.prev)
        said = [mine.write("test.note/1", NoteBody(text=t, to=supplier)) for t in texts]
        told = ["refused" if text == "refuse" else "accepted" for text in texts]
        if self.revoked:
            told = ["key-not-valid", *["stream-gap"] * (len(texts) - 1)]
        else:
            self.stream, self.known = mine, [*self.known, *said]
        assert self._append(*said) == told

    @rule(seq=st.integers(1, 5))
    def fork(self, seq: int) -> None:
        other = StreamAuthor(self.stream.author, self.stream.seq + seq, "12" * 32)
        assert self._append(other.write("test.note/1", NoteBody(text="f"))) == ["stream-gap"]

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.known))
        (answer,) = self.world.ledger.append([one])
        assert answer.duplicate
        assert self.taken[answer.index] == answer.leaf_hash

    @precondition(lambda self: not self.revoked)
    @rule()
    def revoke(self) -> None:
        body = RevokeKey(key=self.stream.author.key.keyid, reason="stolen")
        assert self._append(self.world.write(node, "identity.key.revoke/1", body)) == ["accepted"]
        self.revoked = True

    @rule(ms=st.integers(1, 3000))
    def wait(self, ms: int) -> None:
        self.world.clock.advance(ms)

    @rule()
    def seal(self) -> None:
        self.world.ledger.seal()

    @rule()
    def restart(self) -> None:
        self.world.restart()

    def teardown(self) -> None:
        self.world.ledger.seal()
        told = self.world.audit()
        with self.world.reader.open() as snapshot:
            assert told.size == snapshot.size()
            for index, leaf_hash in self.taken.items():
                assert snapshot.row(index).leaf_hash.hex() == leaf_hash
        self.world.store.close()
        shutil.rmtree(self.folder)


def test_the_log_under_random_use() -> None:
    LogMachine.steps = 0
    run_state_machine_as_test(
        LogMachine,
        settings=settings(
            max_examples=10,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"batches appended: {LogMachine.steps}")
    assert LogMachine.steps >= steps_min


def test_the_same_entries_give_the_same_log_on_both_databases(
    tmp_path: Path, sqlite_url: str, postgres_url: str
) -> None:
    worlds = [
        World(url, tmp_path / name, rules=rules_with_notes())
        for name, url in (("s", sqlite_url), ("p", postgres_url))
    ]
    tables: list[dict[str, list[tuple[object, ...]]]] = []
    for world in worlds:
        world.populate()
        stream = world.add_device(core, "99.100.1/扫描-9")
        for step, text in enumerate(["a", "refuse", "é~Z", "\U0001f600", "a"]):
            world.ledger.append([stream.write("test.note/1", NoteBody(text=text, to=supplier))])
            world.ledger.append(world.mint(300 if step == 2 else 3, start=step * 1000))
            world.clock.advance(900)
            world.ledger.seal()
        names = ["entry", "body", "tile", "checkpoint", "tree_state", "stream", "entry_party",
                 "document", "lookup"]  # fmt: skip
        with world.store.read() as transaction:
            tables.append({name: list(transaction.rows(name)) for name in names})
    one, two = (world.audit() for world in worlds)
    assert (one.root, one.state, one.size) == (two.root, two.state, two.size)
    for name, rows in tables[0].items():
        assert rows == tables[1][name], name
    assert one.size > 300


def test_replay_without_attachments_gives_the_same_projections(world: World) -> None:
    """Formats §2: what binds never depends on an attachment. With the product's whole rule set."""
    bootstrap = pytest.importorskip("tallystick.app.bootstrap")
    from tallystick import scanners
    from tallystick.identity import CreateHandles, HandleRecord
    from tallystick.ledger import StreamAuthor
    from tallystick.trace import Capture, builders

    full = World(
        world.url.replace("tallystick.sqlite", "full.sqlite"), world.home / "full",
        rules=bootstrap.rule_set(),
    )  # fmt: skip
    full.populate()
    packs = tuple(HandleRecord(handle=f"99.100.1/PACK-{n}", values=()) for n in range(3))
    full.add(core, "identity.handle.create/1", CreateHandles(handles=packs))
    stream = StreamAuthor(full.author("99.100.1/scanner-1"))
    said = []
    for pack in packs:
        event = builders.object_event(
            [pack.handle], time="2026-01-05T00:59:00.000Z", step="packing",
            read_point="99.100.1/GATE",
        )  # fmt: skip
        made = scanners.prepare([event], "2026-01-05T01:00:00.000Z", full.random)
        body = Capture.model_validate_json(made.body)
        said.append(stream.write("trace.capture/1", body, made.attachments))
    answers = full.ledger.append(said)
    assert [a.outcome for a in answers] == ["accepted"] * 3
    full.ledger.seal()
    with full.store.read() as t:
        assert t.count("attachment") == 3
    before = full.audit()
    with full.store.engine.connect().execution_options(tallystick_write=True) as c, c.begin():
        c.exec_driver_sql("DELETE FROM attachment")
        c.exec_driver_sql("DELETE FROM attachment_key")
    after = full.audit()
    assert (after.root, after.state, after.documents) == (
        before.root,
        before.state,
        before.documents,
    )
