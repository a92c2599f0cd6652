"""Bodies of the entry types by which somebody lets others read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tallystick.identity.bodies import Country
from tallystick.ledger import AttachmentRef, Body, Handle, Hex32, MoneyDate, Prefix

opened_max = 20
types_max = 50
names_max = 200
organisations_max = 200
nodes_max = 50
name_chars_max = 300

ThingKind = Literal[
    "part", "entries", "items", "documents", "certificates", "devices", "credentials", "records"
]
Part = Literal["finance", "identity", "trace"]
Purpose = Literal[
    "financing", "audit", "quality", "logistics", "insurance", "recall", "compliance", "other"
]
#: As what an organisation is told what others are not. `partner`: any other.
Capacity = Literal["partner", "auditor", "carrier", "inspector", "insurer"]
Name = Annotated[str, Field(min_length=1, max_length=name_chars_max, pattern=r"^\S+$")]
TypeName = Annotated[str, Field(max_length=80, pattern=r"^[A-Za-z0-9_.*/-]+$")]


class Opened(Body):
    """Things that may be read: of one kind, or everything of a part.

    `names` and `prefixes` narrow it to these handles or names, and to those below these prefixes; `types` to
    entry types (`trace.*` for all of a part), kinds of trade document, or types of values in records: the
    fields of a template. `evidence`: attachments for the parties too.
    """

    kind: ThingKind
    part: Part | None = None
    types: Annotated[tuple[TypeName, ...], Field(max_length=types_max)] = ()
    names: Annotated[tuple[Name, ...], Field(max_length=names_max)] = ()
    prefixes: Annotated[tuple[Prefix, ...], Field(max_length=names_max)] = ()
    evidence: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Opened:
        if (self.kind == "part") != (self.part is not None):
            raise ValueError("`part` is named where everything of a part is opened, and only there")
        if self.kind == "part" and (self.types or self.names or self.prefixes):
            raise ValueError("everything of a part is not narrowed; name a kind of thing instead")
        if self.types and self.kind not in ("entries", "documents", "records"):
            raise ValueError(f"{self.kind} have no types")
        return self


Openings = Annotated[tuple[Opened, ...], Field(min_length=1, max_length=opened_max)]


class Disclose(Body):
    """The organisation lets another read, from now on and by its own word alone; nothing is owed for it.

    `capacity`: an outsider who works for it gets what that work needs, and no more.
    """

    to: Handle
    capacity: Capacity = "partner"
    what: Openings
    purpose: Purpose
    since: MoneyDate | None = None
    until: MoneyDate
    terms: AttachmentRef | None = None


class OfferSharing(Body):
    """An agreement: `what` the author's organisation opens, and what it wants to read in `returns`."""

    to: Handle
    what: Openings
    returns: Annotated[tuple[Opened, ...], Field(max_length=opened_max)] = ()
    purpose: Purpose
    since: MoneyDate | None = None
    until: MoneyDate
    terms: AttachmentRef | None = None


class AcceptSharing(Body):
    """The other side accepts the agreement of this name: the payload hash of the entry that offered it."""

    agreement: Hex32


class EndSharing(Body):
    """Either side ends an agreement, a disclosure or a remit, or withdraws or refuses what was offered."""

    agreement: Hex32
    reason: Literal["done", "withdrawn", "refused", "mistake", "misuse"]


class Over(Body):
    """Whose things a remit opens: of these organisations, of those under these nodes, of these countries.

    All that is named must hold. `everybody`: no narrowing by organisation or node; the root alone gives that.
    """

    everybody: bool = False
    organisations: Annotated[tuple[Handle, ...], Field(max_length=organisations_max)] = ()
    nodes: Annotated[tuple[Prefix, ...], Field(max_length=nodes_max)] = ()
    countries: Annotated[tuple[Country, ...], Field(max_length=nodes_max)] = ()

    @model_validator(mode="after")
    def _says(self) -> Over:
        if self.everybody == bool(self.organisations or self.nodes):
            raise ValueError("name organisations or nodes, or say that it is everybody's")
        return self


class GiveRemit(Body):
    """An outsider reads across organisations, by decision of two persons of a node or of the root.

    `order`: the SHA-256 of the paper that it rests on; a court officer has none without it.
    """

    kind: Literal["remit"]
    to: Handle
    role: Literal["auditor", "regulator", "court"]
    what: Openings
    over: Over
    since: MoneyDate | None = None
    until: MoneyDate
    order: Hex32 | None = None

    @model_validator(mode="after")
    def _rests(self) -> GiveRemit:
        if self.role == "court" and self.order is None:
            raise ValueError("a court officer reads by an order: name its digest")
        return self
