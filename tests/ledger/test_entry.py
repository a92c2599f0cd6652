"""Entry and envelope as formats §2 says, byte by byte: what is not exactly that is refused."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.world import key

from tallystick.ledger import (
    NotCanonical,
    PrivateKey,
    SigningKey,
    TallystickError,
    canonical,
    new_id,
)
from tallystick.ledger.entry import (
    Entry,
    EntryTooLarge,
    Envelope,
    Signature,
    leaf_bytes_max,
    pae,
    payload_hash,
    sign_entry,
)
from tallystick.ledger.forms import EntryMalformed
from tallystick.ledger.verify import key_references

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner)
    ),
    max_leaves=12,
)
members: dict[str, Any] = {
    "v": 1,
    "origin": "log.example/tests",
    "type": "trace.capture/1",
    "author": "99.100.7/scanner-12",
    "id": "019b8a3c-0000-7000-8000-000000000001",
    "time": "2026-03-05T08:00:00.000Z",
    "body_hash": "ab" * 32,
}


def dump(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def entry() -> Entry:
    return Entry(**{name: value for name, value in members.items() if name != "v"})


@given(json_values)
def test_canonical_bytes_are_those_of_another_implementation(value: object) -> None:
    data = canonical.encode(value)
    assert data == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert canonical.decode(data) == value


@pytest.mark.parametrize(
    "text",
    [
        '{"b":1,"a":2}', '{"a":1,"a":1}', '{"a": 1}', '{"a":1.0}', '{"a":1e2}', '{"a":-0}', "NaN",
        "Infinity", '{"a":9007199254740992}', '"\\u00e9"', '"\\ud800"', '"\\/"', "\ufeff{}", "",
        "{", "[1,]", "{'a':1}", '"\x01"', "[" * 5000 + "]" * 5000, "9" * 5000, "01",
    ],
)  # fmt: skip
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(NotCanonical):
        canonical.decode(text.encode())


def test_bytes_that_are_no_utf8_are_refused() -> None:
    with pytest.raises(NotCanonical):
        canonical.decode(b'"\xff"')


@given(
    st.sampled_from(["ledger.genesis/1", "trace.capture/1", "finance.quote.accept/12"]),
    st.integers(0, 2**48 - 1),
    st.binary(min_size=10, max_size=10),
    st.none() | st.integers(0, 2**53 - 1),
)
def test_entries_round_trip(kind: str, now_ms: int, random: bytes, seq: int | None) -> None:
    prev = None if seq is None else ("0" * 64 if seq == 0 else "1f" * 32)
    told = {**members, "type": kind, "id": new_id(now_ms, random)}
    told |= {} if seq is None else {"seq": seq, "prev": prev}
    parsed = Entry.parse(dump(told))
    assert parsed.payload() == dump(told) == rfc8785.dumps(told)
    assert int(parsed.id.replace("-", "")[:12], 16) == now_ms


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2}, {"v": True}, {"v": "1"}, {"origin": ""}, {"origin": 5}, {"origin": "x" * 201},
        {"type": "trace/1"}, {"type": "trace.capture"}, {"type": "trace.capture/0"},
        {"type": "Trace.capture/1"}, {"type": "trace.capture/1\n"}, {"type": "trace..x/1"},
        {"author": "99.100.7"}, {"author": "99.100.7/a b"}, {"author": "/x"}, {"author": 7},
        {"author": "99/\u0007"}, {"author": "99/" + "x" * 251},
        {"id": "019b8a3c-0000-4000-8000-000000000001"},
        {"id": "019B8A3C-0000-7000-8000-000000000001"},
        {"id": "019b8a3c-0000-7000-c000-000000000001"}, {"id": "019b8a3c00007000800000000000001"},
        {"time": "2026-03-05T08:00:00Z"}, {"time": "2026-03-05T08:00:00.000+00:00"},
        {"time": "2026-02-30T08:00:00.000Z"}, {"time": "2026-03-05T24:00:00.000Z"},
        {"time": "２０２６-03-05T08:00:00.000Z"}, {"time": "2026-03-05 08:00:00.000Z"},
        {"time": None}, {"expires": "soon"}, {"expires": None},
        {"body_hash": "AB" * 32}, {"body_hash": "ab" * 31}, {"body_hash": "ab" * 33},
        {"fields_root": "zz" * 32}, {"fields_root": ""},
        {"seq": 0}, {"prev": "0" * 64}, {"seq": True, "prev": "0" * 64},
        {"seq": -1, "prev": "0" * 64}, {"seq": 0, "prev": "1" * 64}, {"seq": 1, "prev": "F" * 64},
        {"seq": "0", "prev": "0" * 64}, {"seq": None, "prev": None}, {"note": "unknown member"},
    ],
)  # fmt: skip
def test_malformed_entries_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(EntryMalformed):
        Entry.parse(dump({**members, **change}))


@pytest.mark.parametrize("name", sorted(members))
def test_a_missing_member_is_named(name: str) -> None:
    told = {other: value for other, value in members.items() if other != name}
    with pytest.raises(EntryMalformed, match=name):
        Entry.parse(dump(told))


def test_a_number_beyond_what_json_readers_agree_on_is_refused() -> None:
    with pytest.raises(NotCanonical):
        Entry.parse(dump({**members, "seq": 2**53, "prev": "1" * 64}))


def test_the_envelope_is_dsse() -> None:
    signer = key("300:99.100.7/scanner-12")
    data = sign_entry(entry(), [signer])
    told = json.loads(data)
    payload = base64.b64decode(told["payload"])
    kind = "application/vnd.tallystick.entry+json"
    message = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
    assert told["payloadType"] == kind
    assert pae(payload) == message
    assert data == rfc8785.dumps(told)
    signature = base64.b64decode(told["signatures"][0]["sig"])
    assert signer.private.public.verifies(signature, message)
    assert payload_hash(data) == hashlib.sha256(payload).digest()


def test_signatures_are_sorted_by_the_bytes_of_their_keyid() -> None:
    keys = [key(f"{n}:99.100.7/{c}") for n in (300, 31, 4) for c in "éz~A"]
    parsed = Envelope.parse(sign_entry(entry(), keys))
    order = [signature.keyid for signature in parsed.signatures]
    assert order == sorted((k.keyid for k in keys), key=str.encode)
    assert parsed.encode() == sign_entry(entry(), keys[::-1])


def _envelope(**change: Any) -> bytes:
    told = json.loads(sign_entry(entry(), [key("300:99/a"), key("300:99/b")]))
    return dump({**told, **change})


def _rows(*rows: Any) -> bytes:
    return _envelope(signatures=list(rows))


_sig = base64.b64encode(b"s" * 64).decode()
_row = {"keyid": "300:99/a", "sig": _sig}


@pytest.mark.parametrize(
    "data",
    [
        _envelope(payloadType="application/json"), _envelope(more=1), _envelope(payload=5),
        _envelope(payload="AB=="), _envelope(payload="QUJD\n"),
        _envelope(payload=" QUJD"), _envelope(payload="QUI"), _envelope(payload="QUI*"),
        _envelope(payload="QUJD=="), _envelope(payload="QU_D"), _envelope(signatures={}),
        _rows(), _rows("x"), _rows({"keyid": "300:99/a"}), _rows({**_row, "more": 1}),
        _rows(_row, _row), _rows({**_row, "keyid": "300:99/b"}, _row),
        _rows({**_row, "keyid": "99/a"}), _rows({**_row, "keyid": "0300:99/a"}),
        _rows({**_row, "keyid": 5}), _rows({**_row, "keyid": "300:99/a\u0000"}),
        _rows({**_row, "sig": "AB=="}), _rows({**_row, "sig": "ＡＢＣＤ"}),
        _rows(*({"keyid": f"{n}:99/a", "sig": _sig} for n in range(300, 317))),
    ],
)  # fmt: skip
def test_malformed_envelopes_are_refused(data: bytes) -> None:
    with pytest.raises(EntryMalformed):
        Envelope.parse(data)


def test_an_empty_payload_is_no_entry() -> None:
    with pytest.raises(NotCanonical):
        Entry.parse(Envelope.parse(_envelope(payload="")).payload)


def test_an_envelope_differs_from_its_re_encoding_and_is_refused() -> None:
    good = sign_entry(entry(), [key("300:99/a")])
    for bad in (good + b"\n", b" " + good, json.dumps(json.loads(good)).encode(), b"[]", b"\xff"):
        with pytest.raises(NotCanonical):
            Envelope.parse(bad)


def test_a_leaf_has_at_most_65535_bytes() -> None:
    def sized(count: int) -> bytes:
        return Envelope(b"{" + b"x" * count, (Signature("300:99/a", b"s" * 64),)).encode()

    assert leaf_bytes_max == 65_535
    small = next(n for n in range(48_900, 49_200) if len(sized(n)) > leaf_bytes_max)
    assert len(Envelope.parse(sized(small - 1)).payload) == small
    with pytest.raises(EntryTooLarge):
        Envelope.parse(sized(small))


@given(st.integers(0, 2000), st.integers(1, 255))
def test_no_changed_byte_passes_as_the_same_entry(place: int, flip: int) -> None:
    signer = key("300:99/a")
    good = bytearray(sign_entry(entry(), [signer]))
    good[place % len(good)] ^= flip
    try:
        parsed = Envelope.parse(bytes(good))
        Entry.parse(parsed.payload)
    except TallystickError:
        return
    (signature,) = parsed.signatures
    known = {signer.keyid: signer.private.public}.get(signature.keyid)
    assert known is None or not known.verifies(signature.sig, pae(parsed.payload))


def test_signing_key_names_its_reference() -> None:
    assert SigningKey("300:99/a", key("300:99/a").private).keyid == "300:99/a"


@settings(max_examples=300)
@given(
    st.sampled_from(
        ["99.100.7/scanner-12", "99.100.7/gerät", '99/a"b', "99/a\\b", "99/\U0001f4e6"]
    ),
    st.none() | st.sampled_from([0, 7, 10**15, 2**53 - 1]),
    st.booleans(),
    st.integers(0, 400),
    st.sampled_from([b"", b"0", b'"', b"\\", b" ", b"\xc3", b"=", b"A", b","]),
)
def test_the_short_way_of_reading_says_what_the_long_way_says(
    author: str, seq: int | None, expires: bool, at: int, instead: bytes
) -> None:
    """The usual form of an entry is read in one step; changed anywhere, it must not read otherwise."""
    prev = None if seq is None else ("0" * 64 if seq == 0 else "1f" * 32)
    until = "2026-03-05T08:00:00.000Z" if expires else None
    told = replace(entry(), author=author, seq=seq, prev=prev, expires=until)
    envelope = sign_entry(told, [SigningKey(f"300:{author}", PrivateKey.from_seed(bytes(32)))])
    payload = told.payload()
    assert Entry.parse(payload) == told
    for data, short, long in (
        (payload, Entry.parse, Entry._parse_any),
        (envelope, Envelope.parse, Envelope._parse_any),
    ):
        changed = data[:at] + instead + data[at + 1 :]
        assert _told(short, changed) == _told(long, changed)
    changed = envelope[:-at] + instead + envelope[len(envelope) - at + 1 :]
    if isinstance(parsed := _told(Envelope.parse, changed), Envelope):
        assert key_references(changed) == [signature.keyid for signature in parsed.signatures]


def _told(read: Callable[[bytes], object], data: bytes) -> object:
    try:
        return read(data)
    except TallystickError as error:
        return error.code
