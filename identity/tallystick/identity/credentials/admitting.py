"""Whether what is attached is what the entry says; looked at once, when the entry comes in.

Rules never depend on it (formats §2): the credential may be erased, and what was issued, when and to whom stays.
"""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.identity.credentials import bodies
from tallystick.identity.credentials.errors import CredentialDiffers
from tallystick.identity.credentials.packed import Packed
from tallystick.identity.credentials.sdjwt import Credential
from tallystick.identity.credentials.types import material_type, qualification_type
from tallystick.ledger import from_instant


def issued(body: bodies.IssueCredential, attached: Mapping[str, bytes]) -> None:
    """Raises `CredentialDiffers`, `CredentialMalformed` or `DisclosureRefused`."""
    held = _same(body, attached, qualification_type, body.key, body.holder_key)
    _require(held.revealed().claims.get("kind") == body.kind, "kind")


def declared(body: bodies.DeclareMaterials, attached: Mapping[str, bytes]) -> None:
    """Raises `CredentialDiffers`, `CredentialMalformed` or `DisclosureRefused`."""
    held = _same(body, attached, material_type, body.key, body.key)
    claims = held.revealed().claims
    said = (claims.get("part"), claims.get("lot"), claims.get("list"), claims.get("number"))
    _require(said == (body.part, body.lot, body.list.model_dump(), body.number), "part or list")


def shown(body: bodies.ShowCredential, attached: Mapping[str, bytes]) -> None:
    """The one buyer alone, and those fields alone. Raises `CredentialDiffers`, `CredentialMalformed`."""
    document = attached[body.document.hash]
    if body.document.type != Packed.media_type:
        return
    packed = Packed.parse(document)
    _require(packed.digest() == body.credential, "credential")
    binding = packed.credential.binding
    _require(binding is not None and binding.payload.get("aud") == body.to, "audience")
    packed.credential.revealed()


def _same(
    body: bodies.IssueCredential | bodies.DeclareMaterials,
    attached: Mapping[str, bytes],
    vct: str,
    key: str,
    holder_key: str,
) -> Credential:
    packed = Packed.parse(attached[body.document.hash])
    held, claims = packed.credential, packed.credential.claims
    _require(packed.digest() == body.credential, "credential")
    _require(claims.get("vct") == vct, "vct")
    _require(held.jwt.kid == key and held.bound_to()[0] == holder_key, "key")
    expires = None if body.expires is None else from_instant(body.expires) // 1000
    _require(held.expires_s() == expires, "expires")
    match claims.get("status"):
        case {"status_list": {"idx": int(index), "uri": str(uri)}} if (
            index == body.status.index and f"/{body.status.list}/" in uri
        ):
            return held
        case _:
            raise CredentialDiffers("status")


def _require(holds: bool, said: str) -> None:
    if not holds:
        raise CredentialDiffers(f"{said}: it is another one")
