"""Our checkpoints, notes and proofs read by sigstore's own parser of Rekor checkpoints, an independent program.

It was written for one log with one key, so it is laxer than C2SP signed-note; where it differs, the test says so.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint, SignedNote, verify_checkpoint
from sigstore._internal.trust import Keyring, RekorKeyring
from sigstore.errors import VerificationError
from sigstore_models.common.v1 import PublicKey, PublicKeyDetails
from tests.ledger.world import World

from tallystick.ledger import (
    Checkpoint,
    Note,
    PrivateKey,
    TallystickError,
    Verifier,
    open_checkpoint,
    witness,
)
from tallystick.ledger.note import NoteSignature

origin = "log.example/sigstore"
key = PrivateKey.from_seed(bytes(range(32)))
verifier = Verifier(origin, key.public)
checkpoint = Checkpoint(origin, 7, bytes(range(32)))
good = checkpoint.sign(key)


def keyring(public: Any) -> RekorKeyring:
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    told = PublicKey(raw_bytes=base64.b64encode(der), key_details=PublicKeyDetails.PKIX_ED25519)
    return RekorKeyring(Keyring([told]))


def ed25519(private: PrivateKey) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(private.public.raw)


def theirs(text: str, private: PrivateKey = key, signer: Verifier = verifier) -> SignedCheckpoint:
    """What sigstore makes of a note, its signature verified under our key; raises `VerificationError`.

    Rekor's key IDs are hashes of the DER key; C2SP's stand in the note, so they are given here.
    """
    read = SignedCheckpoint.from_text(text)
    read.signed_note.verify(keyring(ed25519(private)), signer.key_id)  # type: ignore[arg-type]
    return read


def test_it_reads_and_verifies_our_checkpoint() -> None:
    read = theirs(good.encode())
    said = read.checkpoint
    assert (said.origin, said.log_size, said.log_hash) == (origin, 7, checkpoint.root.hex())
    assert said.other_content == []
    assert [one.name for one in read.signed_note.signatures] == [origin]


def test_it_ignores_cosignatures_and_strangers_as_we_do() -> None:
    line = witness.cosign(good.text, "witness.example/w1", PrivateKey.generate(), 1_772_697_600)
    stranger = NoteSignature("见证人.example", b"\1\2\3\4", bytes(72))
    whole = Note(good.text, (stranger, line, *good.signatures)).encode()
    assert theirs(whole).checkpoint.log_size == open_checkpoint(whole, verifier).size == 7
    names = [one.name for one in theirs(whole).signed_note.signatures]
    assert names == ["见证人.example", "witness.example/w1", origin]


def test_extension_lines_are_read_alike() -> None:
    """A checkpoint of another log may have lines behind the third; ours never do."""
    text = good.text + "Timestamp: 1772697600\n"
    signed = Note(text, ())
    note = Note(text, (NoteSignature(origin, verifier.key_id, key.sign(signed.text.encode())),))
    assert theirs(note.encode()).checkpoint.other_content == ["Timestamp: 1772697600"]
    assert ours(note.encode()) == checkpoint


def ours(data: str) -> Checkpoint:
    """A checkpoint of any log, which may have extension lines."""
    note = Note.parse(data)
    note.verify([verifier])
    return Checkpoint.parse_extended(note.text)


def changed_signature(position: int) -> str:
    (line,) = good.signatures
    raw = bytearray(line.signature)
    raw[position] ^= 1
    return Note(good.text, (replace(line, signature=bytes(raw)),)).encode()


text, signatures = good.text, good.encode()[len(good.text) :]
refused_by_both = {
    "another size": good.encode().replace("\n7\n", "\n8\n"),
    "another origin": good.encode().replace(origin, "log.example/other", 1),
    "another root": good.encode().replace("AAECAw", "AAECBA"),
    "a bit of R": changed_signature(0),
    "a bit of s": changed_signature(40),
    "no signature": text + "\n",
    "no empty line": text + signatures.lstrip("\n"),
    "no newline at the end": good.encode()[:-1],
    "nothing": "",
    "two lines": Note(f"{origin}\n7\n", good.signatures).encode(),
    "an empty origin": Note(good.text.replace(origin, ""), good.signatures).encode(),
    "a size that is no number": Note(good.text.replace("\n7\n", "\nx\n"), good.signatures).encode(),
    "a short signature": f"{text}\n— {origin} AQID\n",
    "signed by another": checkpoint.sign(PrivateKey.generate()).encode(),
}


@pytest.mark.parametrize("case", refused_by_both)
def test_what_both_refuse(case: str) -> None:
    data = refused_by_both[case]
    with pytest.raises((VerificationError, ValueError)):
        theirs(data)
    with pytest.raises(TallystickError):
        open_checkpoint(data, verifier)


def resigned(body: str) -> str:
    """A text that the log's key did sign: only its form is wrong."""
    return Note(body, (NoteSignature(origin, verifier.key_id, key.sign(body.encode())),)).encode()


(own,) = good.signatures
false = replace(own, signature=bytes(64))
#: Sigstore accepts these; C2SP signed-note and tlog-checkpoint forbid them, and so do we.
laxer = {
    "a size with a sign": resigned(text.replace("\n7\n", "\n+7\n")),
    "a size with leading zeroes": resigned(text.replace("\n7\n", "\n007\n")),
    "a size with spaces": resigned(text.replace("\n7\n", "\n 7 \n")),
    "a size in digits that are not ASCII": resigned(text.replace("\n7\n", "\n\u0667\n")),
    "a root with stray bits": resigned(text.replace("Hh8=\n", "Hh9=\n")),
    "a root of 31 bytes": resigned(Checkpoint(origin, 7, bytes(31)).text()),
    "a second signature of the known key that fails": Note(text, (own, false)).encode(),
    "a line that is no signature": good.encode() + "nonsense\n",
    "a control character": resigned(text + "a\tb\n"),
}


@pytest.mark.parametrize("case", laxer)
def test_where_it_is_laxer_than_the_specification(case: str) -> None:
    assert theirs(laxer[case]).signed_note.signatures
    with pytest.raises(TallystickError):
        ours(laxer[case])


def test_where_it_is_stricter_than_the_specification() -> None:
    """C2SP parts text and signatures at the last empty line; sigstore wants only one in the whole note.

    No checkpoint has an empty line in its text, so that both refuse it as a checkpoint.
    """
    body = "first\n\nsecond\n"
    data = resigned(body)
    with pytest.raises(VerificationError, match="one blank line"):
        SignedNote.from_text(data)
    assert Note.parse(data).verify([verifier]) == [verifier]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder: Path = tmp_path_factory.mktemp("sigstore")
    made = World(f"sqlite:///{folder / 'log.sqlite3'}", folder)
    made.populate()
    made.ledger.append(made.mint(300))
    made.ledger.seal()
    return made


def entry(world: World, index: int, leaf: bytes | None = None) -> Any:
    """A proof of ours in the shape in which sigstore verifies Rekor's."""
    with world.reader.open() as snapshot:
        proof, row = snapshot.proof_file(index), snapshot.row(index)
    read = SignedCheckpoint.from_text(proof.checkpoint).checkpoint
    inclusion = SimpleNamespace(
        log_index=index,
        tree_size=read.log_size,
        hashes=list(proof.path),
        root_hash=bytes.fromhex(read.log_hash),
        checkpoint=SimpleNamespace(envelope=proof.checkpoint),
    )
    signer = world.ledger.signer.verifier
    inner = SimpleNamespace(
        inclusion_proof=inclusion,
        canonicalized_body=row.leaf if leaf is None else leaf,
        log_id=SimpleNamespace(key_id=signer.key_id),
    )
    return SimpleNamespace(_inner=inner)


def test_it_verifies_our_inclusion_proofs(world: World) -> None:
    from tests.ledger.world import key as named
    from tests.ledger.world import log

    ring = keyring(ed25519(named(f"300:{log}").private))
    size = world.memory.load()[0]
    for index in (0, 1, 7, 255, 256, size - 2, size - 1):
        made = entry(world, index)
        verify_merkle_inclusion(made)
        verify_checkpoint(ring, made)
        with pytest.raises(VerificationError):
            verify_merkle_inclusion(entry(world, index, b"another leaf"))
    made = entry(world, 7)
    made._inner.inclusion_proof.root_hash = bytes(32)
    with pytest.raises(VerificationError):
        verify_checkpoint(ring, made)
    made = entry(world, 7)
    made._inner.inclusion_proof.hashes.append(bytes(32))
    with pytest.raises(VerificationError, match="wrong size"):
        verify_merkle_inclusion(made)
