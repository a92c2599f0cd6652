"""Our check of passkeys held against another one, `webauthn`: what we admit it admits, and both refuse what is forged.

We refuse more (formats §2): pages inside other pages, names that occur twice, escapes that programs read otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.authenticator import Authenticator, flags, site

from tallystick.app.login.errors import LoginRefused
from tallystick.app.login.passkeys import count_of
from tallystick.ledger import (
    ED25519,
    P256,
    Assertion,
    PublicKey,
    Signature,
    TallystickError,
    check_signature,
    pae,
)

message = pae(b"an entry")
author = "99.100.7/somebody"
suites = (ED25519, P256)
each_suite = pytest.mark.parametrize("suite", suites)


def ours(signature: Signature, public: PublicKey) -> bool:
    try:
        check_signature(signature, public, message)
    except TallystickError:
        return False
    return True


def theirs(signature: Signature, public: PublicKey) -> bool:
    """For the challenge, site and relying party that we expect too, as at login."""
    try:
        count_of(signature, public, message)
    except LoginRefused:
        return False
    return True


Make = Callable[[Authenticator], Signature]


def said(**change: Any) -> Make:
    """The browser said something else, and the authenticator signed it."""
    return lambda one: one.assert_these(
        one.authenticator_data(), one.client_data(message, **change)
    )


def seen(told: int, rest: bytes = b"") -> Make:
    """With these flags."""
    return lambda one: one.assert_these(
        one.authenticator_data(told, rest), one.client_data(message)
    )


def changed(one: Authenticator) -> Signature:
    made = one.sign(message)
    return replace(made, sig=made.sig[:-1] + bytes([made.sig[-1] ^ 1]))


def by_another(one: Authenticator) -> Signature:
    return Authenticator.of("99.100.7/else", one.public.suite).sign(message)


good: dict[str, Make] = {
    "as phones say it": said(),
    "without crossOrigin": said(crossOrigin=None),
    "with members that nobody knows": said(extra={"a": [1, None]}),
    "not backed up": seen(0x05),
    "may be backed up": seen(0x0D),
    "with extensions": seen(flags | 0x80, b"\xa1\x61a\x01"),
}
bad: dict[str, Make] = {
    "another challenge": lambda one: one.sign(pae(b"another")),
    "no challenge": said(challenge=None),
    "another origin": said(origin="https://evil.example"),
    "the origin with a slash": said(origin=site + "/"),
    "another port": said(origin="https://sign.ledger.example"),
    "made, not asserted": said(type="webauthn.create"),
    "another relying party": lambda one: replace(one, rp_id="evil.example").sign(message),
    "without UV": seen(flags & ~0x04),
    "without UP": seen(flags & ~0x01),
    "with neither": seen(0),
    "backed up, and may not be": seen(flags & ~0x08),
    "bytes behind it": seen(flags, b"\xa0"),
    "extensions that are not there": seen(flags | 0x80),
    "a changed signature": changed,
    "an empty signature": lambda one: replace(one.sign(message), sig=bytes(64)),
    "another key": by_another,
}


@each_suite
@pytest.mark.parametrize("name", good)
def test_both_admit(name: str, suite: str) -> None:
    one = Authenticator.of(author, suite)
    signature = good[name](one)
    assert (ours(signature, one.public), theirs(signature, one.public)) == (True, True)


@each_suite
@pytest.mark.parametrize("name", bad)
def test_both_refuse(name: str, suite: str) -> None:
    one = Authenticator.of(author, suite)
    signature = bad[name](one)
    assert (ours(signature, one.public), theirs(signature, one.public)) == (False, False)


stricter: dict[str, Make] = {
    "a page inside another's": said(crossOrigin=True),
    "inside a page that it names": said(topOrigin=site),
    "an escape": lambda one: one.assert_these(
        one.authenticator_data(), one.client_data(message).replace(b"webauthn", b"\\u0077ebauthn")
    ),
    "a name twice": lambda one: one.assert_these(
        one.authenticator_data(), one.client_data(message)[:-1] + b',"type":"webauthn.get"}'
    ),
}


@each_suite
@pytest.mark.parametrize("name", stricter)
def test_where_we_are_stricter(name: str, suite: str) -> None:
    one = Authenticator.of(author, suite)
    signature = stricter[name](one)
    assert (ours(signature, one.public), theirs(signature, one.public)) == (False, True)


@each_suite
@given(told=st.integers(0, 255), rest=st.sampled_from([b"", b"\xa0", b"\xa1\x61a\x01", b"\x80"]))
def test_nothing_is_admitted_by_us_alone(suite: str, told: int, rest: bytes) -> None:
    one = Authenticator.of(author, suite)
    signature = seen(told, rest)(one)
    assert not ours(signature, one.public) or theirs(signature, one.public)


@each_suite
@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_no_changed_byte_is_admitted_by_either(suite: str, place: int, flip: int) -> None:
    one = Authenticator.of(author, suite)
    signature = one.sign(message)
    assert signature.webauthn is not None
    parts = [signature.sig, signature.webauthn.authenticator_data, signature.webauthn.client_data]
    part, at = place % 3, place // 3
    forged = bytearray(parts[part])
    forged[at % len(forged)] ^= flip
    parts[part] = bytes(forged)
    made = Signature(signature.keyid, parts[0], Assertion(parts[1], parts[2]))
    assert (ours(made, one.public), theirs(made, one.public)) == (False, False)
