"""Cosignatures: the specification's example form, and nothing near it."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.witness.history import History, cosigner, key, policy, verifier

from tallystick.ledger import P256, Note, PrivateKey, Verifier, witness
from tallystick.ledger.checkpoint import CheckpointRefused
from tallystick.ledger.note import (
    NoteRefused,
    NoteSignature,
    NoteSignatureFails,
    NoteTooLarge,
    VerifierKeyRefused,
)

w1, w2 = "witness.example/w1", "witness.example/w2"
now_s = 1_772_697_600
note = History().note(7)


def cosigned(*names: str) -> Note:
    return note.adding([witness.cosign(note.text, name, key(name), now_s) for name in names])


def test_the_bytes_are_those_of_the_specification() -> None:
    line = witness.cosign(note.text, w1, key(w1), now_s)
    public = key(w1).public.raw
    assert line.key_id == hashlib.sha256(w1.encode() + b"\n\x04" + public).digest()[:4]
    assert line.signature[:8] == now_s.to_bytes(8, "big")
    message = b"cosignature/v1\ntime 1772697600\n" + note.text.encode()
    Ed25519PublicKey.from_public_bytes(public).verify(line.signature[8:], message)
    assert len(base64.b64decode(line.line().split(" ")[2])) == 4 + 8 + 64


def test_the_example_of_the_specification_is_read() -> None:
    """Key id and time of the line printed in tlog-cosignature; its key is not published there."""
    text = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dl"
        "rDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    (line,) = Note.parse(text).signatures
    assert (line.name, line.key_id.hex()) == ("witness.example.com/w1", "8d66cf3f")
    assert witness.cosigned_at(line.signature) == 1679315147


def test_several_signers_are_found_and_unknown_ones_ignored() -> None:
    whole = Note.parse(cosigned(w1, w2).encode())
    assert whole.verify([cosigner(w1)]) == [cosigner(w1)]
    assert whole.verify([cosigner(w2), cosigner(w1)]) == [cosigner(w1), cosigner(w2)]
    assert whole.verify([verifier()]) == [verifier()]
    assert whole.verify([cosigner("witness.example/w3")]) == []
    twice = Note(whole.text, (*whole.signatures, witness.cosign(note.text, w1, key(w1), now_s + 9)))
    assert twice.verify([cosigner(w1)]) == [cosigner(w1)]


def test_a_known_cosigner_that_fails_refuses_the_note() -> None:
    (_, good) = cosigned(w1).signatures
    later = (now_s + 1).to_bytes(8, "big")
    beyond = (2**63).to_bytes(8, "big")
    for bad in (
        later + good.signature[8:], beyond + good.signature[8:], good.signature[8:],
        good.signature + b"\0", bytes(72), b"x",
    ):  # fmt: skip
        line = NoteSignature(good.name, good.key_id, bad)
        with pytest.raises(NoteSignatureFails):
            note.adding([line]).verify([cosigner(w1)])
        assert note.adding([line]).verify([cosigner(w2)]) == []


def test_a_log_signature_is_no_cosignature_and_back() -> None:
    """One key in both uses: the key ids differ, and so do the messages."""
    private = key(w1)
    as_log = Verifier(w1, private.public)
    assert as_log.key_id != cosigner(w1).key_id
    line = witness.cosign(note.text, w1, private, now_s)
    swapped = NoteSignature(w1, as_log.key_id, line.signature[8:])
    with pytest.raises(NoteSignatureFails):
        note.adding([swapped]).verify([as_log])


def test_a_cosignature_is_of_this_text_only() -> None:
    line = witness.cosign(note.text, w1, key(w1), now_s)
    with pytest.raises(NoteSignatureFails):
        History().note(8).adding([line]).verify([cosigner(w1)])


def test_names_times_and_keys_that_make_none() -> None:
    for name in ("", "a b", "a+b", "a\u3000b", "x" * 256):
        with pytest.raises(witness.CosignatureRefused):
            witness.cosign(note.text, name, key(w1), now_s)
    for time_s in (-1, 2**63):
        with pytest.raises(witness.CosignatureRefused):
            witness.cosign(note.text, w1, key(w1), time_s)
    with pytest.raises(witness.CosignatureRefused):
        witness.cosign(note.text, w1, PrivateKey.generate(P256), now_s)


def test_keys_of_the_wrong_use_are_named() -> None:
    with pytest.raises(VerifierKeyRefused, match="Ed25519 cosignature is expected"):
        witness.Cosigner.parse(verifier().encode())
    with pytest.raises(VerifierKeyRefused, match="is Ed25519 cosignature, Ed25519 is expected"):
        Verifier.parse(cosigner(w1).encode())
    quantum = base64.b64encode(b"\x06" + bytes(1312)).decode()
    with pytest.raises(VerifierKeyRefused, match="ML-DSA-44"):
        witness.Cosigner.parse(f"{w1}+00000000+{quantum}")


def test_limits_have_their_own_error() -> None:
    with pytest.raises(NoteTooLarge, match="64 signatures"):
        Note.parse(note.encode() + "\u2014 name AAAAAAAA\n" * 64)
    with pytest.raises(NoteTooLarge, match="bytes"):
        Note.read(b"x" * 100_001)
    with pytest.raises(NoteRefused, match="UTF-8"):
        Note.read(b"\xff\n\n\xe2\x80\x94 name AAAAAAAA\n")


def test_a_checkpoint_is_judged_by_the_policy() -> None:
    both = policy(w1, w2)
    found = witness.open_cosigned(cosigned(w1).encode(), both)
    assert (found.checkpoint.size, found.log, dict(found.times)) == (7, verifier(), {w1: now_s})
    assert str(found.verdict) == (
        "quorum everybody is not met: everybody: 1 of 2 needed, without witness.example/w2"
    )
    with pytest.raises(witness.QuorumMissing, match=r"without witness\.example/w2"):
        found.require()
    witness.open_cosigned(cosigned(w1, w2), both).require()


def test_no_witness_stands_in_for_the_log() -> None:
    with pytest.raises(CheckpointRefused):
        witness.open_cosigned(Note(note.text, cosigned(w1, w2).signatures[1:]), policy(w1, w2))
    stranger = Verifier("log.example/else", key("stranger").public)
    with pytest.raises(CheckpointRefused, match="does not name this key"):
        witness.open_cosigned(cosigned(w1, w2), policy(w1, w2), stranger)


def test_where_the_policy_names_no_log_the_reader_does() -> None:
    nobody = witness.Policy.parse("quorum none")
    assert witness.open_cosigned(note, nobody, verifier()).verdict.met
    with pytest.raises(CheckpointRefused, match="no log of the policy"):
        witness.open_cosigned(note, nobody)


@given(st.integers(0, 2**63 - 1), st.binary(min_size=1, max_size=40))
def test_any_time_verifies_and_no_other(time_s: int, noise: bytes) -> None:
    line = witness.cosign(note.text, w1, key(w1), time_s)
    assert cosigner(w1).verifies(note.text.encode(), line.signature)
    assert witness.cosigned_at(line.signature) == time_s
    changed = bytes(a ^ b for a, b in zip(line.signature, noise.ljust(72, b"\0"), strict=True))
    assert cosigner(w1).verifies(note.text.encode(), changed) == (changed == line.signature)
