"""The log's side, one round at a time: who is asked when, and what is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.ledger.witness.test_stored import line, names, newest, policy
from tests.ledger.world import World

from tallystick.app import witnessing
from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.operations import NodeOperations
from tallystick.app.publishing import publish
from tallystick.app.settings import Settings
from tallystick.app.starting import Prepared
from tallystick.ledger import (
    Checkpoint,
    Fence,
    LogFenced,
    Note,
    PrivateKey,
    TallystickError,
    start,
    witness,
)
from tallystick.ledger.mirror import MirrorRefuses
from tallystick.ledger.note import NoteSignature
from tallystick.ledger.witness.errors import WitnessUnreachable


@dataclass
class Scripted:
    """A witness that does what the test says."""

    name: str
    error: Exception | None = None
    asked: list[int] = field(default_factory=list)
    extra: bool = False

    def cosign(self, note: Note, prove: Any) -> NoteSignature:
        size = int(note.text.split("\n")[1])
        self.asked.append(size)
        if self.error is not None:
            raise self.error
        signer = "stranger" if self.extra else self.name
        return line(note.encode(), signer)


@dataclass
class Rig:
    node: Node
    world: World
    witnesses: dict[str, Scripted]
    now_s: int = 0

    def round(self, size: int | None = None) -> None:
        witnessing.cosign(self.node, str(size or newest(self.world)[0]))

    def grow(self) -> int:
        self.world.ledger.append(self.world.mint(1, newest(self.world)[0]))
        self.world.ledger.seal()
        return newest(self.world)[0]


@pytest.fixture
def rig(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Rig:
    home = tmp_path / "home"
    world = World(database_url, home / "signer", rule_set(), policy=policy)
    world.populate()
    world.ledger.seal()
    node = Node.at(Settings(home=home, database_url=database_url))
    made = Rig(node, world, {name: Scripted(name) for name in names})
    asking = witnessing.Asking(witness.Policy.parse(policy), [*made.witnesses.values()])
    monkeypatch.setattr(witnessing, "asking", lambda _policy: asking)
    asking.rounds.monotonic_ns = lambda: made.now_s * 10**9
    return made


def test_a_round_makes_the_newest_checkpoint_final(rig: Rig) -> None:
    size = newest(rig.world)[0]
    with rig.world.store.read() as transaction:
        rows = transaction.outbox.waiting(100)
    assert {job for job, *_ in rows} == {"log.publish", "log.cosign"}
    rig.round()
    with rig.node.reader.open() as snapshot:
        found = snapshot.finality()
        assert snapshot.final_checkpoint() == snapshot.checkpoint()
    assert (found.final, [one.code for one in found.witnesses]) == (size, ["cosigned"] * 3)
    publish(rig.node, "")
    shown = (rig.node.settings.folder / "public/log/checkpoint").read_text()
    log = rig.world.ledger.signer.verifier
    assert witness.open_cosigned(shown, found.policy, log).verdict.met
    rig.grow()
    publish(rig.node, "")
    assert (rig.node.settings.folder / "public/log/checkpoint").read_text() == shown
    assert len(Note.parse(shown).signatures) == 4


def test_an_older_checkpoint_is_not_asked_about(rig: Rig) -> None:
    old = newest(rig.world)[0]
    rig.grow()
    rig.round(old)
    assert rig.witnesses["w1"].asked == []


def test_rounds_begin_ever_later_until_the_quorum_is_there(rig: Rig) -> None:
    w1, w2, w3 = (rig.witnesses[name] for name in names)
    w2.error = w3.error = WitnessUnreachable("no route")
    began = list[int]()
    for rig.now_s in range(30):
        with pytest.raises(witness.QuorumMissing, match="w2: no route"):
            rig.round()
        if len(w1.asked) > len(began):
            began.append(rig.now_s)
    assert began == [0, 1, 3, 7, 15, 23]
    w3.error, rig.now_s = None, 31
    rig.round()
    with rig.node.reader.open() as snapshot:
        found = snapshot.finality()
    assert (found.behind, found.why) == (False, "")
    assert [one.code for one in found.witnesses] == ["cosigned", "witness-unreachable", "cosigned"]
    rig.grow()
    rig.round()
    assert len(w3.asked) == len(began) + 2, "after a quorum the next round is at once"


@pytest.mark.parametrize(
    "error",
    [
        witness.CheckpointInconsistent("w2 answered 422"),
        MirrorRefuses("entry 7: no-such-rule", 7, "no-such-rule"),
    ],
)
def test_whoever_says_that_the_log_is_wrong_is_heard_behind_a_quorum(
    rig: Rig, error: TallystickError
) -> None:
    """The checkpoint was final without it, and nothing warned of what one witness had against the log."""
    operations = NodeOperations(rig.node)
    rig.witnesses["w2"].error = error
    rig.round()
    with rig.node.reader.open() as snapshot:
        assert (snapshot.finality().behind, snapshot.finality().why) == (False, "")
    assert _warned(operations) == [("witness-disputes", error.code)]
    told = operations.service.metrics().decode()
    assert 'tallystick_witness_disputes{witness="w2"} 1.0' in told
    assert 'tallystick_witness_disputes{witness="w1"} 0.0' in told
    for rig.witnesses["w2"].error in (WitnessUnreachable("no route"), None):
        rig.now_s += 60
        rig.grow()
        rig.round()
        assert _warned(operations) == []


def _warned(operations: NodeOperations) -> list[tuple[str, str]]:
    """Code of each warning, and the reason that it names."""
    operations.service.watchman.look()
    warnings = operations.service.watchman.report().warnings
    return [(one.code, one.detail.partition("(")[2].partition(")")[0]) for one in warnings]


def test_lines_of_strangers_are_not_kept(rig: Rig) -> None:
    """A witness of the policy answers with somebody else's signature."""
    for name in names[:2]:
        rig.witnesses[name].extra = True
    with pytest.raises(witness.QuorumMissing):
        rig.round()
    with rig.world.store.read() as transaction:
        kept = transaction.cosignatures.of(newest(rig.world)[0])
    assert [one.name for one in kept] == ["witness.example/w3"]
    rig.world.audit()


def test_ahead_of_this_checkpoint_but_not_of_the_log_is_no_alarm(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers: the other one asked about the next checkpoint while this one was on its way."""
    grown: list[int] = []

    def ahead(note: Note, prove: Any) -> NoteSignature:
        grown.append(rig.grow())
        raise witness.WitnessAhead("it is ahead", grown[-1])

    monkeypatch.setattr(rig.witnesses["w1"], "cosign", ahead)
    rig.witnesses["w2"].error = WitnessUnreachable("no route")
    with pytest.raises(witness.QuorumMissing):
        rig.round()
    assert rig.node.memory().fence() is None


def test_ahead_of_all_that_was_ever_signed_fences(rig: Rig) -> None:
    rig.witnesses["w1"].error = witness.WitnessAhead("it is ahead", 10_000)
    with pytest.raises(LogFenced, match="w1 says that it cosigned 10000 entries"):
        rig.round()
    fence = rig.node.memory().fence()
    assert fence is not None
    assert fence.size == 10_000
    with pytest.raises(LogFenced):
        rig.world.ledger.append(rig.world.mint(1, 900))


def test_stopped_by_too_many_fences_and_a_person_may_lift_it(rig: Rig) -> None:
    """An operator that had been replaced came back and took entries in, with receipts that nobody could keep."""
    stopped = witness.LogStopped("w answered 403")
    rig.witnesses["w1"].error = stopped
    rig.witnesses["w2"].error = WitnessUnreachable("no route")
    with pytest.raises(witness.QuorumMissing):
        rig.round()
    assert rig.node.memory().fence() is None, "w2 may come back"
    rig.witnesses["w2"].error = stopped
    rig.now_s = 60
    said = "w1, w2 stopped this log's key for ever, and no quorum is left without them"
    with pytest.raises(LogFenced, match=said):
        rig.round()
    with pytest.raises(LogFenced):
        rig.world.ledger.append(rig.world.mint(1, 900))
    size = newest(rig.world)[0]
    assert rig.node.memory().lift_fence(size) == Fence(size, said)
    rig.now_s = 120
    with pytest.raises(witness.QuorumMissing):
        rig.round()
    assert rig.node.memory().fence() is None, "whoever lifted it was told already"
    rig.world.ledger.append(rig.world.mint(1, 900))


def test_a_start_is_fenced_where_another_operator_goes_on(rig: Rig) -> None:
    gone = [start.Told(name, why="it cosigned 99", superseded=True) for name in ("w1", "w2")]
    policy_of_log = witness.Policy.parse(policy)
    memory = rig.node.memory()

    def fence(told: list[start.Told]) -> Fence | None:
        return Prepared("checked", start.Asked(policy_of_log, tuple(told))).fence(memory)

    assert fence([gone[0], start.Told("w2", why="it has not answered in time")]) is None
    found = fence(gone)
    assert found is not None
    assert found.detail.startswith("w1, w2 cosign under another key of this log")
    memory.set_fence(found)
    memory.lift_fence(found.size)
    assert fence(gone) is None, "whoever lifted it was told already"


def test_the_checkpoint_shown_finds_the_tiles_of_its_size(rig: Rig) -> None:
    """When the newest checkpoint was not final yet, partial tiles of the one shown were never published."""
    rig.round()
    final = newest(rig.world)[0]
    rig.world.ledger.append(rig.world.mint(300, 700))
    rig.world.ledger.seal()
    size = newest(rig.world)[0]
    publish(rig.node, "")
    public = rig.node.settings.folder / "public/log"
    assert (public / "checkpoint").read_text().split("\n")[1] == str(final)
    first = (public / f"tile/0/000.p/{final}").read_bytes()
    assert (public / "tile/0/000").read_bytes()[: len(first)] == first
    assert len(first) == final * 32
    assert (public / f"tile/0/001.p/{size - 256}").is_file()


def test_a_new_process_recalls_what_its_witnesses_cosigned(rig: Rig) -> None:
    rig.round()
    with rig.node.reader.open() as snapshot:
        read = snapshot.policy()
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(500)))
    remote = witness.RemoteWitness("w1", read.witnesses[0].cosigner, "http://w1.example", http)
    asking = witnessing.Asking(read, [remote, rig.witnesses["w2"]])
    asking.recall(rig.node)
    size = newest(rig.world)[0]
    with pytest.raises(witness.WitnessConflict) as refused:
        remote.cosign(Checkpoint(rig.world.origin, 1, bytes(32)).sign(PrivateKey.generate()), list)
    assert refused.value.size == size
