"""Claims of anchors: one way to write each, everything else refused; the hash of a note is the log's alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.world import key

from tallystick.ledger import Checkpoint, Note, Verifier, anchor, instant, witness

origin = "log.example/one"
private = key("300:99/L-LOG0000000000").private
log = Verifier(origin, private.public)
note = Checkpoint(origin, 7, bytes([1]) * 32).sign(private)
digests = st.binary(min_size=32, max_size=32)
places = st.builds(
    anchor.Place,
    st.integers(0, anchor.number_max),
    st.binary(min_size=20, max_size=20).map(lambda raw: f"0x{raw.hex()}"),
    digests,
    st.integers(0, anchor.number_max),
    digests,
    st.integers(0, 253_402_300_799_999).map(instant),
)


@given(places, digests, digests)
def test_what_is_claimed_is_read_again(place: anchor.Place, told: bytes, quorum: bytes) -> None:
    claim = anchor.Claim(place, told, quorum)
    assert anchor.Claim.parse(claim.encode()) == claim


@given(st.data())
def test_no_other_bytes_are_a_claim_of_the_same(data: st.DataObject) -> None:
    """A changed byte is refused, or is another claim in its only encoding."""
    claim = anchor.Claim(data.draw(places), bytes(32))
    encoded = bytearray(claim.encode())
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = anchor.Claim.parse(bytes(encoded))
    except anchor.AnchorClaimRefused:
        return
    assert found != claim
    assert found.encode() == bytes(encoded)


@given(st.binary(max_size=200))
def test_garbage_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(anchor.AnchorClaimRefused):
        anchor.Claim.parse(data)


@pytest.mark.parametrize("name", ["block", "chain", "contract", "note", "time", "transaction"])
@pytest.mark.parametrize("value", [None, True, -1, 10**15, "", "0x", [], {}, "2026", "00" * 33])
def test_a_member_out_of_its_form_is_refused(name: str, value: object) -> None:
    place = anchor.Place(1, "0x" + "ab" * 20, bytes(32), 2, bytes(32), instant(0))
    good = anchor.Claim(place, bytes(32)).document()
    with pytest.raises(anchor.AnchorClaimRefused):
        anchor.Claim.read({**good, name: value})  # type: ignore[dict-item]
    without = {key: told for key, told in good.items() if key != name}
    with pytest.raises(anchor.AnchorClaimRefused):
        anchor.Claim.read(without)


def test_a_claim_too_large_is_not_read() -> None:
    with pytest.raises(anchor.AnchorClaimRefused, match="more than"):
        anchor.Claim.parse(json.dumps({"note": "0" * 5000}).encode())


def test_cosignatures_change_nothing_of_what_is_anchored() -> None:
    """A late one would else make another checkpoint of it."""
    late = note.adding([witness.cosign(note.text, "w", key("w").private, 1_700_000_000)])
    told = anchor.Commitment.of(note, log)
    assert anchor.Commitment.of(late, log) == told
    assert told.note == hashlib.sha256(note.encode().encode()).digest()
    assert (told.size, told.root, told.quorum) == (7, bytes([1]) * 32, anchor.no_quorum)
    assert told.origin == hashlib.sha256(origin.encode()).digest()


def test_a_note_that_the_log_did_not_sign_has_no_hash() -> None:
    stranger = Verifier(origin, key("stranger").private.public)
    with pytest.raises(anchor.AnchorClaimRefused, match="not signed"):
        anchor.note_hash(note, stranger)
    place = anchor.Place(1, "0x" + "ab" * 20, bytes(32), 2, bytes(32), instant(0))
    told = anchor.Commitment.of(note, log)
    with pytest.raises(anchor.AnchorClaimRefused, match="another checkpoint"):
        anchor.Claim(place, bytes(32)).require_of(told)


def test_the_certificate_that_a_note_bears_is_anchored_with_it() -> None:
    line = replace(note.signatures[0], name=f"{origin}/quorum", signature=b"bitmap and sum")
    told = anchor.Commitment.of(Note(note.text, (*note.signatures, line)), log)
    assert told.quorum == hashlib.sha256(line.line().encode()).digest()
