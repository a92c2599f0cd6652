"""Bodies of the entry types of credentials. No field of a credential that can be hidden stands in one but its kind."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.ledger import AttachmentRef, Body, Handle, Hex32, Instant, KeyRef, Positive

list_places = 1 << 16
lists_max = 10_000
kinds_max = 50
fields_max = 200

#: What a certificate certifies, in the words of those who ask for it: `iso-9001`, `business-licence`.
KindCode = Annotated[
    str,
    Field(max_length=40, pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", examples=["iso-9001"]),
]
FieldName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\s\x00-\x1f]+$")]
ListName = Annotated[
    str, Field(max_length=60, pattern=r"^[^|\x00-\x1f]+$", examples=["REACH candidate list"])
]
ListVersion = Annotated[
    str, Field(max_length=40, pattern=r"^[^|\x00-\x1f]+$", examples=["2025-06-25"])
]
LotCode = Annotated[str, Field(max_length=60, pattern=r"^[^\s\x00-\x1f]+$", examples=["L-2607"])]


class StatusPlace(Body):
    """A place in one of the issuer's status lists."""

    list: Annotated[int, Field(ge=0, lt=lists_max)]
    index: Annotated[int, Field(ge=0, lt=list_places)]


class IssueCredential(Body):
    """The author's organisation certifies `holder`.

    `credential`: hex SHA-256(salt ‖ the issuer's JWT); the salt and the whole credential are the attachment. `key`
    signed the JWT, `holder_key` presents it. `expires`: whole seconds, as the credential's `exp`.
    """

    credential: Hex32
    kind: KindCode
    holder: Handle
    key: KeyRef
    holder_key: KeyRef
    expires: Instant
    status: StatusPlace
    document: AttachmentRef


class ThresholdList(Body):
    """Which substances count, and from which share on: a list by name and version."""

    name: ListName
    version: ListVersion


class DeclareMaterials(Body):
    """The author's organisation says what is in a part of its own, or in one lot of it, by one list.

    `number` counts the declarations of this part, lot and list; each takes the place of the one before.
    """

    credential: Hex32
    part: Handle
    lot: LotCode | None = None
    list: ThresholdList
    number: Positive
    key: KeyRef
    expires: Instant | None = None
    status: StatusPlace
    document: AttachmentRef


class RevokeCredential(Body):
    """It never counts again."""

    credential: Hex32
    reason: Literal["withdrawn", "wrong", "superseded", "fraud", "ceased"]


class SuspendCredential(Body):
    """It does not count until it is reinstated."""

    credential: Hex32
    reason: Literal["audit", "overdue", "complaint", "investigation"]


class ReinstateCredential(Body):
    credential: Hex32
    reason: Literal["resolved", "mistake"]


class StateCredential(Body):
    """The author's organisation states a certificate of a body that is not in this log.

    `credential` is the hash of the attachment: the certificate as it was issued, for instance a PDF.
    """

    credential: Hex32
    kind: KindCode
    expires: Instant | None = None
    document: AttachmentRef


class SeeCredential(Body):
    """The node that verified the holder has seen the certificate that the holder states."""

    credential: Hex32


class ShowCredential(Body):
    """The holder shows one buyer some fields: the presentation, made for this buyer, is the attachment.

    `fields`: their names. Its nonce is this entry's id.
    """

    credential: Hex32
    to: Handle
    fields: Annotated[tuple[FieldName, ...], Field(max_length=fields_max)]
    document: AttachmentRef


class RequireQualifications(Body):
    """The kinds of certificate that the author's organisation asks of a supplier; none ends it."""

    supplier: Handle
    kinds: Annotated[tuple[KindCode, ...], Field(max_length=kinds_max)]
