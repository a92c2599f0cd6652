"""JWS in compact form (RFC 7515) by registered keys: Ed25519 (RFC 9864) or ES256 (RFC 7518).

Which algorithm holds follows from the key and never from the header, which must only agree. A passkey signs
assertions and no JWS.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn, cast

from joserfc import errors as jose_errors
from joserfc import jws as jose
from joserfc.jwk import ECKey, OKPKey

from tallystick.identity.credentials.errors import CredentialMalformed, CredentialSignatureFails
from tallystick.ledger import ED25519, P256, PrivateKey, PublicKey, canonical

algorithms: Mapping[str, str] = {ED25519: "Ed25519", P256: "ES256"}
jws_chars_max = 512 * 1024
header_members_max = 8
_text = re.compile(r"[A-Za-z0-9_-]+")
_registry = jose.JWSRegistry(algorithms=list(algorithms.values()), strict_check_header=False)


@dataclass(frozen=True, slots=True)
class Jws:
    """Header and payload as they stand; nothing is verified."""

    header: Mapping[str, Any]
    payload: Mapping[str, Any]
    compact: str

    @property
    def kid(self) -> str:
        return str(self.header.get("kid", ""))

    @staticmethod
    def parse(compact: str, typ: str) -> Jws:
        """Raises `CredentialMalformed`."""
        parts = compact.split(".")
        if len(compact) > jws_chars_max or len(parts) != 3:
            raise CredentialMalformed("a JWT has three parts")
        header, payload = (read_object(from_base64(part)) for part in parts[:2])
        from_base64(parts[2])
        known = header.get("alg") in algorithms.values() and header.get("typ") == typ
        if not known or "crit" in header or len(header) > header_members_max:
            raise CredentialMalformed(f"its header is not that of a {typ}")
        return Jws(header, payload, compact)

    def verify(self, key: PublicKey) -> None:
        """Raises `CredentialSignatureFails`."""
        if key.passkey is not None or self.header["alg"] != algorithms.get(key.suite):
            raise CredentialSignatureFails("the key is of another algorithm")
        try:
            jose.deserialize_compact(self.compact, _key(key.suite, key.raw), registry=_registry)
        except (jose_errors.JoseError, ValueError):
            raise CredentialSignatureFails(self.kid) from None


def sign(header: Mapping[str, Any], payload: Mapping[str, Any], key: PrivateKey) -> str:
    """The compact form; `alg` is filled in. Header and payload are written as RFC 8785 JSON."""
    signed = message(header, payload, key.public.suite)
    return f"{signed}.{base64_of(key.sign(signed.encode()))}"


def message(header: Mapping[str, Any], payload: Mapping[str, Any], suite: str) -> str:
    """What a key of this suite signs."""
    told = {**header, "alg": algorithms[suite]}
    return f"{base64_of(canonical.encode(told))}.{base64_of(canonical.encode(payload))}"


def base64_of(data: bytes) -> str:
    """base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    """Raises `CredentialMalformed` for all but the one encoding of what it says."""
    try:
        if _text.fullmatch(text):
            data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            if base64_of(data) == text:
                return data
    except (binascii.Error, ValueError):
        pass
    raise CredentialMalformed("a part is not in base64url")


def read_object(data: bytes) -> dict[str, Any]:
    """A JSON object. Raises `CredentialMalformed`, also for a member that stands twice."""
    found = read_json(data)
    if not isinstance(found, dict):
        raise CredentialMalformed("a JSON object is expected")
    return cast(dict[str, Any], found)


def read_json(data: bytes) -> Any:
    """Raises `CredentialMalformed`, also for a member that stands twice, which two readers would read two ways."""
    try:
        return json.loads(data, object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise CredentialMalformed("it is no JSON, or a member stands twice") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def _refused(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


@lru_cache(maxsize=4096)
def _key(suite: str, raw: bytes) -> OKPKey | ECKey:
    jwk: dict[str, str | list[str]] = {**PublicKey(suite, raw).jwk()}
    return OKPKey.import_key(jwk) if suite == ED25519 else ECKey.import_key(jwk)
