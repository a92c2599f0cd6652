"""Bodies of the entry types about people, roles and acts of several persons."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from tallystick.identity.bodies import AddKey, Country, Name
from tallystick.identity.directory import CapacityName, Role
from tallystick.identity.grades.bodies import LowerGrade, PermitLeaving
from tallystick.identity.logins.bodies import BindDirectory, DropDirectory
from tallystick.identity.organisations.asked import (
    ConfirmPapers,
    FirstPerson,
    Hold,
    Release,
    SetQuota,
    first_people_max,
)
from tallystick.identity.sharing.bodies import GiveRemit
from tallystick.ledger import AttachmentRef, Body, Count, Handle, Hex32, KeyRef

roles_max = 8
tiers_max = 20
persons_max = 5
keys_max = 2
papers_max = 20
quorum_least = 2
quorum_max = 16
officers_max = 64

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Roles = Annotated[tuple[Role, ...], Field(max_length=roles_max)]


class AddPerson(Body):
    """A person, under a random handle. `card`: name and contacts, an attachment that can be erased (formats §1).

    Without roles it says nothing yet: two officers give it some.
    """

    person: Handle
    organisation: Handle
    roles: Roles
    card: AttachmentRef | None = None


class SetCard(Body):
    """The person's name and contacts from now on. The attachments of before are erased by their own acts."""

    person: Handle
    card: AttachmentRef


class FoundOrganisation(Body):
    """From here on the people of the organisation decide about its people, and its own key does not."""

    organisation: Handle


class LeavePerson(Body):
    """The person acts for the organisation no more; all its keys end with this entry."""

    person: Handle
    reason: Literal["left", "dismissed", "mistake"]


class SuspendPerson(Body):
    """The person cannot act until two people readmit it."""

    person: Handle
    reason: Literal["key-lost", "suspected", "absent", "dispute"]


class GiveRoles(Body):
    """All roles of a person from then on: those it has and does not find here are taken away."""

    kind: Literal["roles"]
    person: Handle
    roles: Roles


class Dismiss(Body):
    kind: Literal["dismiss"]
    person: Handle
    reason: Literal["left", "dismissed", "mistake"]


class Readmit(Body):
    kind: Literal["readmit"]
    person: Handle


class Tier(Body):
    """Above `above` (minor units of `currency`) an act takes signatures of so many persons.

    `keys`: by so many keys each, so that whoever signs reads the act on a second device.
    """

    currency: Currency
    above: Annotated[int, Field(ge=0, le=2**53 - 1)]
    persons: Annotated[int, Field(ge=1, le=persons_max)]
    keys: Annotated[int, Field(ge=1, le=keys_max)] = 1

    @model_validator(mode="after")
    def _asks_for_more(self) -> Tier:
        if self.persons == self.keys == 1:
            raise ValueError("a tier asks for more than one person, or more than one key")
        return self


class SetControl(Body):
    """Amount tiers for acts that bind the organisation, move its money or give something up; none: one person suffices."""

    kind: Literal["control"]
    tiers: Annotated[tuple[Tier, ...], Field(max_length=tiers_max)]


class Paper(Body):
    """A document that the node looked at: what it is, by digest, and when it ends."""

    kind: Literal[
        "business-licence",
        "legal-representative",
        "beneficial-owner",
        "agent-authorisation",
        "bank-account",
        "register-extract",
        "contact",
        "other",
    ]
    document: AttachmentRef
    ends: Annotated[str, Field(pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]$")] | None = None


class AdmitOrganisation(Body):
    """An application that the node verified: who applies, by which papers, and with which people it begins.

    `number` by `scheme` as in `RegisterOrganisation`. It is founded at once, with its `people`. Who is
    registered with exactly this and has no people yet is begun so, too.
    """

    kind: Literal["admit"]
    organisation: Handle
    name: Name
    scheme: Literal["uscc", "lei", "register", "none"]
    number: Annotated[str, Field(max_length=60, pattern=r"^\S+$")] | None = None
    country: Country | None = None
    capacities: Annotated[tuple[CapacityName, ...], Field(min_length=1, max_length=6)]
    papers: Annotated[tuple[Paper, ...], Field(max_length=papers_max)] = ()
    people: Annotated[tuple[FirstPerson, ...], Field(max_length=first_people_max)] = ()


class SuspendOrganisation(Body):
    """It makes no new promises; it pays, receives, refuses, discloses and complains as before."""

    kind: Literal["suspend"]
    organisation: Handle
    reason: Literal["papers-expired", "sanctions", "fraud", "insolvency", "request", "court-order"]


class LiftOrganisation(Body):
    kind: Literal["lift"]
    organisation: Handle


class RecoverKey(AddKey):
    """`key` takes the place of `lost`, whose holder cannot sign any more. The new key signs the proposal."""

    kind: Literal["recover"]
    lost: KeyRef
    reason: Literal["lost", "stolen"]
    suspect_from: Count | None = None


class SetOfficers(Body):
    """Who recovers the keys of the organisation, and how many of them together."""

    kind: Literal["officers"]
    quorum: Annotated[int, Field(ge=quorum_least, le=quorum_max)]
    officers: Annotated[tuple[Handle, ...], Field(min_length=quorum_least, max_length=officers_max)]


What = Annotated[
    GiveRoles
    | Dismiss
    | Readmit
    | SetControl
    | AdmitOrganisation
    | SuspendOrganisation
    | LiftOrganisation
    | RecoverKey
    | SetOfficers
    | GiveRemit
    | LowerGrade
    | PermitLeaving
    | Hold
    | Release
    | SetQuota
    | ConfirmPapers
    | BindDirectory
    | DropDirectory,
    Field(discriminator="kind"),
]


class Propose(Body):
    """The first of several persons of `organisation`, or of its node, says `what` shall be done.

    What it says of keys is shown to everybody, and the rest to its parties: its fields are signed one by one.
    """

    in_parts: ClassVar[bool] = True
    organisation: Handle
    what: What


class Decide(Body):
    """Another person answers; `withdraw` is the first one's own. `proposal`: its payload hash.

    `recovered`: all that was proposed, exactly when this approval completes the recovery of a key.
    """

    in_parts: ClassVar[bool] = True
    proposal: Hex32
    decision: Literal["approve", "refuse", "withdraw"]
    recovered: RecoverKey | None = None
