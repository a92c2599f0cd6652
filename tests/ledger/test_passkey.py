"""Passkeys: an assertion counts for one entry, by one key, on one page, and in one form (formats §2)."""

from __future__ import annotations

import base64
import json
import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.authenticator import Authenticator, flags, rp_id, site
from tests.ledger.world import key

from tallystick.ledger import (
    Assertion,
    Entry,
    Envelope,
    Passkey,
    Signature,
    Submission,
    TallystickError,
    canonical,
    check_signature,
    pae,
    suites,
)
from tallystick.ledger.entry import EntryTooLarge, leaf_bytes_max
from tallystick.ledger.forms import EntryMalformed
from tallystick.ledger.passkey import authenticator_data_bytes_max, client_data_bytes_max
from tallystick.ledger.verify import key_references, verify

author = "99.100.7/somebody"
entry = Entry(
    "log.example/tests", "trace.capture/1", author, "019b8a3c-0000-7000-8000-000000000001",
    "2026-03-05T08:00:00.000Z", "ab" * 32,
)  # fmt: skip
message = pae(entry.payload())
phone = Authenticator.of(author)
each_suite = pytest.mark.parametrize("suite", suites)


def code(signature: Signature, authenticator: Authenticator = phone, said: bytes = message) -> str:
    try:
        check_signature(signature, authenticator.public, said)
    except TallystickError as error:
        return error.code
    return "verifies"


def client(**change: Any) -> Signature:
    return phone.assert_these(phone.authenticator_data(), phone.client_data(message, **change))


def raw_client(text: str | bytes) -> Signature:
    data = text if isinstance(text, bytes) else text.encode()
    return phone.assert_these(phone.authenticator_data(), data)


def envelope(*signatures: Signature) -> bytes:
    return Envelope(entry.payload(), signatures).encode()


def told(data: bytes) -> str:
    """The verdict on an envelope, by the key that the phone registered."""
    known = {phone.signing.keyid: phone.public}
    verdict = verify(Submission(data, b"{}", bytes(32)), known)
    return verdict.code if isinstance(verdict, TallystickError) else "verifies"


@each_suite
def test_an_assertion_counts_for_its_entry_alone(suite: str) -> None:
    authenticator = Authenticator.of(author, suite)
    signature = authenticator.sign(message)
    assert code(signature, authenticator) == "verifies"
    assert code(signature, authenticator, pae(b"another")) == "assertion-refused"


@each_suite
def test_a_passkey_signs_assertions_alone_and_no_other_key_does(suite: str) -> None:
    """Else bytes that were signed as the one could be read as the other."""
    authenticator = Authenticator.of(author, suite)
    signing, assertion = authenticator.signing, authenticator.sign(message)
    plain = Signature(signing.keyid, signing.private.sign(message))
    assert signing.private.public.verifies(plain.sig, message)
    assert not authenticator.public.verifies(plain.sig, message)
    assert code(plain, authenticator) == "signature-invalid"
    check_signature(plain, signing.private.public, message)
    with pytest.raises(TallystickError, match="no passkey"):
        check_signature(assertion, signing.private.public, message)
    bare = replace(assertion, webauthn=None)
    assert code(bare, authenticator) == "signature-invalid"
    assert code(replace(plain, webauthn=assertion.webauthn), authenticator) == "signature-invalid"


def test_a_key_with_other_circumstances_is_another_key() -> None:
    """The judge compares keys: the same point on another page must not count as registered."""
    plain = phone.signing.private.public
    elsewhere = plain.as_passkey(Passkey(rp_id, "https://ledger.example"))
    assert len({plain, phone.public, elsewhere}) == 3
    assert {k.fingerprint() for k in (plain, phone.public, elsewhere)} == {plain.fingerprint()}
    assert phone.public.plain() == plain
    assert pickle.loads(pickle.dumps(phone.public)) == phone.public


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"type": "webauthn.create"}, "type"), ({"type": None}, "type"), ({"type": 1}, "type"),
        ({"challenge": None}, "challenge"), ({"challenge": ""}, "challenge"),
        ({"challenge": [1]}, "challenge"),
        ({"origin": "https://evil.example"}, "origin"), ({"origin": None}, "origin"),
        ({"origin": site.upper()}, "origin"), ({"origin": site + "/"}, "origin"),
        ({"crossOrigin": True}, "another origin"), ({"crossOrigin": "false"}, "another origin"),
        ({"crossOrigin": 0}, "another origin"), ({"topOrigin": site}, "another origin"),
    ],
)  # fmt: skip
def test_what_the_browser_said_must_fit(change: dict[str, Any], says: str) -> None:
    with pytest.raises(TallystickError, match=says) as caught:
        check_signature(client(**change), phone.public, message)
    assert caught.value.code == "assertion-refused"


@pytest.mark.parametrize(
    "change",
    [{"crossOrigin": None}, {"extra": {"a": [1, 2.5e300, None]}}, {"z": "\U0001f4e6 \"\\"}],
)  # fmt: skip
def test_what_browsers_may_add_or_leave_out_does_not_matter(change: dict[str, Any]) -> None:
    assert code(client(**change)) == "verifies"


def test_members_in_any_order_blanks_and_escaped_slashes_are_read() -> None:
    """Older browsers sort the members, and older phones escape the slashes of the origin."""
    members = json.loads(phone.client_data(message))
    turned = json.dumps(dict(reversed(members.items())), indent=1)
    assert code(raw_client(turned)) == "verifies"
    assert code(raw_client(turned.replace("/", "\\/"))) == "verifies"


good = phone.client_data(message).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "[]", "null", '"webauthn.get"', "{", good + "x", good + good, "\ufeff" + good,
        good[:-1] + ",}", good[:-1] + ',"type":"webauthn.get"}', '{"type":"x",' + good[1:],
        good[:-1] + ',"a":{"b":1,"b":1}}', good[:-1] + ',"a":NaN}', good[:-1] + ',"a":Infinity}',
        good[:-1] + ',"a":01}', good[:-1] + ',"a":"\x01"}', good[:-1] + ",'a':1}",
        good.replace("webauthn", "\\u0077ebauthn"), good[:-1] + ',"a":"\\ud800"}',
        good[:-1] + ',"a":' + "[" * 32 + "]" * 32 + "}", "[" * 4096,
        good[:-1] + ',"a":"' + "x" * client_data_bytes_max + '"}',
        good.encode()[:-1] + b',"a":"\xff"}', good.encode()[:-1] + b',"a":"\xed\xa0\x80"}',
        good.encode("utf-16"),
    ],
)  # fmt: skip
def test_client_data_that_two_programs_could_read_otherwise_is_refused(text: str | bytes) -> None:
    assert code(raw_client(text)) == "assertion-refused"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (replace(phone, rp_id="evil.example").authenticator_data(), "rpIdHash"),
        (phone.authenticator_data(flags & ~0x01), "UP and UV"),
        (phone.authenticator_data(flags & ~0x04), "UP and UV"),
        (phone.authenticator_data(0), "UP and UV"),
        (phone.authenticator_data(flags & ~0x08), "backed up"),
        (phone.authenticator_data(flags | 0x40, bytes(18) + b"\xa0"), "attests"),
        (phone.authenticator_data(flags, b"\xa0"), "flag ED"),
        (phone.authenticator_data(flags | 0x80), "flag ED"),
        (phone.authenticator_data(flags | 0x80, b"\x80"), "CBOR map"),
        (phone.authenticator_data()[:-1], "length"),
        (phone.authenticator_data(flags | 0x80, b"\xa0" * 988), "length"),
        (b"", "length"),
    ],
)
def test_what_the_authenticator_said_must_fit(data: bytes, says: str) -> None:
    signature = phone.assert_these(data, phone.client_data(message))
    with pytest.raises(TallystickError, match=says) as caught:
        check_signature(signature, phone.public, message)
    assert caught.value.code == "assertion-refused"


@pytest.mark.parametrize(
    "data",
    [
        phone.authenticator_data(0x05),
        phone.authenticator_data(0x0D),
        phone.authenticator_data(flags | 0x80, b"\xa1\x61a\x01"),
        phone.authenticator_data(flags)[:33] + b"\xff\xff\xff\xff",
    ],
)
def test_authenticators_with_and_without_backup_extensions_and_counter_sign(data: bytes) -> None:
    assert code(phone.assert_these(data, phone.client_data(message))) == "verifies"


@each_suite
@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_no_changed_byte_of_an_assertion_verifies(suite: str, place: int, flip: int) -> None:
    authenticator = Authenticator.of(author, suite)
    signature = authenticator.sign(message)
    assert signature.webauthn is not None
    parts = [signature.sig, signature.webauthn.authenticator_data, signature.webauthn.client_data]
    part, at = place % 3, place // 3
    changed = bytearray(parts[part])
    changed[at % len(changed)] ^= flip
    parts[part] = bytes(changed)
    forged = Signature(signature.keyid, parts[0], Assertion(parts[1], parts[2]))
    assert code(forged, authenticator) in ("assertion-refused", "signature-invalid")


@given(place=st.integers(0, 3000), flip=st.integers(1, 255))
def test_no_changed_byte_of_an_envelope_with_an_assertion_verifies(place: int, flip: int) -> None:
    changed = bytearray(envelope(phone.sign(message)))
    changed[place % len(changed)] ^= flip
    assert told(bytes(changed)) != "verifies"


def test_an_envelope_with_assertions_is_its_own_encoding() -> None:
    plain = key(f"300:{author}")
    both = envelope(Signature(plain.keyid, plain.private.sign(message)), phone.sign(message))
    parsed = Envelope.parse(both)
    assert parsed.encode() == both
    assert [s.webauthn is not None for s in parsed.signatures] == [False, True]
    assert key_references(both) == [plain.keyid, phone.signing.keyid]
    assert told(envelope(phone.sign(message))) == "verifies"


def row(**change: Any) -> dict[str, Any]:
    """The signature's row with members of `webauthn` replaced, or left out by None."""
    made = phone.sign(message).members()
    kept = {**made["webauthn"], **change}
    return {**made, "webauthn": {name: value for name, value in kept.items() if value is not None}}


def base64_of(size: int) -> str:
    return base64.b64encode(bytes(size)).decode()


@pytest.mark.parametrize(
    "wrong",
    [
        row(authenticatorData=None), row(clientDataJSON=None), row(userHandle="YQ=="),
        {**row(), "webauthn": None}, {**row(), "webauthn": []}, {**row(), "webauthn": "YQ=="},
        {**row(), "webauthn": {}}, {**row(), "webAuthn": {}}, {"webauthn": row()["webauthn"]},
        row(authenticatorData=base64_of(36)), row(clientDataJSON=""), row(clientDataJSON=5),
        row(authenticatorData=base64_of(authenticator_data_bytes_max + 1)),
        row(clientDataJSON=base64_of(client_data_bytes_max + 1)),
        row(clientDataJSON="e30"), row(clientDataJSON="e31="), row(clientDataJSON=" e30="),
        row(clientDataJSON="e30=\n"), row(clientDataJSON="-_8="), row(clientDataJSON="e30=é"),
    ],
)  # fmt: skip
def test_a_malformed_assertion_is_no_envelope(wrong: dict[str, Any]) -> None:
    document = json.loads(envelope(phone.sign(message)))
    data = canonical.encode({**document, "signatures": [wrong]})
    with pytest.raises(EntryMalformed):
        Envelope.parse(data)
    assert told(data) == "entry-malformed"


def test_assertions_of_any_allowed_size_are_read_until_the_leaf_is_full() -> None:
    largest = Assertion(bytes(authenticator_data_bytes_max), b"x" * client_data_bytes_max)
    rows = [Signature(f"{n}:99/a", bytes(64), largest) for n in range(1, 10)]
    assert len(Envelope.parse(envelope(*rows)).signatures) == 9
    data = envelope(*rows, Signature("99:99/a", bytes(64), largest))
    assert len(data) > leaf_bytes_max
    with pytest.raises(EntryTooLarge):
        Envelope.parse(data)


def test_an_envelope_whose_assertion_is_not_canonical_is_refused() -> None:
    data = envelope(phone.sign(message))
    at = data.index(b'{"authenticatorData"')
    assert told(data[:at] + b" " + data[at:]) == "not-canonical"
