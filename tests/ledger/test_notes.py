"""Signed notes, checkpoints and proof files: C2SP's forms, and nothing near them."""

from __future__ import annotations

import base64
import random

import pytest

from tallystick.ledger import (
    P256,
    Checkpoint,
    Note,
    PrivateKey,
    ProofFile,
    Verifier,
    merkle,
    open_checkpoint,
)
from tallystick.ledger.checkpoint import CheckpointRefused, ProofFileRefused
from tallystick.ledger.merkle import ProofRefused
from tallystick.ledger.note import NoteRefused, NoteSignature, sign_note

vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
origin = "log.example/tests"
signer = PrivateKey.from_seed(bytes(32))
other = PrivateKey.from_seed(b"\x01" * 32)
verifier = Verifier(origin, signer.public)


def note(text: str = "hello\n") -> Note:
    return sign_note(text, origin, signer)


def test_the_verifier_key_of_the_specification() -> None:
    parsed = Verifier.parse(vkey)
    assert (parsed.name, parsed.key_id.hex()) == ("example.com/foo", "530d903a")
    assert parsed.encode() == vkey
    assert Verifier.parse(f"  {vkey}\n") == parsed


@pytest.mark.parametrize(
    "text",
    [
        "", "x", vkey.replace("530d903a", "530d903b"), vkey.replace("foo", "fop"), vkey[:-4],
        vkey.replace("+Aeky", "+Beky"), vkey.replace("+AekyeR", "+AekyeS"), vkey + "AAAA",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", vkey[:-1] + "l", vkey + "=",
        vkey.replace("+", " "),
    ],
)  # fmt: skip
def test_other_verifier_keys_are_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        Verifier.parse(text)


def test_a_verifier_key_of_small_order_is_refused() -> None:
    """Anybody could have signed for it: Ed25519's unsafe keys were let in by this door."""
    raw = (1).to_bytes(32, "little")
    weak = Verifier("log", type(signer.public)("ed25519", raw))
    with pytest.raises(NoteRefused, match="small order"):
        Verifier.parse(weak.encode())


def test_known_signers_are_found_and_unknown_ones_ignored() -> None:
    stranger = Verifier("somebody.example", other.public)
    line = NoteSignature("somebody.example", b"\x00\x00\x00\x01", b"x" * 64)
    both = Note(note().text, (line, *note().signatures))
    parsed = Note.parse(both.encode())
    assert parsed == both
    assert parsed.verify([verifier]) == [verifier]
    assert parsed.verify([stranger]) == []
    same_name = Verifier(origin, other.public)
    assert parsed.verify([same_name]) == []


def test_a_known_signer_that_fails_refuses_the_note() -> None:
    (good,) = note().signatures
    bad = NoteSignature(good.name, good.key_id, bytes(64))
    for signatures in ((bad,), (good, bad), (bad, good)):
        with pytest.raises(NoteRefused, match="does not verify"):
            Note("hello\n", signatures).verify([verifier])
    with pytest.raises(NoteRefused):
        Note("hello!\n", (good,)).verify([verifier])


def test_the_text_ends_at_the_last_empty_line() -> None:
    text = "one\n\ntwo\n\n\u2014 not a signature\n\nthree\n"
    assert Note.parse(note(text).encode()).text == text


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.rstrip("\n"), lambda t: t.replace("\u2014", "-"), lambda t: t + "\n",
        lambda t: t.replace("hello", "hel\x00lo"), lambda t: t.replace("hello", "hel\ud800lo"),
        lambda t: t.replace("hello\n\n", "hello\n"), lambda t: t.replace(f"\u2014 {origin} ", "\u2014 "),
        lambda t: t.replace("\u2014 ", "\u2014  "), lambda t: t + "\u2014 name AAAA\n",
        lambda t: t + "\u2014 na\u3000me AAAAAAAA\n", lambda t: t + "\u2014 na\u0085me AAAAAAAA\n",
        lambda t: t + f"\u2014 {'x' * 256} AAAAAAAA\n", lambda t: t + "\u2014 na+me AAAAAAAA\n", lambda t: t + "\u2014 name AAAAAAA!\n",
        lambda t: t + "\u2014 name AAAAAA==x\n", lambda t: t.replace("hello", "x" * 100_000),
        lambda t: t + "\u2014 name AAAAAAAA\n" * 64, lambda _t: "", lambda _t: "\n\n",
        lambda t: t.replace("\n", "\r\n"),
    ],
)  # fmt: skip
def test_malformed_notes_are_refused(change: object) -> None:
    with pytest.raises(NoteRefused):
        Note.parse(change(note().encode()))  # type: ignore[operator]


def test_sixty_four_signatures_are_read() -> None:
    lines = tuple(NoteSignature(f"w{n}", bytes(4), bytes(72)) for n in range(63))
    assert len(Note.parse(Note("hello\n", lines + note().signatures).encode()).signatures) == 64


def test_no_bit_of_a_note_changes_unseen() -> None:
    """The spare bits at the end of base64 used to be such bits."""
    good, rng = note("text\n").encode(), random.Random(3)
    data = bytearray(good.encode())
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << rng.randrange(8)
        try:
            assert Note.parse(changed.decode()).verify([verifier]) == []
        except (NoteRefused, UnicodeDecodeError):
            continue
    last = good.rindex("=") - 1
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/":
        stray = good[:last] + letter + good[last + 1 :]
        if stray != good:
            with pytest.raises(NoteRefused):
                Note.parse(stray).verify([verifier])


def checkpoint(size: int = 3) -> Checkpoint:
    return Checkpoint(origin, size, bytes(range(32)))


def test_checkpoints_round_trip() -> None:
    made = checkpoint(70_000)
    assert made.text() == f"{origin}\n70000\n{base64.b64encode(bytes(range(32))).decode()}\n"
    assert Checkpoint.parse(made.text()) == made
    assert open_checkpoint(made.sign(signer).encode(), verifier) == made


def test_a_checkpoint_of_somebody_else_is_refused() -> None:
    text = checkpoint().sign(signer).encode()
    for stranger in (Verifier(origin, other.public), Verifier("log.example/else", signer.public)):
        with pytest.raises(CheckpointRefused):
            open_checkpoint(text, stranger)
    foreign = sign_note(Checkpoint("log.example/else", 3, bytes(32)).text(), origin, signer)
    with pytest.raises(CheckpointRefused):
        open_checkpoint(foreign.encode(), verifier)


def test_a_p256_key_signs_no_checkpoint_for_an_ed25519_verifier() -> None:
    p256 = PrivateKey.from_seed(bytes(32), P256)
    with pytest.raises(CheckpointRefused):
        open_checkpoint(sign_note(checkpoint().text(), origin, p256).encode(), verifier)


root64 = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", f"{origin}\n3\n{root64}", f"\n3\n{root64}\n", f"{origin}\n03\n{root64}\n",
        f"{origin}\n-3\n{root64}\n", f"{origin}\n+3\n{root64}\n", f"{origin}\n٣\n{root64}\n",
        f"{origin}\n3 \n{root64}\n", f"{origin}\n3\n{root64[:-1]}\n", f"{origin}\n3\n{root64}\nmore\n",
        f"{origin}\n3\n{root64[:-2]}B=\n", f"{origin}\n{'9' * 5000}\n{root64}\n",
        f"{origin}\n3\n{base64.b64encode(bytes(31)).decode()}\n", f"{origin}\n\n{root64}\n",
    ],
)  # fmt: skip
def test_malformed_checkpoints_are_refused(text: str) -> None:
    """A size of 5,000 digits used to escape as a ValueError."""
    with pytest.raises(CheckpointRefused):
        Checkpoint.parse(text)


def proof_file(count: int = 11, index: int = 6) -> tuple[ProofFile, list[bytes]]:
    leaves = [b"entry %d" % n for n in range(count)]
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]

    def node(level: int, position: int) -> bytes:
        return merkle.subtree_root(b"".join(hashes[position << level : (position + 1) << level]))

    made = Checkpoint(origin, count, merkle.tree_root(node, count)).sign(signer).encode()
    return ProofFile(index, tuple(merkle.inclusion_proof(node, index, count)), made), leaves


def test_proof_files_round_trip_and_verify() -> None:
    made, leaves = proof_file()
    parsed = ProofFile.parse(made.encode())
    assert parsed == made
    assert made.encode().startswith("c2sp.org/tlog-proof@v1\nindex 6\n")
    assert parsed.verify(leaves[6], verifier).size == 11
    with pytest.raises(ProofRefused):
        parsed.verify(leaves[5], verifier)
    with pytest.raises(CheckpointRefused):
        parsed.verify(leaves[6], Verifier(origin, other.public))


def test_a_proof_file_may_carry_an_extra_line() -> None:
    made, leaves = proof_file()
    text = made.encode().replace("\nindex", "\nextra aGVsbG8=\nindex")
    assert ProofFile.parse(text).extra == b"hello"
    assert ProofFile.parse(text).encode() == text
    assert ProofFile.parse(text).verify(leaves[6], verifier).size == 11


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("@v1", "@v2"), lambda t: t.replace("index 6", "index 06"),
        lambda t: t.replace("index 6", "index ٦"), lambda t: t.replace("index 6", "index -6"),
        lambda t: t.replace("index", "extra \nindex"), lambda t: t.replace("index", "extra !\nindex"),
        lambda t: t.replace("index", "extra AA==\nextra AA==\nindex"), lambda t: t + "x" * 200_000,
        lambda t: t.replace("index 6", "place 6"), lambda t: t.replace("index 6\n", ""),
        lambda t: t.replace("index 6", "index " + "6" * 5000), lambda t: t.split("\n\n")[0],
        lambda t: t.replace("index 6\n", "index 6\nAAAA\n"), lambda _t: "",
        lambda t: t.replace("index 6\n", "index 6\n" + (root64 + "\n") * 64),
    ],
)  # fmt: skip
def test_malformed_proof_files_are_refused(change: object) -> None:
    with pytest.raises(ProofFileRefused):
        ProofFile.parse(change(proof_file()[0].encode()))  # type: ignore[operator]
