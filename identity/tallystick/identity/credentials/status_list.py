"""Token Status List (draft-ietf-oauth-status-list): the status of an issuer's credentials as two bits each.

Chosen over the W3C Bitstring Status List because SD-JWT VC's `status` claim names it, because one list holds
both revocation and suspension, and because it is a signed JWT and needs no Data Integrity proof. It is computed
from the log alone: whoever holds the log at the size that it names gets the same bits.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.identity.credentials.bodies import list_places
from tallystick.identity.credentials.errors import CredentialMalformed
from tallystick.identity.credentials.jws import Jws, base64_of, from_base64, sign
from tallystick.identity.credentials.kinds import not_valid
from tallystick.identity.credentials.rules import list_name
from tallystick.ledger import PublicKey, SigningKey, View

typ = "statuslist+jwt"
media_type = "application/statuslist+jwt"
bits = 2
per_byte = 8 // bits
list_bytes = list_places // per_byte
ttl_s = 300
valid, invalid, suspended = 0, 1, 2
_values: Mapping[str, int] = {"valid": valid, "revoked": invalid, "suspended": suspended}
_page = 500


@dataclass(frozen=True, slots=True)
class StatusList:
    """The bits, lowest index in the lowest bits of the first byte."""

    data: bytes

    def at(self, index: int) -> int:
        """0 valid, 1 revoked, 2 suspended."""
        return (self.data[index // per_byte] >> (index % per_byte * bits)) & ((1 << bits) - 1)

    @staticmethod
    def of(places: Iterable[tuple[int, str]]) -> StatusList:
        """From the places that are not valid, with the status of each."""
        data = bytearray(list_bytes)
        for index, status in places:
            data[index // per_byte] |= _values[status] << (index % per_byte * bits)
        return StatusList(bytes(data))


def computed(view: View, issuer: str, number: int) -> StatusList:
    """As the log has it."""
    return StatusList.of(_places(view, list_name(issuer, number)))


def _places(view: View, name: str) -> Iterator[tuple[int, str]]:
    after = None
    while rows := view.find(not_valid, name, after=after, limit=_page):
        for found in rows:
            row: Any = found.value
            yield row["place"], row["status"]
        after = (rows[-1].name, rows[-1].part)


def token(found: StatusList, url: str, origin: str, size: int, now_ms: int, key: SigningKey) -> str:
    """Signed by a key of the node. `log`: of which log, and as of how many entries, it was computed."""
    payload = {
        "sub": url,
        "iat": now_ms // 1000,
        "exp": now_ms // 1000 + ttl_s,
        "ttl": ttl_s,
        "status_list": {"bits": bits, "lst": base64_of(zlib.compress(found.data, 9))},
        "log": {"origin": origin, "size": size},
    }
    return sign({"typ": typ, "kid": key.keyid}, payload, key.private)


@dataclass(frozen=True, slots=True)
class Token:
    """A status list token that verified."""

    url: str
    origin: str
    size: int
    expires_s: int
    statuses: StatusList


def open_token(text: str, key: PublicKey) -> Token:
    """Raises `CredentialMalformed` or `CredentialSignatureFails`."""
    jws = Jws.parse(text.strip(), typ)
    jws.verify(key)
    match jws.payload:
        case {
            "sub": str(url),
            "exp": int(expires),
            "status_list": {"bits": 2, "lst": str(packed)},
            "log": {"origin": str(origin), "size": int(size)},
        }:
            return Token(url, origin, size, expires, StatusList(_unpacked(packed)))
        case _:
            raise CredentialMalformed("this is no status list")


def _unpacked(packed: str) -> bytes:
    """Never more than a list has. Raises `CredentialMalformed`."""
    unzip = zlib.decompressobj()
    try:
        data = unzip.decompress(from_base64(packed), list_bytes + 1)
    except zlib.error:
        raise CredentialMalformed("the list is not compressed by zlib") from None
    if len(data) != list_bytes or not unzip.eof or unzip.unused_data:
        raise CredentialMalformed(f"the list has not {list_bytes} bytes")
    return data
