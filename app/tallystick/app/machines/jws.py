"""Signed tokens as we take them (RFC 7515, RFC 8725): what the header may say is known before it is read.

No key, address or certificate in a header counts, and no algorithm but those of the key that we know already.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from tallystick.app.machines.client_keys import Key

token_chars_max = 4096
_compact = re.compile(r"[A-Za-z0-9_-]{1,600}\.[A-Za-z0-9_-]{1,4000}\.[A-Za-z0-9_-]{1,1400}")
#: A header may have no others: neither crit nor jwk, jku, x5c, x5u or b64.
members = frozenset({"alg", "kid", "typ"})


class NotOurs(ValueError):
    """What cannot be read, or is not signed as it must be; in words that repeat nothing of it."""


class Registry(jws.JWSRegistry):
    """`EdDSA` over a key of Ed25519 is what RFC 9864 calls `Ed25519`."""

    def get_alg(self, name: str) -> Any:
        super_name = "Ed25519" if name == "EdDSA" and "EdDSA" in (self.allowed or ()) else name
        return super().get_alg(super_name)


def header_of(token: str, types: Collection[str]) -> Mapping[str, Any]:
    """The header, which proves nothing yet. `types`: what `typ` may be. Raises `NotOurs`."""
    if len(token) > token_chars_max:
        raise NotOurs(f"it has more than {token_chars_max} characters")
    if not _compact.fullmatch(token):
        raise NotOurs("it is not three parts in base64url")
    header = _object(token.partition(".")[0], "header")
    if more := set(header) - members:
        raise NotOurs(f"its header has {len(more)} members that are not taken")
    if not all(isinstance(value, str) for value in header.values()):
        raise NotOurs("a member of its header is no text")
    kind = header.get("typ", "").lower().removeprefix("application/")
    if kind not in types:
        raise NotOurs("its typ is another one")
    return header


def claims_of(token: str, key: Key, algorithms: Collection[str]) -> Mapping[str, Any]:
    """The claims, once the signature is this key's. Raises `NotOurs`."""
    try:
        with_both = {*algorithms, "Ed25519"} if "EdDSA" in algorithms else {*algorithms}
        opened = jws.deserialize_compact(
            token, key, registry=Registry(algorithms=sorted(with_both))
        )
    except (JoseError, ValueError, TypeError):
        raise NotOurs("its signature is not that of the key, or by another algorithm") from None
    return _read(opened.payload or b"", "payload")


def claims_before(token: str) -> Mapping[str, Any]:
    """The claims as they stand there, unproven: to find the key alone. Raises `NotOurs`."""
    return _object(token.split(".")[1], "payload")


def whole(claims: Mapping[str, Any], name: str) -> int:
    """A number, such as a time in seconds. Raises `NotOurs`."""
    value = claims.get(name)
    if type(value) is not int or not 0 <= value < 2**40:
        raise NotOurs(f"{name} is no whole number")
    return value


def text(claims: Mapping[str, Any], name: str, most: int = 300) -> str:
    """Raises `NotOurs`."""
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise NotOurs(f"{name} is missing, or no text of at most {most} characters")
    return value


def _object(part: str, what: str) -> Mapping[str, Any]:
    try:
        return _read(urlsafe_b64decode(part.encode()), what)
    except (ValueError, TypeError):
        raise NotOurs(f"its {what} is no JSON object") from None


def _read(data: bytes, what: str) -> Mapping[str, Any]:
    try:
        told = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise NotOurs(f"its {what} is no JSON object") from None
    if not isinstance(told, dict):
        raise NotOurs(f"its {what} is no JSON object")
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers may take different ones of two members with one name."""
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a member is there twice")
    return told
