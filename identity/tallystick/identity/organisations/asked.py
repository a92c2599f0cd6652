"""What two persons of a node decide about organisations: first people, holds, quotas, later papers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.identity.bodies import AddKey, WebAuthn
from tallystick.identity.directory import Role
from tallystick.ledger import Body, Handle, Hex32, KeyRef

first_people_max = 10
keys_of_person_max = 2
roles_of_person_max = 8
quota_max = 2**40
_base64 = r"^[0-9A-Za-z+/]+={0,2}$"


class Asserted(Body):
    """The member `webauthn` of a passkey's signature, base64 (formats §2)."""

    authenticatorData: Annotated[str, Field(max_length=1400, pattern=_base64)]
    clientDataJSON: Annotated[str, Field(max_length=5600, pattern=_base64)]


class Possession(Body):
    """A signature of a new key over `first_people.possession_message`: whoever has it agrees to be registered."""

    sig: Annotated[str, Field(min_length=88, max_length=88, pattern=_base64)]
    webauthn: Asserted | None = None


class FirstKey(Body):
    """A key that a first person made and keeps itself. `webauthn`: it is a passkey."""

    key: KeyRef
    jwk: Annotated[dict[str, Annotated[str, Field(max_length=100)]], Field(max_length=6)]
    custody: Literal["self", "hardware"]
    webauthn: WebAuthn | None = None
    possession: Possession

    def added(self) -> AddKey:
        """As a key that may sign everything its person may do."""
        return AddKey(
            key=self.key, jwk=self.jwk, custody=self.custody, types=("*",), webauthn=self.webauthn
        )


class FirstPerson(Body):
    """Somebody with whom an organisation begins, under a random handle, without a name."""

    person: Handle
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=roles_of_person_max)]
    keys: Annotated[tuple[FirstKey, ...], Field(min_length=1, max_length=keys_of_person_max)]


class Hold(Body):
    """The organisation stands on a list of sanctions: payments to it wait; it receives and complains as before.

    `list` and `version` name the list, `evidence` is the SHA-256 of what the node found, which is kept elsewhere.
    """

    kind: Literal["hold"]
    organisation: Handle
    list: Annotated[str, Field(max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./:_-]*$")]
    version: Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./:_-]*$")]
    evidence: Hex32


class Release(Body):
    """Payments to the organisation go on."""

    kind: Literal["release"]
    organisation: Handle
    reason: Literal["delisted", "another-party", "licensed", "mistake", "court-order"]


class SetQuota(Body):
    """How many handles the organisation may still make, and prefixes be given, from here on; none: any number."""

    kind: Literal["quota"]
    organisation: Handle
    handles: Annotated[int, Field(ge=0, le=quota_max)] | None = None
    prefixes: Annotated[int, Field(ge=0, le=quota_max)] | None = None


class ConfirmPapers(Body):
    """The node looked at papers that the organisation handed in by `identity.papers.hand/1` (its payload hash)."""

    kind: Literal["papers"]
    organisation: Handle
    handed: Hex32
