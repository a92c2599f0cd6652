"""What issuers, holders and buyers do at a node that holds their keys: entries from what they say."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import cast

from tallystick.app.access import Reading
from tallystick.app.credentials.errors import ListFull
from tallystick.app.credentials.presented import PresentationFile
from tallystick.app.credentials.proving import prove
from tallystick.app.keystore import KeyStore
from tallystick.identity import Directory, credentials
from tallystick.identity.credentials import (
    Credential,
    DeclareMaterials,
    IssueCredential,
    MaterialDeclaration,
    Packed,
    Qualification,
    ShowCredential,
    StatusPlace,
    errors,
)
from tallystick.ledger import (
    Attachment,
    Author,
    Body,
    PublicKey,
    SigningKey,
    Snapshot,
    State,
    Submission,
    instant,
    new_id,
    reference_to,
)

salt_bytes = 32
tries_per_list, lists_tried = 8, 100
Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Written:
    """A credential, and the entry that puts its digest into the log."""

    packed: Packed
    submission: Submission

    @property
    def digest(self) -> str:
        return self.packed.digest()


@dataclass(frozen=True, slots=True)
class Desk:
    """Where somebody writes: the author, the key that signs credentials, and the address of the node."""

    author: Author
    key: SigningKey
    base_url: str
    random: Random = secrets.token_bytes

    @property
    def organisation(self) -> str:
        """Credentials are signed by the organisation's own key, whoever of it is the author."""
        return self.key.keyid.partition(":")[2]

    def issue(self, state: State, said: Qualification, holder: str, holder_key: str) -> Written:
        """`holder_key`: a registered key of the holder. Raises `CredentialKeyRefused` or `ListFull`."""
        public = public_key(state, holder_key)
        place = free_place(state, self.organisation, self.random)
        claims = credentials.visible_claims(
            credentials.qualification_type,
            self.organisation,
            holder_key,
            public,
            place,
            self.base_url,
            said.expires_ms(),
        )
        hidden = credentials.hide_qualification(said, claims, self.random)
        packed = Packed(credentials.issue(hidden, self.key), self.random(salt_bytes))
        document = self._attached(Packed.media_type, packed.encode())
        body = IssueCredential(
            credential=packed.digest(),
            kind=said.kind,
            holder=holder,
            key=self.key.keyid,
            holder_key=holder_key,
            expires=instant(said.expires_ms()),
            status=place,
            document=reference_to(document),
        )
        return Written(packed, self._write("identity.credential.issue/1", body, document))

    def declare(
        self, state: State, said: MaterialDeclaration, expires_ms: int | None = None
    ) -> Written:
        """Of a part of the author's own organisation; bound to the key that signs it."""
        public = self.key.private.public
        place = free_place(state, self.organisation, self.random)
        claims = credentials.visible_claims(
            credentials.material_type,
            self.organisation,
            self.key.keyid,
            public,
            place,
            self.base_url,
            expires_ms,
        )
        hidden = credentials.hide_declaration(said, claims, self.random)
        packed = Packed(credentials.issue(hidden, self.key), self.random(salt_bytes))
        document = self._attached(Packed.media_type, packed.encode())
        body = DeclareMaterials(
            credential=packed.digest(),
            part=said.part,
            lot=said.lot,
            list=said.list,
            number=said.number,
            key=self.key.keyid,
            expires=None if expires_ms is None else instant(expires_ms),
            status=place,
            document=reference_to(document),
        )
        return Written(packed, self._write("identity.material.declare/1", body, document))

    def show(
        self, packed: Packed, digest: str, buyer: str, fields: Collection[str], now_ms: int
    ) -> Submission:
        """The presentation stands in the log for one buyer; its nonce is the entry's id."""
        entry_id = new_id(now_ms, self.random(10))
        presented = credentials.present(
            packed.credential, fields, self.key, audience=buyer, nonce=entry_id, now_ms=now_ms
        )
        document = self._attached(Packed.media_type, Packed(presented, packed.salt).encode())
        return self._shown(digest, buyer, fields, document, entry_id)

    def show_paper(self, digest: str, buyer: str, media_type: str, paper: bytes) -> Submission:
        """A certificate that is stated, shown as it is."""
        document = self._attached(media_type, paper)
        return self._shown(digest, buyer, ("kind",), document, None)

    def state(self, kind: str, expires: str | None, media_type: str, paper: bytes) -> Submission:
        """A certificate of somebody who is not in the log."""
        document = self._attached(media_type, paper)
        body = credentials.StateCredential(
            credential=document.hash(), kind=kind, expires=expires, document=reference_to(document)
        )
        return self._write("identity.credential.state/1", body, document)

    def _shown(
        self,
        digest: str,
        buyer: str,
        fields: Collection[str],
        document: Attachment,
        entry_id: str | None,
    ) -> Submission:
        body = ShowCredential(
            credential=digest,
            to=buyer,
            fields=tuple(sorted(fields)),
            document=reference_to(document),
        )
        return self._write("identity.credential.show/1", body, document, entry_id)

    def _write(
        self, entry_type: str, body: Body, document: Attachment, entry_id: str | None = None
    ) -> Submission:
        # Signed field by field, so that a presentation need not show the kind.
        return self.author.write(
            entry_type, body, attachments=(document,), entry_id=entry_id, fields=True
        )

    def _attached(self, media_type: str, data: bytes) -> Attachment:
        return Attachment(media_type, data, self.random(salt_bytes))


def public_key(state: State, reference: str) -> PublicKey:
    """Of a registered key. Raises `CredentialKeyRefused`."""
    found = Directory().key(state, reference)
    if found is None:
        raise errors.CredentialKeyRefused(f"{reference} is not registered")
    return found.public


def free_place(state: State, issuer: str, random: Random) -> StatusPlace:
    """At random, so that a place says nothing about when or to whom it was given. Raises `ListFull`."""
    for number in range(lists_tried):
        name = credentials.status_list_name(issuer, number)
        for _ in range(tries_per_list):
            index = int.from_bytes(random(4), "big") % credentials.list_places
            if state.get(credentials.status_place_kind, name, f"{index:05d}") is None:
                return StatusPlace(list=number, index=index)
    raise ListFull(issuer)


def held(reading: Reading, holder: str, digest: str) -> Packed:
    """The whole credential, for its holder. Raises `CredentialUnknown`, `AttachmentErased` or `NotReadable`."""
    row = reading.view.get(credentials.kind, digest)
    if row is None or row["holder"] != holder or row["source"] == "stated":
        raise errors.CredentialUnknown(digest)
    index, document = cast(int, row["since"]), cast(str, row["document"])
    return Packed.parse(reading.snapshot.attachment(index, document, reading.reader).data)


def present(
    reading: Reading,
    key: SigningKey,
    digest: str,
    buyer: str,
    fields: Collection[str],
    *,
    nonce: str,
    now_ms: int,
) -> PresentationFile:
    """A file for one buyer, with its proof under the newest final checkpoint."""
    holder = key.keyid.partition(":")[2]
    whole = held(reading, holder, digest)
    presented: Credential = credentials.present(
        whole.credential, fields, key, audience=buyer, nonce=nonce, now_ms=now_ms
    )
    return PresentationFile(Packed(presented, whole.salt), prove(reading, digest, tuple(fields)))


def holder_key(snapshot: Snapshot, keys: KeyStore, holder: str, digest: str) -> SigningKey:
    """The key to which a credential is bound. Raises `CredentialUnknown` or `KeyMissing`."""
    row = snapshot.view.get(credentials.kind, digest)
    if row is None or row["holder"] != holder or "holder_key" not in row:
        raise errors.CredentialUnknown(digest)
    return keys.get(cast(str, row["holder_key"]))


def showing(
    reading: Reading,
    desk: Desk,
    keys: KeyStore,
    digest: str,
    buyer: str,
    fields: Collection[str],
    now_ms: int,
) -> Submission:
    """The entry that shows a buyer these fields; of a stated certificate the paper itself."""
    holder = desk.organisation
    row = reading.view.get(credentials.kind, digest)
    if row is None or row["holder"] != holder:
        raise errors.CredentialUnknown(digest)
    if row["source"] == "stated":
        index, document = cast(int, row["since"]), cast(str, row["document"])
        paper = reading.snapshot.attachment(index, document, reading.reader)
        return desk.show_paper(digest, buyer, paper.type, paper.data)
    bound = replace(desk, key=holder_key(reading.snapshot, keys, holder, digest))
    return bound.show(held(reading, holder, digest), digest, buyer, fields, now_ms)
