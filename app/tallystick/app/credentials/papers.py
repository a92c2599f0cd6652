"""Certificates made and shown in browsers: what an organisation's key has to sign there, and what comes back.

A credential and a presentation are signed by a key of the organisation itself, and no passkey can sign one
(ADR 0046). The key stays with whoever has it: the node says what is to be signed, and checks what was.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, cast

from tallystick.app.access import Reading
from tallystick.app.credentials import acting, checking
from tallystick.app.credentials.errors import HolderKeyNotValid
from tallystick.app.credentials.presented import PresentationFile
from tallystick.app.credentials.proving import prove
from tallystick.identity import Directory, credentials
from tallystick.identity.credentials import (
    Asked,
    Hidden,
    MaterialDeclaration,
    Packed,
    Qualification,
    StatusPlace,
    errors,
    nonce_of,
)
from tallystick.ledger import (
    KeyRecord,
    PublicKey,
    Reader,
    Snapshot,
    View,
    instant,
    log_verifier,
    new_id,
)
from tallystick.ledger.bundle import Pins

issue_type, declare_type = "identity.credential.issue/1", "identity.material.declare/1"
show_type = "identity.credential.show/1"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A credential before its issuer signed it, and the entry's body but for its digest and document."""

    type: str
    key: str
    jwk: dict[str, str]
    message: str
    disclosures: tuple[str, ...]
    salt: bytes
    body: dict[str, Any]

    def told(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "key": self.key,
            "jwk": self.jwk,
            "message": self.message,
            "disclosures": list(self.disclosures),
            "salt": self.salt.hex(),
            "body": self.body,
        }


def keys_for(view: View, organisation: str, entry_type: str) -> list[KeyRecord]:
    """Keys of the organisation itself that stand, sign such credentials, and are not held by a node."""
    return [
        one
        for one in Directory().keys_of(view, organisation)
        if one.until is None
        and one.custody != "node"
        and one.public.passkey is None
        and one.may_sign(entry_type)
    ]


def certificate(
    view: View, key: str, said: Qualification, holder: str, holder_key: str, base_url: str
) -> Unsigned:
    """Raises `CredentialKeyRefused` or `ListFull`."""
    issuer = key.partition(":")[2]
    place = acting.free_place(view, issuer, secrets.token_bytes)
    bound = acting.public_key(view, holder_key)
    claims = credentials.visible_claims(
        credentials.qualification_type,
        issuer,
        holder_key,
        bound,
        place,
        base_url,
        said.expires_ms(),
    )
    hidden = credentials.hide_qualification(said, claims, secrets.token_bytes)
    body = {
        "kind": said.kind,
        "holder": holder,
        "holder_key": holder_key,
        "expires": instant(said.expires_ms()),
    }
    return _unsigned(view, issue_type, key, hidden, place, body)


def declaration(
    view: View, key: str, said: MaterialDeclaration, expires_ms: int | None, base_url: str
) -> Unsigned:
    """Raises `CredentialKeyRefused` or `ListFull`."""
    holder, public = key.partition(":")[2], acting.public_key(view, key)
    place = acting.free_place(view, holder, secrets.token_bytes)
    claims = credentials.visible_claims(
        credentials.material_type, holder, key, public, place, base_url, expires_ms
    )
    hidden = credentials.hide_declaration(said, claims, secrets.token_bytes)
    body: dict[str, Any] = {
        "part": said.part,
        "list": said.list.model_dump(),
        "number": said.number,
    }
    body |= {"lot": said.lot} if said.lot else {}
    body |= {} if expires_ms is None else {"expires": instant(expires_ms)}
    return _unsigned(view, declare_type, key, hidden, place, body)


def _unsigned(
    view: View, entry_type: str, key: str, hidden: Hidden, place: StatusPlace, body: dict[str, Any]
) -> Unsigned:
    public: PublicKey = acting.public_key(view, key)
    return Unsigned(
        entry_type,
        key,
        public.jwk(),
        credentials.unsigned(hidden, key, public.suite),
        tuple(one.text for one in hidden.disclosures),
        secrets.token_bytes(acting.salt_bytes),
        {**body, "key": key, "status": place.model_dump()},
    )


def whole(snapshot: Snapshot, reader: Reader, digest: str, now_ms: int) -> dict[str, Any]:
    """All of a credential, for whoever reads for its holder. Raises `CredentialUnknown` or `AttachmentErased`."""
    row = snapshot.view.get(credentials.kind, digest)
    if row is None or not reader.takes_part(row["holder"]) or "holder_key" not in row:
        raise errors.CredentialUnknown(digest)
    index, document = cast(int, row["since"]), cast(str, row["document"])
    found = Packed.parse(snapshot.attachment(index, document, reader).data)
    key = cast(str, row["holder_key"])
    return {
        "sd_jwt": found.credential.text(),
        "salt": found.salt.hex(),
        "key": key,
        "jwk": acting.public_key(snapshot.view, key).jwk(),
        # Of the entry that may show it through the log, whose presentation has it as its nonce.
        "id": new_id(now_ms, secrets.token_bytes(10)),
        "now": now_ms,
    }


def finished(snapshot: Snapshot, reader: Reader, digest: str, packed: Packed, now_ms: int) -> bytes:
    """The file for its buyer, with the proof. Raises whatever the buyer would be told of it."""
    row = snapshot.view.get(credentials.kind, digest)
    if row is None or not reader.takes_part(row["holder"]):
        raise errors.CredentialUnknown(digest)
    if packed.digest() != digest:
        raise errors.CredentialDiffers(digest)
    fields = tuple(packed.credential.revealed().claims)
    file = PresentationFile(packed, prove(Reading(snapshot, reader), digest, fields))
    told: Any = packed.credential.binding.payload if packed.credential.binding else {}
    verified(snapshot, file, str(told.get("aud", "")), nonce_of(packed.credential), now_ms)
    return file.encode()


def verified(
    snapshot: Snapshot, file: PresentationFile, buyer: str, nonce: str, now_ms: int
) -> checking.Verified:
    """As the buyer would verify it with this log's key alone, and as it stands by now in this log."""
    pins = Pins(log_keys=(log_verifier(snapshot.view),))
    found = checking.verify(file, pins, Asked(buyer, nonce, now_ms))
    row = snapshot.view.get(credentials.kind, found.seen.digest)
    bound = Directory().key(snapshot.view, found.holder_key)
    if row is None or bound is None or bound.until is not None:
        raise HolderKeyNotValid(found.holder_key)
    credentials.require_standing(row, instant(now_ms))
    return found


def told(found: checking.Verified) -> dict[str, Any]:
    return {
        "credential": found.seen.digest,
        "issuer": found.issuer,
        "holder": found.holder,
        "fields": dict(found.fields),
        "hidden": found.revealed.hidden,
        "as_of": found.seen.time,
    }
