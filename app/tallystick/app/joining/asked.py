"""What is sent about people who come in and their keys, and what of it is kept beside the log."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tallystick.app.enrolling import asked
from tallystick.app.enrolling.asked import (
    Base64,
    Jwk,
    Sent,
    Signature,
    Token,
    minutes_default,
    minutes_max,
)
from tallystick.identity import Role, WebAuthn
from tallystick.ledger import KeyRef

#: person: a new member; key: a further key of a member; recovery: a key in the place of a lost one.
Purpose = Literal["person", "key", "recovery"]
name_bytes_max = 4 * 60
contact_chars_max = 120
entries_max = 2


class Invite(Sent):
    """`roles`: which the new member shall have; `lost`: the key that is lost, of somebody else."""

    purpose: Purpose
    roles: Annotated[tuple[Role, ...], Field(max_length=8)] = ()
    lost: KeyRef | None = None
    reason: Literal["lost", "stolen"] = "lost"
    minutes: Annotated[int, Field(ge=1, le=minutes_max)] = minutes_default


class Assertion(Sent):
    """What a passkey's authenticator says beside its signature (formats §2)."""

    authenticatorData: Base64
    clientDataJSON: Base64


class Proof(Sent):
    """A signature by the new key."""

    sig: Signature
    webauthn: Assertion | None = None


class Request(Sent):
    """`proof`: by the key, over `devices.request_message` with the context for keys. `name`, `contact`: of a member."""

    token: Token
    name: Annotated[str, Field(max_length=name_bytes_max)] = ""
    contact: Annotated[str, Field(max_length=contact_chars_max)] = ""
    jwk: Jwk
    custody: Literal["self", "hardware"]
    webauthn: WebAuthn | None = None
    proof: Proof


class Approvals(Sent):
    """The entries that were drafted, each signed by the same person."""

    entries: Annotated[tuple[asked.Approval, ...], Field(min_length=1, max_length=entries_max)]


class Kept(asked.Kept):
    """`firm`: whose person it is; the row's organisation is the one that invited."""

    purpose: Purpose
    firm: str
    person: str
    by: str
    roles: tuple[Role, ...] = ()
    lost: str | None = None
    reason: Literal["lost", "stolen"] = "lost"
    contact: str = ""
    card_salt: str | None = None
    custody: Literal["self", "hardware"] = "self"
    webauthn: WebAuthn | None = None
    approved: tuple[dict[str, Any], ...] = ()
    key: str | None = None

    def forgotten(self, **more: Any) -> Kept:
        """Without what it knows of a human being, once that stands in the log's attachment."""
        told: dict[str, Any] = {"name": "", "contact": "", "card_salt": None, "approved": ()}
        return self.model_copy(update=told | more)
