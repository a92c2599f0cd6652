"""A lost operator replaced: where the epoch begins, who may begin it, and what goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.ledger.export.folders import audited
from tests.ledger.governance import acts
from tests.ledger.governance.acts import governed_world, signed
from tests.ledger.governance.epochs import Successor, epoch_of, first_keys, named, newest, stopped
from tests.ledger.world import NoteBody, World, a_vault, core, log

from tallystick.identity import Directory
from tallystick.ledger import (
    ChainNotPinned,
    Checkpoint,
    EpochBehind,
    EpochProof,
    EpochProofRefused,
    LogSigner,
    Note,
    NotSound,
    Pinned,
    Store,
    Submission,
    Verifier,
    audit,
    auditor_reader,
    export,
    log_verifier,
    open_checkpoint,
    prove_epoch,
    reach,
)
from tallystick.ledger.batch import Batch
from tallystick.ledger.governance import Epoch, Stopped, epoch_type, policy_type


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    made = governed_world(sqlite_url, tmp_path / "home")
    made.populate()
    made.ledger.seal()
    return made


@pytest.fixture
def any_world(tmp_path: Path, database_url: str) -> World:
    made = governed_world(database_url, tmp_path / "home")
    made.populate()
    made.ledger.seal()
    return made


def successor(world: World, tmp_path: Path, name: str = "other") -> Successor:
    return Successor(world, f"sqlite:///{tmp_path / name}.sqlite", tmp_path / name)


def statements(world: World, note: str, *names: str) -> list[Stopped]:
    return [stopped(world, name, note) for name in names]


def test_another_operator_goes_on_where_the_witnesses_stopped(
    any_world: World, tmp_path: Path
) -> None:
    """Entries acknowledged beyond are sent again; streams go on; the audit runs over both epochs."""
    world = any_world
    device = world.add_device(core, "99.100.1/D-1", ("test.note/1",))
    world.append([device.write("test.note/1", NoteBody(text="before"))])
    world.ledger.seal()
    small = newest(world)
    world.append(world.mint(3))
    world.ledger.seal()
    size, note = newest(world)
    next_one = successor(world, tmp_path)
    lost = world.mint(4, 3)
    lost += [device.write("test.note/1", NoteBody(text=f"lost {n}")) for n in range(2)]
    world.append(lost)
    world.ledger.seal()
    with world.reader.open() as snapshot:
        proof = snapshot.consistency(small[0], size)
        old_key = log_verifier(snapshot.view)
    told = [stopped(world, "w1", small[1], proof), stopped(world, "w3", note)]
    next_one.take_over(epoch_of(note, told, "w1", "w3"))
    new = next_one.as_world()
    with new.reader.open() as snapshot:
        new_key = log_verifier(snapshot.view)
        assert log_verifier(snapshot.view, size) == old_key
        assert snapshot.row(size).type == epoch_type
        assert snapshot.chain()[-1].index == size
    assert new_key != old_key
    answers = new.ledger.append(lost)
    assert all(answer.accepted and not answer.duplicate for answer in answers)
    new.ledger.seal()
    found = new.audit()
    with new.store.read() as transaction:
        assert found.checkpoints == transaction.count("checkpoint")
    pinned = audit(new.store, new.rules, Directory(), new.checker, verifier=old_key, pinned=note)
    assert pinned.size == found.size
    # The old operator goes on; its checkpoints are of a fork, and signed by a key of the past.
    world.ledger.seal(force=True)
    with pytest.raises(NotSound):
        new.audit(pinned=newest(world)[1])
    open_checkpoint(newest(new)[1], new_key)

    export.export_log(new.store, new.rules, tmp_path / "x", auditor_reader)
    assert audited(new, tmp_path / "x").root == found.root
    assert export.Export(tmp_path / "x", old_key).size == found.size


def _note(world: World) -> tuple[str, list[Stopped]]:
    note = newest(world)[1]
    return note, statements(world, note, "w1", "w2", "w3")


CASES: list[tuple[str, Callable[[World, str, list[Stopped]], Epoch], str]] = [
    ("one governs", lambda w, n, s: epoch_of(n, s, "w1"), "governance-quorum-missing"),
    ("one stopped", lambda w, n, s: epoch_of(n, s[:1], "w1", "w2"), "governance-quorum-missing"),
    ("others stopped", lambda w, n, s: epoch_of(n, s[1:], "w1", "w2"), "governance-quorum-missing"),
    ("twice", lambda w, n, s: epoch_of(n, [*s[:2], s[0]], "w1", "w2"), "epoch-refused"),
    ("number", lambda w, n, s: epoch_of(n, s, "w1", "w2", number=2), "governance-number"),
    ("another root", lambda w, n, s: epoch_of(n, s, "w1", "w2", root="00" * 32), "epoch-refused"),
    ("old key again", lambda w, n, s: epoch_of(n, s, "w1", "w2", log_key=named(f"300:{log}")), "epoch-refused"),
    ("another's handle", lambda w, n, s: epoch_of(n, s, "w1", "w2", log_key=named("302:99/O-X")), "epoch-refused"),
    ("one key twice", lambda w, n, s: epoch_of(n, s, "w1", "w2", receipt_key=named(first_keys[0])), "epoch-refused"),
    ("p256 log key", lambda w, n, s: epoch_of(
        n, s, "w1", "w2", log_key=named(first_keys[0], "ecdsa-p256-sha256")), "epoch-refused"),
    ("no checkpoint", lambda w, n, s: epoch_of(
        n, [s[0].model_copy(update={"checkpoint": ""}), s[1]], "w1", "w2"), "stop-statement-refused"),
    ("no statement", lambda w, n, s: epoch_of(
        n, [s[0].model_copy(update={"statement": n}), s[1]], "w1", "w2"), "stop-statement-refused"),
    ("a stranger stopped", lambda w, n, s: epoch_of(n, [stopped(w, "w9", n), s[1]], "w1", "w2"),
     "stop-statement-refused"),
    ("another's checkpoint", lambda w, n, s: epoch_of(
        n, [s[0].model_copy(update={"checkpoint": s[1].checkpoint}), s[1]], "w1", "w2"),
     "stop-statement-refused"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "code"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_an_epoch_is_refused(
    world: World, tmp_path: Path, make: Callable[..., Epoch], code: str
) -> None:
    """And nothing changed: the right one still holds."""
    note, told = _note(world)
    other = successor(world, tmp_path)
    assert other.refused(make(world, note, told)) == code
    other.take_over(epoch_of(note, told, "w1", "w2"))
    other.as_world().audit()


def test_a_witness_that_lies_about_another_history_stops_the_take_over(
    world: World, tmp_path: Path
) -> None:
    """The statements contradict each other: the log forked, and nobody may choose a side by an epoch."""
    small = newest(world)
    world.append(world.mint(2))
    world.ledger.seal()
    note = newest(world)[1]
    told = [stopped(world, "w1", small[1]), stopped(world, "w2", note)]
    assert successor(world, tmp_path).refused(epoch_of(note, told, "w1", "w2")) == "epoch-refused"
    assert (
        successor(world, tmp_path, "b").refused(epoch_of(small[1], told, "w1", "w2"))
        == "takeover-store-beyond"
    )


def test_a_store_that_is_not_complete_cannot_take_over(world: World, tmp_path: Path) -> None:
    note, told = _note(world)
    behind = successor(world, tmp_path, "behind")
    lacking = successor(world, tmp_path, "lacking")
    world.append(world.mint(2))
    world.ledger.seal()
    later = newest(world)[1]
    more = statements(world, later, "w1", "w2")
    assert behind.refused(epoch_of(later, more, "w1", "w2")) == "takeover-store-incomplete"
    with lacking.store.write() as transaction:
        transaction.connection.execute(text("DELETE FROM body WHERE idx = 7"))
    assert lacking.refused(epoch_of(note, told, "w1", "w2")) == "takeover-store-incomplete"
    used = successor(world, tmp_path, "used")
    used.memory.save(3, bytes(32))
    assert used.refused(epoch_of(later, more, "w1", "w2")) == "takeover-signer-used"


def test_nobody_sends_an_epoch_in(world: World, tmp_path: Path) -> None:
    """Over HTTP it would stop the operator that runs, whoever signed it."""
    note, told = _note(world)
    other = successor(world, tmp_path)
    other.take_over(epoch_of(note, told, "w1", "w2"))
    with other.as_world().reader.open() as snapshot:
        one = snapshot.chain()[-1]
    (answer,) = world.ledger.append([Submission(one.leaf, one.body, one.salt)])
    assert answer.problem is not None
    assert answer.problem.code == "epoch-elsewhere"


def test_the_second_loss_is_like_the_first(world: World, tmp_path: Path) -> None:
    """Between them the policy changes; the chain holds from the first pinned key to the last."""
    with world.reader.open() as snapshot:
        first = log_verifier(snapshot.view)
    note, told = _note(world)
    one = successor(world, tmp_path, "one")
    one.take_over(epoch_of(note, told, "w1", "w2"))
    middle = one.as_world()
    body = acts.new_policy(
        2, policy=acts.policy_text(("w3", "w4"), "all"), governance=acts.governors(("w3", "w4"))
    )
    acts.enacted(middle, policy_type, signed(policy_type, body, "w2", "w3"))
    note = newest(middle)[1]
    references = (f"304:{log}", f"305:{log}")
    two = Successor(middle, f"sqlite:///{tmp_path / 'two.sqlite'}", tmp_path / "two", references)
    keys = {"log_key": named(references[0]), "receipt_key": named(references[1])}
    by_old = epoch_of(note, statements(middle, note, "w1", "w2"), "w1", "w2", number=3, **keys)
    assert two.refused(by_old) == "governance-signature"
    two.take_over(
        epoch_of(note, statements(middle, note, "w3", "w4"), "w3", "w4", number=3, **keys)
    )
    last = two.as_world()
    last.append(last.mint(2))
    last.ledger.seal()
    assert last.audit().origin == acts.origin
    found = reach(Pinned(log=first), acts.chain(last))
    assert len(found.epochs) == 3
    size, last_note = newest(last)
    open_checkpoint(last_note, found.at(size).log)
    proof = prove_epoch(last.reader)
    assert proof.verify([first]).at(size).log == found.at(size).log


def test_the_proof_of_an_epoch(world: World, tmp_path: Path) -> None:
    """What a witness reads before it takes the new key: each part changed alone is refused."""
    with world.reader.open() as snapshot:
        old = log_verifier(snapshot.view)
    small_size, small_note = newest(world)
    world.append(world.mint(2))
    world.ledger.seal()
    size, note = newest(world)
    other = successor(world, tmp_path)
    world.append(world.mint(2, 2))
    world.ledger.seal()
    beyond = Checkpoint.parse(Note.parse(newest(world)[1]).text)
    other.take_over(epoch_of(note, statements(world, note, "w1", "w2"), "w1", "w2"))
    new = other.as_world()
    proof = prove_epoch(new.reader, [small_size, size])
    again = EpochProof.parse(proof.encode())
    assert again == EpochProof(proof.checkpoint, proof.entries, again.consistency)
    small = Checkpoint.parse(Note.parse(small_note).text)
    for known in (None, small, Checkpoint.parse(Note.parse(note).text)):
        assert again.verify([old], known).epochs == (0, size)
    with pytest.raises(EpochBehind):
        again.verify([old], beyond)
    with pytest.raises(EpochProofRefused, match="there is none from"):
        again.verify([old], Checkpoint(small.origin, small_size - 1, small.root))
    with pytest.raises(EpochProofRefused, match=f"from {small_size}"):
        again.verify([old], Checkpoint(small.origin, small_size, bytes(32)))
    with pytest.raises(ChainNotPinned):
        again.verify([Verifier(old.name, acts.private("w1").public)])
    data = proof.encode()
    for wrong in (b"", b"{}", data[:-3], data.replace(b'"index": 0', b'"index": -1'), b"x" * (17 << 20),
                  data.replace(b"epoch proof/1", b"epoch proof/2"), data.replace(b'"salt": "', b'"salt": "?')):  # fmt: skip
        with pytest.raises(EpochProofRefused):
            EpochProof.parse(wrong)
    other_entry = (proof.entries[0][0], proof.entries[1][1])
    with pytest.raises(EpochProofRefused, match="entry 0"):
        EpochProof(proof.checkpoint, (other_entry, proof.entries[1]), {}).verify([old])
    with pytest.raises(EpochProofRefused, match="no epoch"):
        EpochProof(note, proof.entries[:1], {}).verify([old])


def test_a_store_that_is_ahead_is_imported_again_up_to_the_start(
    world: World, tmp_path: Path
) -> None:
    """A mirror had followed the operator further than any witness: its export makes a store that fits."""
    size, note = newest(world)
    told = statements(world, note, "w1", "w2")
    world.append(world.mint(300))
    world.ledger.seal()
    ahead = successor(world, tmp_path, "ahead")
    assert ahead.refused(epoch_of(note, told, "w1", "w2")) == "takeover-store-beyond"
    export.export_log(ahead.store, world.rules, tmp_path / "x", auditor_reader)
    cut = Store(f"sqlite:///{tmp_path / 'cut.sqlite'}", vault=a_vault)
    opened = export.Export(tmp_path / "x")
    opened.cut(size)
    export.import_log(opened, cut, world.rules, Directory(), world.checker)
    empty = World.__new__(World)
    empty.__dict__.update(world.__dict__)
    empty.store = cut
    other = Successor(empty, f"sqlite:///{tmp_path / 'fits.sqlite'}", tmp_path / "fits")
    other.take_over(epoch_of(note, told, "w1", "w2"))
    assert other.as_world().audit().size == size + 2
    with pytest.raises(export.ExportTreeDiffers, match="no checkpoint of 17"):
        opened.cut(17)


def test_a_take_over_that_breaks_off_is_done_again_or_finished(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine stops before the commit, or between the commit and the first checkpoint."""
    note, told = _note(world)
    other = successor(world, tmp_path)
    epoch = epoch_of(note, told, "w1", "w2")

    def stop(*_: object) -> None:
        raise OSError("the machine stopped")

    with monkeypatch.context() as broken:
        broken.setattr(Batch, "flush", stop)
        with pytest.raises(OSError, match="stopped"):
            other.take_over(epoch)
    with monkeypatch.context() as broken:
        broken.setattr(LogSigner, "sign", stop)
        with pytest.raises(OSError, match="stopped"):
            other.take_over(epoch)
    again = other.as_world()
    assert again.audit().size == epoch.size + 2
    assert newest(again)[0] == epoch.size + 2
