"""Passkeys: assertions of WebAuthn as signatures (formats §2; W3C Web Authentication Level 3, §7.2).

A key that is registered as a passkey signs assertions and nothing else, and no other key signs them, so
that the bytes of the one are never read as the other. An assertion is for one entry: its challenge is
base64url(SHA-256(PAE)). It is checked without memory, so the authenticator's counter is not looked at.

clientDataJSON comes from browsers and is not canonical. So that every program reads the same in it, it is
UTF-8 without `\\u` escapes, no name occurs twice in an object, and brackets are counted.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.forms import EntryMalformed, strict_base64

authenticator_data_bytes_min = 37
authenticator_data_bytes_max = 1024
client_data_bytes_max = 4096
client_data_brackets_max = 32

_user_present, _user_verified = 0x01, 0x04
_backup_eligible, _backed_up = 0x08, 0x10
_attested, _extended = 0x40, 0x80
_cbor_map = 5


class AssertionRefused(TallystickError):
    code = "assertion-refused"
    status = 403
    title = "The passkey's assertion does not fit this entry and this key's registration"
    advice = (
        "Ask the authenticator again, with the SHA-256 of the DSSE encoding as challenge, user "
        "verification required, on a page of the origin that is registered with the key."
    )


@dataclass(frozen=True, slots=True)
class Passkey:
    """Where a passkey signs: the relying party's id and the one origin of its pages."""

    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Assertion:
    """The member `webauthn` of a signature: what the authenticator and the browser said."""

    authenticator_data: bytes
    client_data: bytes

    def members(self) -> dict[str, str]:
        return {
            "authenticatorData": base64.b64encode(self.authenticator_data).decode(),
            "clientDataJSON": base64.b64encode(self.client_data).decode(),
        }

    @staticmethod
    def read(value: object) -> Assertion:
        """Raises `EntryMalformed`; says nothing yet about what the bytes mean."""
        if not isinstance(value, dict) or value.keys() != {"authenticatorData", "clientDataJSON"}:
            raise EntryMalformed("webauthn has authenticatorData and clientDataJSON")
        told = strict_base64(value["authenticatorData"], "authenticatorData")
        client = strict_base64(value["clientDataJSON"], "clientDataJSON")
        if not authenticator_data_bytes_min <= len(told) <= authenticator_data_bytes_max:
            raise EntryMalformed(
                f"authenticatorData has {authenticator_data_bytes_min} to "
                f"{authenticator_data_bytes_max} bytes"
            )
        if not 0 < len(client) <= client_data_bytes_max:
            raise EntryMalformed(f"clientDataJSON has 1 to {client_data_bytes_max} bytes")
        return Assertion(told, client)


def challenge(message: bytes) -> str:
    """What the page hands to the authenticator for these bytes, as clientDataJSON repeats it."""
    return base64.urlsafe_b64encode(hashlib.sha256(message).digest()).rstrip(b"=").decode()


def signed_bytes(passkey: Passkey, assertion: Assertion, message: bytes) -> bytes:
    """What the key's signature covers, if the assertion is for `message`; else `AssertionRefused`."""
    _check_client_data(passkey, assertion.client_data, message)
    _check_authenticator_data(passkey, assertion.authenticator_data)
    return assertion.authenticator_data + hashlib.sha256(assertion.client_data).digest()


def _check_client_data(passkey: Passkey, data: bytes, message: bytes) -> None:
    """Level 3 §7.2, steps 10 to 14. Pages inside another site's page do not sign."""
    told = _client_data(data)
    if told.get("type") != "webauthn.get":
        raise AssertionRefused("type in clientDataJSON must be webauthn.get")
    if told.get("challenge") != challenge(message):
        raise AssertionRefused("challenge in clientDataJSON is not of this entry")
    if told.get("origin") != passkey.origin:
        raise AssertionRefused(f"origin in clientDataJSON must be {passkey.origin}")
    if told.get("crossOrigin", False) is not False or "topOrigin" in told:
        raise AssertionRefused("the page that asked stood inside a page of another origin")


def _check_authenticator_data(passkey: Passkey, data: bytes) -> None:
    """Level 3 §6.1 and §7.2, steps 15 to 19: rpIdHash (32), flags (1), counter (4), extensions."""
    if not authenticator_data_bytes_min <= len(data) <= authenticator_data_bytes_max:
        raise AssertionRefused("authenticatorData has not its length")
    if data[:32] != hashlib.sha256(passkey.rp_id.encode()).digest():
        raise AssertionRefused(f"rpIdHash must be the SHA-256 of {passkey.rp_id}")
    flags, rest = data[32], data[authenticator_data_bytes_min:]
    if not flags & _user_present or not flags & _user_verified:
        raise AssertionRefused("the authenticator did not see and verify its user (UP and UV)")
    if flags & _backed_up and not flags & _backup_eligible:
        raise AssertionRefused("a key that may not be backed up (BE) is not backed up (BS)")
    if flags & _attested:
        raise AssertionRefused("an assertion attests no key (AT)")
    if bool(flags & _extended) != bool(rest):
        raise AssertionRefused("extensions follow exactly when the flag ED says so")
    if rest and rest[0] >> 5 != _cbor_map:
        raise AssertionRefused("extensions are a CBOR map")


def _client_data(data: bytes) -> Mapping[str, Any]:
    brackets = data.count(b"{") + data.count(b"[")
    if len(data) > client_data_bytes_max or brackets > client_data_brackets_max:
        raise AssertionRefused("clientDataJSON is larger or deeper than allowed")
    if b"\\u" in data:
        raise AssertionRefused("clientDataJSON has a \\u escape")
    try:
        told = _decoder.decode(data.decode())
    except ValueError:
        raise AssertionRefused("clientDataJSON is no JSON in UTF-8") from None
    if not isinstance(told, dict):
        raise AssertionRefused("clientDataJSON is no JSON object")
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise AssertionRefused("a name occurs twice in clientDataJSON")
    return told


def _refuse_constant(text: str) -> NoReturn:
    raise AssertionRefused(f"{text} in clientDataJSON is no JSON")


_decoder = json.JSONDecoder(
    object_pairs_hook=_once, parse_float=str, parse_int=str, parse_constant=_refuse_constant
)
