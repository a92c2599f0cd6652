"""The entries by which somebody's key comes into the log: drafted, and held against what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.app.enrolling import signing
from tallystick.app.enrolling.asked import Approval, decoded, encoded, in_bytes
from tallystick.app.enrolling.errors import EnrolmentMalformed, EnrolmentProofWrong
from tallystick.app.joining.asked import Approvals, Kept
from tallystick.identity import (
    AddKey,
    AddPerson,
    Directory,
    Propose,
    RecoverKey,
    UnknownParty,
    devices,
    founded,
    given_by_one,
    may_recover,
)
from tallystick.ledger import (
    Attachment,
    Body,
    PublicKey,
    State,
    View,
    canonical,
    reference_to,
    suites,
)

add_person, add_key, propose = "identity.person.add/1", "identity.key.add/1", "identity.propose/1"
first_index = 300
card_type = "application/json"


@dataclass(frozen=True, slots=True)
class Said:
    """One of the entries; the last is the one that the new key signs too."""

    type: str
    body: Body
    attachments: tuple[Attachment, ...] = ()


def entries(view: View, kept: Kept) -> list[Said]:
    """What has to be signed. `kept.jwk` is there; a person who is registered already is not registered again."""
    public: dict[str, Any] = {"jwk": kept.jwk, "custody": kept.custody, "webauthn": kept.webauthn}
    if kept.purpose == "recovery" and kept.lost is not None:
        types = _types(view, kept.lost)
        what = RecoverKey(
            kind="recover", key=fresh_reference(view, kept.person), types=types, lost=kept.lost,
            reason=kept.reason, **public,
        )  # fmt: skip
        return [Said(propose, Propose(organisation=kept.firm, what=what))]
    own = Said(add_key, AddKey(key=fresh_reference(view, kept.person), types=("*",), **public))
    if kept.purpose == "key" or view.get("person", kept.person) is not None:
        return [own]
    card = card_of(kept)
    roles = at_once(view, kept)
    person = AddPerson(
        person=kept.person, organisation=kept.firm, roles=roles, card=None if card is None else reference_to(card)
    )  # fmt: skip
    return [Said(add_person, person, () if card is None else (card,)), own]


def at_once(view: State, kept: Kept) -> tuple[Any, ...]:
    """The roles that whoever approves gives alone; two give the others."""
    if not founded(view, kept.firm):
        return kept.roles
    return kept.roles if given_by_one.issuperset(kept.roles) else ()


def may_approve(view: State, author: str, kept: Kept) -> bool:
    """Whether this person's signature is one that the entries need."""
    if kept.purpose == "key":
        return author == kept.person
    if kept.purpose == "recovery":
        return may_recover(view, author, kept.firm, kept.person)
    try:
        return devices.may_approve(view, author, kept.firm)
    except UnknownParty:
        return False


def approved(view: View, origin: str, kept: Kept, told: Approvals) -> tuple[dict[str, Any], ...]:
    """What was signed, as it is kept, if it is what was asked for and its author may.

    The rules judge again when the entries come in; this keeps strangers from answering in a person's place.
    Raises `EnrolmentMalformed` or `EnrolmentProofWrong`.
    """
    wanted = entries(view, kept)
    if len(told.entries) != len(wanted):
        raise EnrolmentMalformed(f"entries: it takes {len(wanted)}")
    for said, one in zip(wanted, told.entries, strict=True):
        found = signing.opened(origin, said.type, one)
        if found.body != said.body.encode():
            raise EnrolmentMalformed(f"the body of {said.type} is not what was asked for")
        author = found.entry.author
        if not may_approve(view, author, kept):
            raise EnrolmentProofWrong(f"{author} does not approve this")
        signing.require_signed(view, found.envelope, author, said.type)
    return tuple(_kept(one) for one in told.entries)


def card_of(kept: Kept) -> Attachment | None:
    """Name and contact, as they become an attachment."""
    if kept.card_salt is None:
        return None
    told = {"name": kept.name, "contact": kept.contact}
    return Attachment(card_type, canonical.encode(told), decoded(kept.card_salt), "restricted")


def suites_for(view: View, kept: Kept) -> tuple[str, ...]:
    """Of which the new key may be, the usual one of passkeys first: of those that its owner has, for who has two signs everything with both."""
    held = {
        one.public.suite
        for one in Directory().keys_of(view, kept.person)
        if one.until is None and one.reference != kept.lost
    }
    return tuple(one for one in reversed(suites) if one in held or not held)


def public_of(kept: Kept) -> PublicKey:
    """The new key, as whoever verifies its signatures has it. Raises `KeyRefused`."""
    body = AddKey(
        key=f"{first_index}:{kept.person}", jwk=kept.jwk or {}, custody=kept.custody, types=("*",),
        webauthn=kept.webauthn,
    )  # fmt: skip
    return body.public_key()


def _kept(one: Approval) -> dict[str, str]:
    return {"envelope": encoded(in_bytes(one.envelope)), "body": one.body, "salt": one.salt}


def fresh_reference(view: State, owner: str) -> str:
    """The next reference, which is never used again."""
    used = [int(index) for index in view.group("key", owner)]
    return f"{max(used, default=first_index - 1) + 1}:{owner}"


def _types(view: State, reference: str) -> tuple[str, ...]:
    index, _, owner = reference.partition(":")
    row = view.get("key", owner, index)
    types: Sequence[str] = () if row is None else row["types"]  # type: ignore[assignment]
    return tuple(types)
