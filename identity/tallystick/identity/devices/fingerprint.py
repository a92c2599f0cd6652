"""A key as sixteen digits that two people can compare, and what a device signs when it asks to be enrolled."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping

from tallystick.ledger import PublicKey

groups, digits = 4, 4
device_name_chars_max = 60
_request_context, key_request_context = "tallystick/device-request/v1", "tallystick/key-request/v1"
_renewal_context = "tallystick/device-renewal/v1"


def spoken(jwk: Mapping[str, str]) -> str:
    """The first 64 bits of the key's SHA-256, as four groups of four digits (53 bits of them).

    To make a key that shows the same digits as another takes about 2^53 trials, within an invitation's minutes.
    Raises `KeyRefused`.
    """
    fingerprint = bytes.fromhex(PublicKey.from_jwk(jwk).fingerprint())
    number = int.from_bytes(fingerprint[:8], "big") % 10 ** (groups * digits)
    text = f"{number:0{groups * digits}d}"
    return " ".join(text[start : start + digits] for start in range(0, len(text), digits))


def request_message(
    origin: str, token: str, name: str, jwk: Mapping[str, str], context: str = _request_context
) -> bytes:
    """What proves that whoever asks has the key: it is signed over log, token, name and key.

    `context`: a device asks, or a person for a key (`key_request_context`). Lines, so that a browser makes the same bytes: a name has no line breaks.
    """
    key = PublicKey.from_jwk(jwk).fingerprint()
    return "\n".join((context, origin, hash_of(token), key, name)).encode()


def renewal_message(origin: str, old: str, jwk: Mapping[str, str], time: str) -> bytes:
    """What a device's old key and its new one both sign to ask for the replacement; `time`: RFC 3339, by its clock."""
    key = PublicKey.from_jwk(jwk).fingerprint()
    return f"{_renewal_context}\n{origin}\n{old}\n{key}\n{time}".encode()


def hash_of(token: str) -> str:
    """Under which an invitation is kept: whoever reads the table has no token."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_device_name(name: str) -> bool:
    """Whether it can be shown to the person who approves: no line breaks, nothing invisible, not empty."""
    if not 0 < len(name) <= device_name_chars_max or unicodedata.normalize("NFC", name) != name:
        return False
    return name == name.strip() and all(
        unicodedata.category(one)[0] != "C" and unicodedata.category(one) not in ("Zl", "Zp")
        for one in name
    )
