"""Evidence of two checkpoints: what convicts a log or a witness, and what must never accuse an honest one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.witness.history import History, cosigner, key, origin, verifier

from tallystick.ledger import Checkpoint, Note, ProofFile, Verifier, evidence, merkle, witness
from tallystick.ledger.note import sign_note

main, forked = History(), History("fork", shared=3)
log = [verifier()]
trust = evidence.Trust(log)
w1, w2 = "witness.example/w1", "witness.example/w2"


class TreeOf:
    """The tree of one history, as a holder of its leaves has it."""

    def __init__(self, history: History) -> None:
        self._history = history

    def root_at(self, size: int) -> bytes:
        return merkle.tree_root(self._history.node, size)

    def consistency(self, first: int, second: int) -> list[bytes]:
        return self._history.prove(first, second)


def again(found: evidence.Evidence) -> evidence.Evidence:
    """As a stranger reads it."""
    data = evidence.write_evidence(found)
    read = evidence.read_evidence(data)
    assert read == found
    assert evidence.write_evidence(read) == data
    return read


def cosigned(note: Note, name: str, time_s: int) -> Note:
    return note.adding([witness.cosign(note.text, name, key(name), time_s)])


def test_two_roots_of_one_size_convict_without_anybodys_word() -> None:
    made = evidence.of_checkpoints(main.note(9), forked.note(9), log)
    verdict = again(made).verify(trust)
    assert (verdict.kind, verdict.origin, verdict.rests_on) == ("fork", origin, "")
    assert main.checkpoint(9).root.hex() in verdict.proves
    assert "does not say which history is the true one" in verdict.proves_not


def test_who_of_the_known_witnesses_cosigned_is_told() -> None:
    first = cosigned(main.note(9), w1, 1_772_697_600)
    made = again(evidence.of_checkpoints(first, forked.note(9), log))
    told = made.verify(evidence.Trust(log, [cosigner(w1), cosigner(w2)])).proves
    assert f"{w1} cosigned the first at 2026-03-05T08:00:00.000Z" in told
    assert w1 not in made.verify(trust).proves
    lying = first.adding([replace(first.signatures[-1], signature=bytes(72))])
    with pytest.raises(evidence.EvidenceNotSigned):
        evidence.of_checkpoints(lying, forked.note(9), log).verify(
            evidence.Trust(log, [cosigner(w1)])
        )


@settings(max_examples=60)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 69), st.booleans())
def test_any_two_sizes_of_two_histories_convict(a: int, b: int, shared: int, swap: bool) -> None:
    """The holder of one old checkpoint, and the tree that is shown today: whichever is larger has the tree."""
    small, large = sorted((a, b))
    histories = [History("first", shared=shared), History("rewritten", shared=shared)]
    old, new = reversed(histories) if swap else histories
    tree = TreeOf(new)
    if shared >= small:
        with pytest.raises(evidence.EvidenceProvesNothing):
            evidence.of_checkpoints(old.note(small), new.note(small), log)
        with pytest.raises(evidence.EvidenceProvesNothing):
            evidence.of_checkpoints(old.note(small), new.note(large + 1), log, tree)
        return
    made = again(evidence.of_checkpoints(old.note(small), new.note(large), log, tree))
    assert made.verify(trust).kind == ("fork" if small == large else "inconsistent")


@settings(max_examples=60)
@given(st.integers(1, 70), st.integers(1, 70))
def test_an_honest_log_is_never_accused(a: int, b: int) -> None:
    """Neither by its own proofs, nor by any other root with them."""
    small, large = sorted((a, b))
    with pytest.raises(evidence.EvidenceProvesNothing):
        evidence.of_checkpoints(main.note(large), main.note(small), log, TreeOf(main))
    if small == large:
        return
    path = main.prove(small, large)
    for root in (bytes(32), forked.checkpoint(small).root, main.checkpoint(large).root):
        accusing = evidence.Inconsistent(
            origin=origin,
            smaller=main.note(small).encode(),
            larger=main.note(large).encode(),
            prefix_root=root.hex(),
            path=tuple(node.hex() for node in path),
        )
        if root != main.checkpoint(small).root:
            with pytest.raises(evidence.EvidenceProofFails):
                again(accusing).verify(trust)


def test_without_the_larger_tree_two_sizes_prove_nothing() -> None:
    """An operator that shows nobody the new tree: keep both, and wait for somebody who has it."""
    for tree in (None, TreeOf(main)):
        with pytest.raises(evidence.EvidenceTreeMissing):
            evidence.of_checkpoints(main.note(5), forked.note(9), log, tree)


def test_two_leaves_at_one_index_convict_whoever_holds_two_proofs() -> None:
    def place(history: History, index: int, size: int) -> tuple[bytes, evidence.Place]:
        path = tuple(merkle.inclusion_proof(history.node, index, size))
        proof = ProofFile(index, path, history.note(size).encode())
        return history.node(0, index), evidence.Place.of(proof)

    made = again(evidence.of_leaves(place(main, 4, 70), place(forked, 4, 9), origin))
    verdict = made.verify(trust)
    assert (verdict.kind, verdict.rests_on) == ("two-leaves", "")
    assert "at index 4" in verdict.proves
    assert verdict.proves.startswith("With the log's key, ")
    for first, second in (
        (place(main, 4, 70), place(main, 4, 9)),
        (place(main, 4, 70), place(forked, 5, 9)),
    ):
        with pytest.raises(evidence.EvidenceProvesNothing):
            evidence.of_leaves(first, second, origin).verify(trust)
    leaf, where = place(forked, 4, 9)
    for other in (main.node(0, 7), forked.node(1, 2)):
        with pytest.raises(evidence.EvidenceProofFails):
            evidence.of_leaves(place(main, 4, 70), (other, where), origin).verify(trust)
    assert leaf != main.node(0, 4)


def test_a_witness_that_cosigned_a_smaller_tree_later_convicts_itself() -> None:
    """Restored from an old copy, or its key in two places: its own times say so. Of the log they say nothing."""
    large, small = cosigned(main.note(9), w1, 1000), cosigned(main.note(5), w1, 1001)
    made = again(evidence.of_witness(large, small, cosigner(w1), log))
    verdict = made.verify(evidence.Trust(log, [cosigner(w1)]))
    assert (verdict.kind, verdict.rests_on) == ("rollback", "")
    assert "does not prove that the log went back" in verdict.proves_not
    with pytest.raises(evidence.EvidenceKeyNeeded, match="witness-key"):
        made.verify(trust)


@pytest.mark.parametrize(
    ("large", "small", "error"),
    [
        (cosigned(main.note(9), w1, 1001), cosigned(main.note(5), w1, 1000), evidence.EvidenceProvesNothing),
        (cosigned(main.note(9), w1, 1000), cosigned(main.note(5), w1, 1000), evidence.EvidenceProvesNothing),
        (cosigned(main.note(5), w1, 1000), cosigned(main.note(9), w1, 1001), evidence.EvidenceProvesNothing),
        (cosigned(main.note(9), w1, 1000), cosigned(main.note(5), w2, 1001), evidence.EvidenceNotSigned),
        (cosigned(main.note(9), w1, 1000), main.note(5), evidence.EvidenceNotSigned),
    ],
)  # fmt: skip
def test_witnesses_that_are_only_slow_are_not_accused(
    large: Note, small: Note, error: type[Exception]
) -> None:
    """Two witnesses stand at two sizes all the time, and one may cosign what it knows again."""
    with pytest.raises(error):
        evidence.of_witness(large, small, cosigner(w1), log).verify(
            evidence.Trust(log, [cosigner(w1), cosigner(w2)])
        )


def test_what_the_log_did_not_sign_accuses_nobody() -> None:
    forged = forked.checkpoint(9).sign(key("somebody else"))
    with pytest.raises(evidence.EvidenceNotSigned):
        evidence.of_checkpoints(main.note(9), forged, log)
    renamed = replace(forked.checkpoint(9), origin="log.example/else").sign(key(origin))
    with pytest.raises(evidence.EvidenceNotSigned):
        evidence.of_checkpoints(main.note(9), renamed, log)
    made = evidence.of_checkpoints(main.note(9), forked.note(9), log)
    with pytest.raises(evidence.EvidenceOfAnotherLog):
        made.verify(evidence.Trust([verifier("log.example/else")]))
    with pytest.raises(evidence.EvidenceNotSigned):
        made.verify(evidence.Trust([Verifier(origin, key("x").public)]))


def test_two_keys_of_one_log_are_told() -> None:
    new = Verifier(origin, key("new key").public)
    made = evidence.of_checkpoints(
        main.note(9), forked.checkpoint(9).sign(key("new key")), [*log, new]
    )
    assert "two of the log's keys" in made.verify(evidence.Trust([*log, new])).proves


def test_other_lines_under_one_root_are_no_fork() -> None:
    extended = sign_note(main.checkpoint(9).text() + "more\n", origin, key(origin))
    with pytest.raises(evidence.EvidenceProvesNothing):
        evidence.of_checkpoints(main.note(9), extended, log)
    made = evidence.of_checkpoints(forked.note(9), extended, log)
    assert again(made).verify(trust).kind == "fork"


def test_an_empty_tree_begins_every_tree() -> None:
    empty = Checkpoint(origin, 0, merkle.empty_root).sign(key(origin))
    with pytest.raises(evidence.EvidenceProvesNothing):
        evidence.of_checkpoints(empty, main.note(9), log, TreeOf(main))
