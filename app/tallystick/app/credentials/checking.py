"""Verifying a presentation offline: the file, what is pinned of the log, and what the buyer asked for.

All is checked, in this order, and the first that fails is the answer: the proof is of the pinned log; the log
knows the credential; the issuer's key was valid when it was issued, and signed it; the holder's key was not
revoked, and made this presentation for this buyer, in answer to this nonce; the credential is neither revoked,
suspended nor expired; each field that is shown was signed. No I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.app.bundles.facts import Facts
from tallystick.app.bundles.key_lives import HeldKey
from tallystick.app.bundles.verify import forms
from tallystick.app.credentials.errors import (
    CredentialNotInLog,
    HolderKeyNotValid,
    IssuerKeyNotValid,
    ProofNotNewer,
)
from tallystick.app.credentials.presented import PresentationFile
from tallystick.app.credentials.proving import credential_head
from tallystick.identity.credentials import (
    Asked,
    Credential,
    Revealed,
    errors,
    material_type,
    qualification_type,
    require_bound,
    shown_fields,
)
from tallystick.ledger import canonical, from_instant
from tallystick.ledger.bundle import HeldEntry, Pins, fields_of, open_bundle

issue_type, declare_type = "identity.credential.issue/1", "identity.material.declare/1"
_types = {issue_type: qualification_type, declare_type: material_type}
revoke_type, suspend_type = "identity.credential.revoke/1", "identity.credential.suspend/1"
reinstate_type = "identity.credential.reinstate/1"
_declared = ("/part", "/lot", "/list/", "/number")


@dataclass(frozen=True, slots=True)
class Seen:
    """A proof about a credential: the entries that touched it, up to which entry, and when that was."""

    facts: Facts
    digest: str
    indexes: tuple[int, ...]

    @property
    def end(self) -> int:
        return self.facts.end

    @property
    def time(self) -> str:
        return self.facts.bundle.block.time


@dataclass(frozen=True, slots=True)
class Verified:
    """What a presentation shows, and what is proven of it."""

    seen: Seen
    revealed: Revealed
    vct: str
    issuer: str
    holder: str
    holder_key: str
    issued_at: int
    expires_s: int | None

    @property
    def fields(self) -> Mapping[str, Any]:
        """Those that were shown, without what every credential has."""
        return shown_fields(self.revealed.claims)


def verify(file: PresentationFile, pins: Pins, asked: Asked) -> Verified:
    """Raises `BundleRefused` or `NothingPinned`, or an error of this module or of credentials."""
    credential = file.packed.credential
    seen = proof_about(file.proof, pins, file.packed.digest())
    first = seen.facts.entry(seen.indexes[0])
    said = _said(first)
    if said.get("/credential") != seen.digest or _types.get(first.entry.type) is None:
        raise CredentialNotInLog(f"entry {first.index} did not issue it")
    issuer = _author(seen, first)
    _require_issuer(seen, credential, first, said, issuer)
    holder = str(said.get("/holder", issuer))
    _require_holder(seen, credential, said, holder)
    require_bound(credential, asked)
    require_status(seen, issuer)
    _require_current(credential, said, asked.now_ms)
    revealed = credential.revealed()
    if first.entry.type == declare_type:
        _require_same_part(credential, said)
    if said.get("/kind", revealed.claims.get("kind")) != revealed.claims.get("kind"):
        raise errors.DisclosureRefused("kind: the log says another one")
    return Verified(
        seen,
        revealed,
        str(credential.claims.get("vct")),
        issuer,
        holder,
        credential.bound_to()[0],
        first.index,
        credential.expires_s(),
    )


def proof_about(data: bytes, pins: Pins, digest: str) -> Seen:
    """Raises `BundleRefused`, `NothingPinned` or `CredentialNotInLog`."""
    facts = Facts(open_bundle(data, pins, forms))
    head = facts.required_head(credential_head, digest)
    if head.absent:
        raise CredentialNotInLog(digest)
    return Seen(facts, digest, head.indexes)


def check_newer(verified: Verified, data: bytes, pins: Pins, now_ms: int) -> Seen:
    """Whether it still counts by a newer proof of the same log. Raises as `verify`, and `ProofNotNewer`."""
    before = verified.seen
    try:
        newer = proof_about(data, pins, before.digest)
    except errors.CredentialMalformed as error:
        raise ProofNotNewer(error.detail) from None
    same = newer.facts.bundle.checkpoint.origin == before.facts.bundle.checkpoint.origin
    if not same or newer.end < before.end or _leaves(newer, before) != _leaves(before, before):
        raise ProofNotNewer(f"it is as of entry {newer.end}, the presentation of {before.end}")
    require_status(newer, verified.issuer)
    _require_key_stands(newer, verified.holder_key)
    if verified.expires_s is not None and now_ms >= verified.expires_s * 1000:
        raise errors.CredentialExpired
    return newer


def require_status(seen: Seen, issuer: str) -> None:
    """By the last entry that touched it. Raises `CredentialRevoked` or `CredentialSuspended`."""
    suspended = -1
    for held in (seen.facts.entry(index) for index in seen.indexes[1:]):
        if held.entry.type in (revoke_type, declare_type):
            raise errors.CredentialRevoked(f"by entry {held.index}: {_reason(held)}")
        if held.entry.type == suspend_type:
            suspended = held.index
        elif held.entry.type == reinstate_type:
            if _author(seen, held) != issuer:
                raise CredentialNotInLog(f"entry {held.index} is not by the issuer")
            suspended = -1
    if suspended >= 0:
        raise errors.CredentialSuspended(f"by entry {suspended}")


def _author(seen: Seen, held: HeldEntry) -> str:
    """The organisation that said it, by a key of its author's. Raises `CredentialNotInLog`."""
    if not any(signed.own for signed in seen.facts.signers.by_entry[held.index]):
        raise CredentialNotInLog(f"entry {held.index} is not signed by {held.entry.author}")
    return seen.facts.organisation(held.entry.author)


def _reason(held: HeldEntry) -> str:
    said = _said(held)
    return str(said.get("/reason", "superseded" if held.entry.type == declare_type else "unknown"))


def _require_issuer(
    seen: Seen, credential: Credential, first: HeldEntry, said: Mapping[str, object], issuer: str
) -> None:
    kid = credential.jwt.kid
    if credential.claims.get("iss") != issuer or said.get("/key") != kid:
        raise CredentialNotInLog("the log names another issuer, or another key of it")
    if credential.claims.get("vct") != _types[first.entry.type]:
        raise CredentialNotInLog("the log names another type of credential")
    key = _key(seen, kid)
    if key is None or key.record.owner != issuer or not key.counts(first):
        at = key.revoked_at if key is not None else None
        told = (
            f"entry {at} revoked it"
            if at is not None
            else "it is no key by which the issuer certifies"
        )
        raise IssuerKeyNotValid(f"{kid}, at entry {first.index}: {told}")
    credential.jwt.verify(key.record.public)


def _require_holder(
    seen: Seen, credential: Credential, said: Mapping[str, object], holder: str
) -> None:
    kid, public = credential.bound_to()
    if said.get("/holder_key", said.get("/key")) != kid:
        raise errors.NotBoundToHolder(f"the log names another key than {kid}")
    key = _require_key_stands(seen, kid)
    if key.record.owner != holder or key.record.public != public:
        raise errors.NotBoundToHolder(f"{kid} is another key in the log")


def _require_key_stands(seen: Seen, kid: str) -> HeldKey:
    key = _key(seen, kid)
    if key is None:
        raise HolderKeyNotValid(f"{kid} is not registered")
    if key.revoked_at is not None:
        raise HolderKeyNotValid(f"entry {key.revoked_at} revoked {kid}: {key.reason}")
    return key


def _key(seen: Seen, reference: str) -> HeldKey | None:
    """A key with its head, without which a revocation could be left out; else as if it were unknown."""
    key = seen.facts.signers.keys.get(reference)
    return key if key is not None and key.proven else None


def _require_current(credential: Credential, said: Mapping[str, object], now_ms: int) -> None:
    expires, logged = credential.expires_s(), said.get("/expires")
    told = from_instant(logged) // 1000 if isinstance(logged, str) else None
    if told != expires:
        raise CredentialNotInLog("the log names another expiry")
    credential.require_current(now_ms)


def _require_same_part(credential: Credential, said: Mapping[str, object]) -> None:
    """The part that the log held against the declarer's prefixes is the one that is declared."""
    told = {name: credential.claims.get(name) for name in ("part", "lot", "list", "number")}
    open_claims = {name: value for name, value in told.items() if value is not None}
    logged = {pointer: value for pointer, value in said.items() if pointer.startswith(_declared)}
    if logged != fields_of(canonical.encode(open_claims)):
        raise CredentialNotInLog("the log names another part, lot or list")


def _leaves(seen: Seen, of: Seen) -> Sequence[bytes]:
    """Leaf hashes of the first entries that touched it, as many as `of` has."""
    indexes = seen.indexes[: len(of.indexes)]
    return [seen.facts.entry(index).leaf_hash for index in indexes]


def _said(held: HeldEntry) -> Mapping[str, object]:
    """What is shown of a body, by pointer."""
    if held.body is not None:
        return fields_of(held.body)
    return {one.pointer: one.value for one in held.shown.fields} if held.shown else {}
