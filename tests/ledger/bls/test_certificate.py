"""Quorum certificates: the bytes that formats fix, and each wrong one refused by its own name."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.bls.signers import certified, key, names, note, proven, quorum, shares
from tests.ledger.bls.test_scheme import infinite_signature, signature_outside
from tests.ledger.witness.history import History, origin, verifier

from tallystick.ledger import Note, NoteSignature, TallystickError, bls
from tallystick.ledger.bls.certificate import decode_bitmap, encode_bitmap

(whole,) = certified().signatures[1:]
total = whole.signature[1:]


def bearing(signature: bytes, of: Note = note) -> Note:
    return of.adding([NoteSignature(whole.name, whole.key_id, signature)])


def test_the_line_is_as_formats_fix_it() -> None:
    """Computed here from the words of formats §3 alone."""
    text_hash = hashlib.sha256(quorum().text.encode()).digest()
    name = f"{origin}/quorum"
    material = name.encode() + b"\n\xfftallystick-bls-quorum-v1" + text_hash
    message = b"tallystick/bls-quorum/v1\n" + note.text.encode()
    signatures = [bls.reference().sign(key(one).secret, message) for one in names[1:]]
    signature = bytes([0b110]) + bls.reference().aggregate(signatures)
    raw = hashlib.sha256(material).digest()[:4] + signature
    line = f"\u2014 {name} {base64.b64encode(raw).decode()}\n"
    made = certified(names[1:])
    assert made.encode() == note.encode() + line
    assert Note.parse(made.encode()).verify([verifier()]) == [verifier()], "others ignore the line"
    found = bls.open_certificate(made, proven())
    assert (found.signers, found.checkpoint.size) == (names[1:], 9)
    assert found.quorum.said == "2 of 3"


def test_both_backends_verify_and_make_the_same() -> None:
    fast = bls.fast()
    assert fast
    given = shares(names[:2])
    lines = {bls.certificate_line(note, proven(), given, s).line() for s in (bls.reference(), fast)}
    assert len(lines) == 1
    for scheme in (bls.reference(), fast):
        assert bls.open_certificate(certified(), proven(), scheme).signers == names
        with pytest.raises(bls.CertificateFails):
            bls.open_certificate(bearing(b"\x03" + total), proven(), scheme)


@pytest.mark.parametrize(
    ("signature", "error"),
    [
        (b"", bls.CertificateRefused),
        (total, bls.CertificateRefused),
        (b"\x07" + total[:-1], bls.CertificateRefused),
        (b"\x07\x00" + total, bls.CertificateRefused),
        (b"\x0f" + total, bls.BitmapRefused),
        (b"\x87" + total, bls.BitmapRefused),
        (b"\x00" + total, bls.BelowThreshold),
        (b"\x04" + total, bls.BelowThreshold),
        (b"\x06" + total, bls.CertificateFails),
        (b"\x05" + total, bls.CertificateFails),
        (b"\x07" + infinite_signature, bls.PointAtInfinity),
        (b"\x07" + signature_outside(), bls.PointOutsideGroup),
        (b"\x07" + bytes(96), bls.PointRefused),
        (b"\x07\x80" + bytes(95), bls.PointRefused),
        (b"\x07" + b"\xff" * 96, bls.PointRefused),
        (b"\x07" + key(names[0]).public.possession, bls.CertificateFails),
    ],
)
def test_each_wrong_certificate_has_its_name(
    signature: bytes, error: type[TallystickError]
) -> None:
    with pytest.raises(TallystickError) as refused:
        bls.open_certificate(bearing(signature), proven())
    assert type(refused.value) is error


def test_one_certificate_of_the_quorum_that_was_asked_for() -> None:
    with pytest.raises(bls.CertificateMissing):
        bls.open_certificate(note, proven())
    with pytest.raises(bls.CertificateMissing):
        bls.open_certificate(certified(), proven(threshold=3))
    twice = Note(note.text, (whole, *certified().signatures))
    with pytest.raises(bls.CertificateTwice):
        bls.open_certificate(twice, proven())
    other = NoteSignature(whole.name, b"\x00" * 4, whole.signature)
    assert bls.open_certificate(certified().adding([other]), proven()).signers == names


def test_a_certificate_is_of_one_text() -> None:
    for text in (History().note(10).text, History("fork").note(9).text, note.text + "more\n"):
        with pytest.raises(bls.CertificateFails):
            bls.open_certificate(Note(text, (whole,)), proven())
    with pytest.raises(bls.CertificateMissing):
        bls.open_certificate(
            Note(note.text.replace(origin, "log.example/else"), (whole,)), proven()
        )


def test_too_few_make_none() -> None:
    for who in ((), names[:1]):
        with pytest.raises(bls.BelowThreshold):
            bls.certificate_line(note, proven(), shares(who))
    wrong = {**shares(names), names[0]: key(names[0]).sign(b"another message")}
    with pytest.raises(bls.CertificateFails):
        bls.certificate_line(note, proven(), wrong)


def test_one_signer_does_not_count_twice() -> None:
    """Its signature added twice is another sum, and no key stands twice in a quorum text."""
    share = shares(names[:1])[names[0]]
    doubled = bls.chosen().aggregate([share, share])
    with pytest.raises(bls.CertificateFails):
        bls.open_certificate(bearing(b"\x03" + doubled), proven())


@settings(max_examples=30)
@given(st.integers(0, 96), st.integers(0, 7))
def test_no_changed_bit_of_a_certificate_verifies(place: int, bit: int) -> None:
    changed = bytearray(whole.signature)
    changed[place] ^= 1 << bit
    with pytest.raises((bls.CertificateRefused, bls.PointRefused)):
        bls.open_certificate(bearing(bytes(changed)), proven())


@given(st.lists(st.booleans(), min_size=1, max_size=64))
def test_bitmaps(bits: list[bool]) -> None:
    raw = encode_bitmap(bits)
    assert len(raw) == (len(bits) + 7) // 8
    assert [raw[place // 8] >> (place % 8) & 1 for place in range(len(bits))] == bits
    assert decode_bitmap(raw, len(bits)) == bits
    for unused in range(len(bits), 8 * len(raw)):
        changed = bytearray(raw)
        changed[unused // 8] |= 1 << (unused % 8)
        with pytest.raises(bls.BitmapRefused):
            decode_bitmap(bytes(changed), len(bits))
