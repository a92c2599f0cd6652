"""The witness's rule: each refusal with its status, in the specification's order, and nothing moves."""

from __future__ import annotations

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tests.ledger.witness.history import (
    History,
    cosigner,
    fresh,
    key,
    opened,
    origin,
    remembering,
    verifier,
)  # fmt: skip

from tallystick.ledger import (
    Checkpoint,
    Note,
    SetClock,
    TallystickError,
    Verifier,
    evidence,
    merkle,
    witness,
)
from tallystick.ledger.note import sign_note
from tallystick.ledger.witness.errors import OldSizeTooLarge, WitnessStorageFailed
from tallystick.ledger.witness.memory import evidence_per_log_max, refused_per_log_max

w1 = "witness.example/w1"
main = History()


def size(folder: Path, log: str = origin) -> int:
    return witness.Memory(folder).load(log).checkpoint.size


def test_it_cosigns_what_extends_and_remembers_it(tmp_path: Path) -> None:
    made = fresh(tmp_path)
    for old, new in ((0, 1), (1, 2), (2, 7), (7, 7), (7, 64), (64, 300)):
        line = made.add_checkpoint(main.request(old, new))
        assert main.note(new).adding([line]).verify([cosigner(w1)]) == [cosigner(w1)]
        assert size(tmp_path) == new
    kept = witness.Memory(tmp_path).load(origin)
    assert Note.parse(kept.note).verify([verifier()]) == [verifier()]
    assert kept.time_s(cosigner(w1)) == 1_772_697_600


def test_the_same_checkpoint_gets_a_fresh_time(tmp_path: Path) -> None:
    remembering(tmp_path)
    clock = SetClock("2026-03-05T08:00:00.000Z")
    memory = witness.Memory(tmp_path)
    made = witness.Witness(w1, key(w1), {origin: [verifier()]}, memory, clock)
    first = made.add_checkpoint(main.request(0, 5))
    clock.advance(60_000)
    second = made.add_checkpoint(main.request(5, 5))
    assert witness.cosigned_at(second.signature) - witness.cosigned_at(first.signature) == 60


def test_a_clock_set_back_does_not_look_like_going_back(tmp_path: Path) -> None:
    """Smaller tree by a fast clock, larger one after it was put right: an honest witness was convicted."""
    memory, watched = remembering(tmp_path), {origin: [verifier()]}

    def at(time: str) -> witness.Witness:
        return witness.Witness(w1, key(w1), watched, memory, SetClock(time))

    fast = at("2026-03-05T09:00:00.000Z")
    small = fast.add_checkpoint(main.request(0, 5))
    fast._clock = SetClock("2026-03-05T08:00:00.000Z")
    lines = [small, fast.add_checkpoint(main.request(5, 9))]
    lines.append(at("2026-03-05T07:00:00.000Z").add_checkpoint(main.request(9, 12)))
    notes = [main.note(size).adding([line]) for size, line in zip((5, 9, 12), lines, strict=True)]
    for smaller, larger in ((0, 1), (1, 2)):
        accused = evidence.Rollback(
            origin=origin,
            witness=cosigner(w1).encode(),
            larger=notes[larger].encode(),
            smaller=notes[smaller].encode(),
        )
        with pytest.raises(evidence.EvidenceProvesNothing):
            accused.verify(evidence.Trust([verifier()], [cosigner(w1)]))


def forged(note: Note, **changed: object) -> Note:
    """Signed with the log's real key over another checkpoint."""
    checkpoint = replace(Checkpoint.parse(note.text), **changed)  # type: ignore[arg-type]
    return checkpoint.sign(key(origin))


fork = History("fork", shared=3)
cases: list[tuple[str, witness.AddCheckpoint, type[TallystickError], int]] = [
    ("old beyond", replace(main.request(9, 9), old=10), OldSizeTooLarge, 400),
    ("stale old", main.request(2, 9), witness.WitnessConflict, 409),
    ("old 0", main.request(0, 9), witness.WitnessConflict, 409),
    ("going back", main.request(3, 3), witness.WitnessConflict, 409),
    ("no proof", replace(main.request(5, 9), proof=()), witness.CheckpointInconsistent, 422),
    ("cut proof", replace(main.request(5, 9), proof=tuple(main.prove(5, 9)[:-1])), witness.CheckpointInconsistent, 422),
    ("long proof", replace(main.request(5, 9), proof=(*main.prove(5, 9), bytes(32))), witness.CheckpointInconsistent, 422),
    ("other proof", replace(main.request(5, 9), proof=tuple(main.prove(4, 9))), witness.CheckpointInconsistent, 422),
    ("a proof to itself", replace(main.request(5, 5), proof=(bytes(32),)), witness.CheckpointInconsistent, 422),
    ("a second history, larger", fork.request(5, 9), witness.CheckpointInconsistent, 422),
    ("a second history, same size", fork.request(5, 5), witness.CheckpointInconsistent, 422),
    ("a second history, smaller", fork.request(4, 4), witness.WitnessConflict, 409),
    ("another root", replace(main.request(5, 5), note=forged(main.note(5), root=bytes(32))), witness.CheckpointInconsistent, 422),
    ("unknown log", History(origin="log.example/else").request(5, 9), witness.LogUnknown, 404),
    ("no key that is known", replace(main.request(5, 9), note=main.checkpoint(9).sign(key("x"))), witness.CheckpointNotTrusted, 403),
    ("no checkpoint", replace(main.request(5, 9), note=sign_note("hello\n", origin, key(origin))), witness.WitnessRequestRefused, 400),
]  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "error", "status"), [case[1:] for case in cases], ids=[case[0] for case in cases]
)
def test_each_refusal_leaves_everything_as_it_was(
    tmp_path: Path, request_: witness.AddCheckpoint, error: type[TallystickError], status: int
) -> None:
    made = fresh(tmp_path)
    made.add_checkpoint(main.request(0, 5))
    before = witness.Memory(tmp_path).load(origin)
    with pytest.raises(error) as refused:
        made.add_checkpoint(request_)
    assert (type(refused.value), refused.value.status) == (error, status)
    if isinstance(refused.value, witness.WitnessConflict):
        assert refused.value.size == 5
    assert witness.Memory(tmp_path).load(origin) == before
    made.add_checkpoint(main.request(5, 9))


def test_a_known_key_whose_signature_fails_is_not_trusted(tmp_path: Path) -> None:
    made = fresh(tmp_path)
    (line,) = main.note(5).signatures
    broken = Note(main.note(5).text, (line, replace(line, signature=bytes(64))))
    with pytest.raises(witness.CheckpointNotTrusted):
        made.add_checkpoint(witness.AddCheckpoint(0, (), broken))
    assert size(tmp_path) == 0


def test_signatures_of_others_are_ignored_and_not_kept(tmp_path: Path) -> None:
    made = fresh(tmp_path)
    stranger = witness.cosign(main.note(5).text, "w.example/other", key("other"), 1)
    made.add_checkpoint(witness.AddCheckpoint(0, (), main.note(5).adding([stranger])))
    kept = Note.parse(witness.Memory(tmp_path).load(origin).note)
    assert [line.name for line in kept.signatures] == [origin, w1]


def test_any_of_several_keys_of_a_log_will_do(tmp_path: Path) -> None:
    memory = remembering(tmp_path)
    new = Verifier(origin, key("new key").public)
    clock = SetClock("2026-03-05T08:00:00.000Z")
    made = witness.Witness(w1, key(w1), {origin: [verifier(), new]}, memory, clock)
    made.add_checkpoint(main.request(0, 5))
    renewed = main.checkpoint(9).sign(key("new key"))
    made.add_checkpoint(replace(main.request(5, 9), note=renewed))
    assert size(tmp_path) == 9


def test_an_empty_tree_has_the_empty_root(tmp_path: Path) -> None:
    made = fresh(tmp_path)
    empty = Checkpoint(origin, 0, merkle.empty_root).sign(key(origin))
    wrong = Checkpoint(origin, 0, bytes(32)).sign(key(origin))
    with pytest.raises(witness.CheckpointInconsistent):
        made.add_checkpoint(witness.AddCheckpoint(0, (), wrong))
    with pytest.raises(witness.CheckpointInconsistent, match="proof is empty"):
        made.add_checkpoint(witness.AddCheckpoint(0, (bytes(32),), main.note(5)))
    made.add_checkpoint(witness.AddCheckpoint(0, (), empty))
    made.add_checkpoint(main.request(0, 5))


def test_extension_lines_are_cosigned_whole(tmp_path: Path) -> None:
    """Our logs write none, but the format has them, and a witness serves any log."""
    made = fresh(tmp_path)
    extended = sign_note(main.checkpoint(5).text() + "more\n", origin, key(origin))
    line = made.add_checkpoint(witness.AddCheckpoint(0, (), extended))
    assert extended.adding([line]).verify([cosigner(w1)]) == [cosigner(w1)]
    opened(tmp_path)
    empty_line = sign_note(main.checkpoint(5).text() + "\nmore\n", origin, key(origin))
    with pytest.raises(witness.WitnessRequestRefused):
        made.add_checkpoint(witness.AddCheckpoint(5, (), empty_line))


def test_two_signed_checkpoints_of_one_size_are_kept_as_evidence(tmp_path: Path) -> None:
    """Whatever old size the fork was sent with: the log's own signatures convict it."""
    made = fresh(tmp_path)
    made.add_checkpoint(main.request(0, 5))
    for old in (0, 5):
        with pytest.raises((witness.WitnessConflict, witness.CheckpointInconsistent)):
            made.add_checkpoint(replace(fork.request(5, 5), old=old))
    (status,) = made.status()
    assert (status.evidence, status.newest.checkpoint.size) == (1, 5)
    (path,) = (tmp_path / "evidence").rglob("*.json")
    found = evidence.read_evidence(path.read_bytes())
    verdict = found.verify(evidence.Trust([verifier()], [cosigner(w1)]))
    assert (verdict.kind, verdict.rests_on) == ("fork", "")
    assert f"{w1} cosigned the first" in verdict.proves


def test_a_second_history_that_comes_with_its_own_proof_convicts_itself(tmp_path: Path) -> None:
    """A log that went on from a rewritten tree asks with an honest proof of it: that proof is enough."""
    made = fresh(tmp_path)
    made.add_checkpoint(main.request(0, 5))
    with pytest.raises(witness.CheckpointInconsistent):
        made.add_checkpoint(fork.request(5, 9))
    (path,) = (tmp_path / "evidence").rglob("*.json")
    found = evidence.read_evidence(path.read_bytes())
    assert found.verify(evidence.Trust([verifier()])).kind == "inconsistent"
    for proof in ((), tuple(main.prove(5, 9)[:-1]), (bytes(32),) * 4):
        with pytest.raises(witness.CheckpointInconsistent):
            made.add_checkpoint(replace(main.request(5, 9), proof=proof))
    assert made.status()[0].evidence == 1


def test_what_no_proof_led_to_is_kept_and_convicts_later(tmp_path: Path) -> None:
    """From a power of two the request itself proves nothing: the refused checkpoint and the true tree do."""
    made = fresh(tmp_path)
    made.add_checkpoint(main.request(0, 4))
    with pytest.raises(witness.CheckpointInconsistent):
        made.add_checkpoint(fork.request(4, 9))
    assert made.status()[0].evidence == 0
    (path,) = (tmp_path / "refused").rglob("*.note")
    refused, newest = Note.read(path.read_bytes()), main.note(70)

    class Tree:
        def root_at(self, size: int) -> bytes:
            return main.checkpoint(size).root

        def consistency(self, first: int, second: int) -> list[bytes]:
            return main.prove(first, second)

    found = evidence.of_checkpoints(refused, newest, [verifier()], Tree())
    assert found.verify(evidence.Trust([verifier()])).kind == "inconsistent"
    for number in range(refused_per_log_max + 5):
        with pytest.raises(witness.CheckpointInconsistent):
            made.add_checkpoint(History(f"fork {number}").request(4, 9))
    assert len(list((tmp_path / "refused").rglob("*.note"))) == refused_per_log_max


def test_a_log_that_forks_often_does_not_fill_the_disk(tmp_path: Path) -> None:
    made = fresh(tmp_path)
    made.add_checkpoint(main.request(0, 5))
    for number in range(evidence_per_log_max + 5):
        with pytest.raises(witness.CheckpointInconsistent):
            made.add_checkpoint(History(f"fork {number}").request(5, 5))
    assert made.status()[0].evidence == evidence_per_log_max


def test_a_whole_second_history_signed_with_the_real_key_is_refused(tmp_path: Path) -> None:
    made = fresh(tmp_path)
    made.add_checkpoint(main.request(0, 70))
    for shared in (0, 1, 33, 69):
        other = History("rewritten", shared=shared)
        for old in (0, 1, 33, 69, 70):
            for new in (max(old, 1), 70, 71, 128):
                with pytest.raises((witness.WitnessConflict, witness.CheckpointInconsistent)):
                    made.add_checkpoint(other.request(old, new))
    made.add_checkpoint(main.request(70, 71))


def test_concurrent_requests_never_go_back(tmp_path: Path) -> None:
    """Two requests that are both consistent with 5: one wins, and the other is told the new size."""
    made = fresh(tmp_path, w1)
    made.add_checkpoint(main.request(0, 5))
    ready = threading.Barrier(8)

    def ask(new: int) -> int:
        ready.wait()
        try:
            made.add_checkpoint(main.request(5, new))
        except witness.WitnessConflict as conflict:
            return -conflict.size
        return new

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(6, 14)))
    (winner,) = [answer for answer in answers if answer > 0]
    assert {answer for answer in answers if answer < 0} == {-winner}
    assert size(tmp_path) == winner


def test_several_logs_do_not_mix(tmp_path: Path) -> None:
    two = "log.example/two"
    made = fresh(tmp_path, w1, origin, two)
    made.add_checkpoint(main.request(0, 5))
    made.add_checkpoint(History(origin=two).request(0, 9))
    assert (size(tmp_path), size(tmp_path, two)) == (5, 9)
    mixed = witness.AddCheckpoint(5, (), History(origin=two).checkpoint(9).sign(key(origin)))
    with pytest.raises(witness.CheckpointNotTrusted):
        made.add_checkpoint(mixed)


def test_a_full_disk_means_no_signature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = fresh(tmp_path)
    made.add_checkpoint(main.request(0, 5))

    def full(_path: Path, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("tallystick.ledger.witness.memory.replace_durably", full)
        with pytest.raises(WitnessStorageFailed, match="No space left"):
            made.add_checkpoint(main.request(5, 9))
        with pytest.raises(WitnessStorageFailed):
            made.add_checkpoint(fork.request(5, 5))
    assert size(tmp_path) == 5
    made.add_checkpoint(main.request(5, 8))


def test_what_is_written_is_synced_before_it_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File, rename, folder: in this order, and all of them before the cosignature leaves."""
    import os

    made, steps, rename = fresh(tmp_path), list[str](), Path.replace
    monkeypatch.setattr(
        os, "fsync", lambda number: steps.append(os.readlink(f"/proc/self/fd/{number}"))
    )
    monkeypatch.setattr(
        Path, "replace", lambda self, to: (steps.append("rename"), rename(self, to))[1]
    )
    made.add_checkpoint(main.request(0, 5))
    file, renamed, folder = steps
    assert file.endswith(".new")
    assert (renamed, folder) == ("rename", str(tmp_path / "state"))


def state_file(folder: Path) -> Path:
    (path,) = (folder / "state").glob("*.json")
    return path


def test_a_lost_memory_is_never_taken_for_a_new_log(tmp_path: Path) -> None:
    made = fresh(tmp_path)
    made.add_checkpoint(main.request(0, 5))
    state_file(tmp_path).unlink()
    with pytest.raises(witness.StateLost, match=origin):
        opened(tmp_path)
    assert "witness restart" in witness.StateLost(origin).diagnosis()


other_note = History("fork").note(5).encode()


@pytest.mark.parametrize(
    "change",
    [
        lambda _d: b"", lambda _d: b"{", lambda _d: b"[]", lambda _d: b"\xff",
        lambda d: json.dumps({**d, "size": 4}).encode(),
        lambda d: json.dumps({**d, "size": "5"}).encode(),
        lambda d: json.dumps({**d, "root": "00" * 32}).encode(),
        lambda d: json.dumps({**d, "origin": "log.example/else"}).encode(),
        lambda d: json.dumps({**d, "note": ""}).encode(),
        lambda d: json.dumps({**d, "note": d["note"][:-9]}).encode(),
        lambda d: json.dumps({**d, "note": d["note"].replace("\u2014 log", "\u2014 lag")}).encode(),
        lambda d: json.dumps({**d, "more": 1}).encode(),
        lambda d: json.dumps({**d, "root": base64.b64decode(other_note.split("\n")[2]).hex(),
                              "note": other_note.replace(origin + " ", "x ")}).encode(),
    ],
)  # fmt: skip
def test_a_damaged_memory_opens_no_witness(tmp_path: Path, change: object) -> None:
    made = fresh(tmp_path)
    made.add_checkpoint(main.request(0, 5))
    path = state_file(tmp_path)
    path.write_bytes(change(json.loads(path.read_bytes())))  # type: ignore[operator]
    with pytest.raises(witness.StateDamaged):
        opened(tmp_path)


def cosigned(new: int) -> bytes:
    line = witness.cosign(main.note(new).text, w1, key(w1), 1_772_697_600)
    return main.note(new).adding([line]).encode().encode()


def test_it_starts_again_by_hand_from_what_it_cosigned(tmp_path: Path) -> None:
    made = fresh(tmp_path)
    made.add_checkpoint(main.request(0, 5))
    found = witness.restarted((origin, 5), cosigned(5), [verifier()], cosigner(w1))
    state_file(tmp_path).unlink()
    witness.Memory(tmp_path).save(found)
    again = opened(tmp_path)
    with pytest.raises(witness.CheckpointInconsistent):
        again.add_checkpoint(fork.request(5, 9))
    again.add_checkpoint(main.request(5, 9))


@pytest.mark.parametrize(
    ("named", "note", "said"),
    [
        ((origin, 6), cosigned(5), "size 5"),
        (("log.example/else", 5), cosigned(5), "not of log.example/else"),
        ((origin, 5), main.note(5).encode().encode(), "has not cosigned"),
        ((origin, 5), cosigned(5).replace(b"\n5\n", b"\n6\n"), "does not verify"),
        ((origin, 5), b"", "empty line"),
        ((origin, 5), main.checkpoint(5).sign(key("x")).encode().encode(), "known here"),
        ((origin, 0), Checkpoint(origin, 0, merkle.empty_root).sign(key(origin)).encode().encode(), "no size"),
    ],
)  # fmt: skip
def test_it_starts_again_from_nothing_less(named: tuple[str, int], note: bytes, said: str) -> None:
    with pytest.raises(witness.RestartRefused, match=said):
        witness.restarted(named, note, [verifier()], cosigner(w1))


def test_a_person_may_insist(tmp_path: Path) -> None:
    note = main.note(5).encode().encode()
    found = witness.restarted((origin, 5), note, [verifier()], cosigner(w1), not_cosigned=True)
    witness.Memory(tmp_path).save(found)
    assert opened(tmp_path).status()[0].time_s is None
