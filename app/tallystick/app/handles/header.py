"""The Authorization header of the Handle API: `Basic`, and `Handle name="value", …`."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import unquote

from tallystick.identity import AuthenticationNeeded, challenge

header_chars_max = 8192
_member = re.compile(r'\s*([A-Za-z]+)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_identity = re.compile(r"[1-9][0-9]{0,9}:\S{1,300}")


@dataclass(frozen=True, slots=True)
class Answered:
    """A header of the scheme Handle. `signature` None: it names a session, or asks for the certificate, only."""

    session: str
    identity: str
    type: str
    algorithm: str
    client_nonce: bytes
    signature: bytes | None


def read_basic(told: str) -> tuple[str, bytes]:
    """(identity, secret); the user is percent-encoded. Raises `AuthenticationNeeded`."""
    try:
        text = base64.b64decode(told.strip(), validate=True)
        user, colon, secret = text.partition(b":")
        identity = unquote(user.decode(), errors="strict")
    except ValueError:
        raise AuthenticationNeeded("the header is not in the form of Basic (RFC 7617)") from None
    if not colon or not _identity.fullmatch(identity):
        raise AuthenticationNeeded("the user is `index:handle`, percent-encoded: 301%3A99.7/USER")
    return identity, secret


def read_handle(told: str) -> Answered:
    """Raises `AuthenticationNeeded`."""
    members: dict[str, str] = {}
    position = 0
    while position < len(told):
        found = _member.match(told, position)
        if found is None or found[1].lower() in members:
            raise AuthenticationNeeded('the header is `Handle name="value", …`, each name once')
        members[found[1].lower()] = re.sub(r"\\(.)", r"\1", found[2])
        position = found.end()
    signature = _bytes(members, "signature", challenge.signature_bytes_max)
    return Answered(
        members.get("sessionid", ""),
        members.get("id", ""),
        members.get("type", ""),
        members.get("alg", ""),
        _bytes(members, "cnonce", challenge.client_nonce_bytes_max) or b"",
        signature,
    )


def _bytes(members: dict[str, str], name: str, most: int) -> bytes | None:
    if name not in members:
        return None
    try:
        data = base64.b64decode(members[name], validate=True)
    except ValueError:
        raise AuthenticationNeeded(f"{name} is not base64") from None
    if len(data) > most:
        raise AuthenticationNeeded(f"{name} has more than {most} bytes")
    return data
