"""An operator with all of its real keys is caught, by a witness and by whoever kept one old checkpoint.

Each story ends with an evidence file that another machine verifies, with nothing but the log's key: its home
and its database know nothing of the log.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.app.test_export_commands import tallystick
from tests.ledger.witness.history import cosigner
from tests.ledger.witness.history import key as witness_key
from tests.ledger.world import Seeded, World

from tallystick.ledger import (
    Checkpoint,
    Note,
    NotSound,
    ProofFile,
    SetClock,
    Store,
    TallystickError,
    Verifier,
    auditor_reader,
    evidence,
    export,
    merkle,
    witness,
)

w1 = "witness.example/w1"
start = "2026-01-05T02:00:00.000Z"


@dataclass
class Operator:
    """A log with its keys, and what it shows."""

    world: World

    @property
    def log(self) -> Verifier:
        return self.world.ledger.signer.verifier

    def note(self) -> Note:
        with self.world.reader.open() as snapshot:
            newest = snapshot.checkpoint()
        assert newest is not None
        return Note.parse(newest[1])

    def size(self) -> int:
        return Checkpoint.parse(self.note().text).size

    def prove(self, old: int, new: int) -> tuple[bytes, ...]:
        with self.world.reader.open() as snapshot:
            return tuple(snapshot.consistency(old, new)) if 0 < old < new else ()

    def go_on(self, count: int, start: int) -> None:
        self.world.ledger.append(self.world.mint(count, start))
        self.world.ledger.seal()

    def copy(self, folder: Path, seed: str) -> Operator:
        """The store and the signer's memory as they are now, to go on from in another way."""
        folder.mkdir()
        url = f"sqlite:///{folder / 'copy.sqlite'}"
        copied = Store(url)
        self.world.store.copy_to(copied)
        copied.close()
        shutil.copy(self.world.home / "last.json", folder / "last.json")
        return Operator(World(url, folder, random=Seeded(seed), existing=True))


@dataclass
class Watcher:
    """A consistency witness, with its folder."""

    folder: Path
    witness: witness.Witness

    def ask(
        self, operator: Operator, *, old: int | None = None, proof: tuple[bytes, ...] | None = None
    ) -> None:
        """As an operator would that knows what this witness cosigned."""
        known = self.size(operator) if old is None else old
        new = operator.size()
        given = operator.prove(known, new) if proof is None else proof
        self.witness.add_checkpoint(witness.AddCheckpoint(known, given, operator.note()))

    def size(self, operator: Operator) -> int:
        return witness.Memory(self.folder).load(operator.world.origin).checkpoint.size

    def kept(self) -> Path:
        (path,) = (self.folder / "evidence").rglob("*.json")
        return path


@pytest.fixture
def honest(tmp_path: Path, sqlite_url: str) -> Operator:
    world = World(sqlite_url, tmp_path / "home")
    world.populate()
    world.ledger.seal()
    return Operator(world)


@pytest.fixture
def watcher(tmp_path: Path, honest: Operator) -> Watcher:
    folder = tmp_path / "witness"
    memory = witness.Memory(folder)
    memory.save(witness.Remembered.nothing(honest.world.origin))
    watched = {honest.world.origin: [honest.log]}
    made = Watcher(folder, witness.Witness(w1, witness_key(w1), watched, memory, SetClock(start)))
    made.ask(honest)
    return made


def verified_elsewhere(tmp_path: Path, path: Path, log: Verifier, kind: str) -> str:
    """What another machine is told; it has no log of its own."""
    done = tallystick(
        tmp_path / "elsewhere", "evidence", "verify", str(path), "--log-key", log.encode(),
        "--witness-key", cosigner(w1).encode(),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"PROVEN {kind}, {log.name}")
    assert "It does not prove" in done.stdout
    return done.stdout


def by_old_checkpoint(tmp_path: Path, kept: Note, shown: Operator, kind: str) -> str:
    """The holder of one checkpoint asks for the tree of today's, and writes down what it finds."""
    (tmp_path / "kept").write_text(kept.encode())
    (tmp_path / "shown").write_text(shown.note().encode())
    holder = tmp_path / "holder"
    holder.mkdir()
    copied = Store(f"sqlite:///{holder / 'ledger.sqlite3'}")
    shown.world.store.copy_to(copied)
    copied.close()
    audited = tallystick(holder, "audit", "--checkpoint", str(tmp_path / "kept"))
    assert (audited.returncode, "evidence make checkpoints" in audited.stderr) == (1, True)
    out = tmp_path / f"{kind}.evidence.json"
    done = tallystick(
        holder, "evidence", "make", "checkpoints", str(tmp_path / "kept"), str(tmp_path / "shown"),
        "--log-key", shown.log.encode(), "--out", str(out),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    folder, again = tmp_path / "export", tmp_path / "again"
    export.export_log(shown.world.store, shown.world.rules, folder, auditor_reader)
    done = tallystick(
        tmp_path / "nothing", "evidence", "make", "checkpoints", str(tmp_path / "kept"),
        str(tmp_path / "shown"), "--log-key", shown.log.encode(), "--out", str(again),
        "--export", str(folder),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert again.read_bytes() == out.read_bytes()
    return verified_elsewhere(tmp_path, out, shown.log, kind)


def test_two_checkpoints_of_one_size(honest: Operator, watcher: Watcher, tmp_path: Path) -> None:
    """A second store with the same keys takes in another entry, and both are signed."""
    other = honest.copy(tmp_path / "other", "other")
    honest.go_on(1, 100)
    other.go_on(1, 200)
    assert honest.size() == other.size()
    watcher.ask(honest)
    for old in (0, honest.size()):
        with pytest.raises((witness.CheckpointInconsistent, witness.WitnessConflict)):
            watcher.ask(other, old=old)
    told = verified_elsewhere(tmp_path, watcher.kept(), honest.log, "fork")
    assert f"{w1} cosigned the first" in told
    by_old_checkpoint(tmp_path, honest.note(), other, "fork")


def test_going_back_and_on_in_another_way(
    honest: Operator, watcher: Watcher, tmp_path: Path
) -> None:
    """Database and signer's memory from a backup: the log goes on, and forgets what it had signed."""
    backup = honest.copy(tmp_path / "backup", "backup")
    honest.go_on(5, 100)
    watcher.ask(honest)
    kept = honest.note()
    with pytest.raises(witness.WitnessConflict):
        watcher.ask(backup, old=backup.size())
    backup.go_on(9, 200)
    assert backup.size() > honest.size()
    with pytest.raises(witness.CheckpointInconsistent):
        watcher.ask(backup)
    verified_elsewhere(tmp_path, watcher.kept(), honest.log, "inconsistent")
    by_old_checkpoint(tmp_path, kept, backup, "inconsistent")


def test_going_back_is_no_proof_by_itself(honest: Operator, tmp_path: Path) -> None:
    """A log's signature has no time: its older checkpoint is what an honest log signed too."""
    backup = honest.copy(tmp_path / "backup", "backup")
    honest.go_on(5, 100)
    (tmp_path / "large").write_text(honest.note().encode())
    (tmp_path / "small").write_text(backup.note().encode())
    done = tallystick(
        honest.world.home, "evidence", "make", "checkpoints", str(tmp_path / "large"),
        str(tmp_path / "small"), "--log-key", honest.log.encode(), "--out", str(tmp_path / "x"),
    )  # fmt: skip
    assert (done.returncode, "evidence-tree-missing" in done.stderr) == (2, True)
    with honest.world.reader.open() as snapshot, pytest.raises(evidence.EvidenceProvesNothing):
        evidence.of_checkpoints(honest.note(), backup.note(), [honest.log], snapshot)
    assert not (tmp_path / "x").exists()


def test_a_whole_history_rewritten_and_signed_again(
    honest: Operator, watcher: Watcher, tmp_path: Path
) -> None:
    """From genesis on, with every real key: the log itself is sound, and it is another one."""
    kept = honest.note()
    rewritten = Operator(
        World(f"sqlite:///{tmp_path / 'new.sqlite'}", tmp_path / "new", random=Seeded("new"))
    )
    rewritten.world.populate()
    rewritten.go_on(9, 100)
    assert rewritten.world.audit().size > honest.size()
    with pytest.raises(NotSound):
        rewritten.world.audit(pinned=kept.encode())
    with pytest.raises(witness.CheckpointInconsistent):
        watcher.ask(rewritten)
    verified_elsewhere(tmp_path, watcher.kept(), honest.log, "inconsistent")
    by_old_checkpoint(tmp_path, kept, rewritten, "inconsistent")


def test_one_authors_entry_dropped_from_a_rewritten_tail(
    honest: Operator, watcher: Watcher, tmp_path: Path
) -> None:
    """The entry had its receipt and was cosigned; in the history that is shown now it never was."""
    backup = honest.copy(tmp_path / "backup", "backup")
    dropped = honest.world.mint(1, 300)
    others = honest.world.mint(3, 400)
    honest.world.ledger.append([*dropped, *others])
    honest.world.ledger.seal()
    watcher.ask(honest)
    kept = honest.note()
    backup.world.ledger.append(others)
    backup.world.ledger.seal()
    backup.go_on(2, 500)
    with pytest.raises(witness.CheckpointInconsistent):
        watcher.ask(backup)
    verified_elsewhere(tmp_path, watcher.kept(), honest.log, "inconsistent")
    by_old_checkpoint(tmp_path, kept, backup, "inconsistent")


def _forged(honest: Operator, forged: Operator, old: int) -> dict[str, tuple[bytes, ...]]:
    """Proofs from `old` to the forged tree, of kinds that verifiers have accepted elsewhere."""
    new = forged.size()
    good = forged.prove(old, new)
    with honest.world.reader.open() as snapshot:
        real = snapshot.root_at(old)
    with forged.world.reader.open() as snapshot:
        newer = snapshot.root_at(new)
        sides = [snapshot.root_at(size) for size in (1, old, new)]
    return {
        "none at all, taken for 'nothing to check'": (),
        "only the old root": (real,),
        "only the new root": (newer,),
        "cut at the end": good[:-1],
        "cut at the start": good[1:],
        "longer than the tree is high": (*good, bytes(32)),
        "as long as any path may be": (bytes(32),) * 63,
        "of another pair of sizes": forged.prove(old - 1, new),
        "backwards": good[::-1],
        "the old root put in where the first node stands": (real, *good[1:]),
        "the old root in front": (real, *good),
        "a leaf in place of a node": (merkle.leaf_hash(sides[0] + sides[1]), *good[1:]),
        "the last node twice (as CVE-2012-2459 repeats the last leaf)": (*good, good[-1]),
        "a middle node left out (as CVE-2022-36111 left the middle unchecked)": good[:1] + good[2:],
        "of the honest log": honest.prove(old, honest.size()),
    }


def test_forged_proofs_of_the_published_kinds(
    honest: Operator, watcher: Watcher, tmp_path: Path
) -> None:
    """None makes a witness cosign the second history, nor convicts the first one."""
    old = watcher.size(honest)
    forged = Operator(
        World(f"sqlite:///{tmp_path / 'new.sqlite'}", tmp_path / "new", random=Seeded("new"))
    )
    forged.world.populate()
    forged.go_on(9, 100)
    honest.go_on(5, 100)
    tried = _forged(honest, forged, old)
    for what, proof in tried.items():
        with pytest.raises(TallystickError) as refused:
            watcher.ask(forged, proof=proof)
        assert isinstance(refused.value, witness.CheckpointInconsistent), what
        with pytest.raises(merkle.ProofRefused):
            merkle.verify_consistency(
                old, honest.size(), bytes(32), Checkpoint.parse(honest.note().text).root, proof
            )
    assert len(tried) == 15
    assert watcher.size(honest) == old
    assert not list((watcher.folder / "evidence").rglob("*.json"))
    watcher.ask(honest)


def test_forged_inclusion_of_the_published_kinds(honest: Operator) -> None:
    """A node passed off as a leaf (CVE-2017-12842), sizes and indexes moved, paths cut or grown."""
    honest.go_on(9, 100)
    size = honest.size()
    with honest.world.reader.open() as snapshot:
        _, path, note = snapshot.inclusion(3, size)
        row, root = snapshot.row(3), snapshot.root_at(size)
        row2 = snapshot.row(2)
    assert note is None
    merkle.verify_inclusion(row.leaf_hash, 3, size, path, root)
    parent = merkle.node_hash(row2.leaf_hash, row.leaf_hash)
    for leaf, index, at, given in (
        (parent, 1, size, path[1:]),
        (merkle.leaf_hash(row2.leaf_hash + row.leaf_hash), 1, (size + 1) // 2, path[1:]),
        (row.leaf_hash, 2, size, path),
        (row.leaf_hash, 3, size, path[:-1]),
        (row.leaf_hash, 3, size, [*path, bytes(32)]),
        (row.leaf_hash, 3, size, []),
        (root, 0, 1, [bytes(32)]),
        (row.leaf_hash, size, size, path),
        (row.leaf_hash, -1, size, path),
    ):
        with pytest.raises(merkle.ProofRefused):
            merkle.verify_inclusion(leaf, index, at, given, root)
    # Under another size a node passes for a leaf's hash: so the size is signed with the root, and whoever
    # verifies an entry hashes its bytes.
    merkle.verify_inclusion(parent, 1, (size + 1) // 2, path[1:], root)
    proof = ProofFile(1, tuple(path[1:]), honest.note().encode())
    with pytest.raises(merkle.ProofRefused):
        proof.verify(row2.leaf_hash + row.leaf_hash, honest.log)
