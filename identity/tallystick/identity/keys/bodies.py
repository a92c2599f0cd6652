"""Bodies of the acts by which keys are replaced, and of what officers do together."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.identity.bodies import AddKey
from tallystick.ledger import Body, Count, Handle, Hex32, KeyRef

quorum_least = 2
quorum_max = 16
officers_max = 64


class RotateKey(AddKey):
    """`key` replaces `old`, which is valid up to and including this entry.

    The old key signs, the new one, and for a person or device the organisation. The new key may sign no more
    than the old one.
    """

    old: KeyRef
    suspect_from: Count | None = None


class RecoverKey(AddKey):
    """An officer proposes that `key` takes the place of `lost`, whose holder cannot sign any more.

    The new key signs; so does, by entries of their own, a quorum of officers.
    """

    lost: KeyRef
    reason: Literal["lost", "stolen"]
    suspect_from: Count | None = None


class SetOfficers(Body):
    """Who recovers the keys of an organisation, and how many of them together; they approve it themselves."""

    organisation: Handle
    quorum: Annotated[int, Field(ge=quorum_least, le=quorum_max)]
    officers: Annotated[tuple[Handle, ...], Field(min_length=quorum_least, max_length=officers_max)]


class ApproveAsOfficer(Body):
    """One more officer approves. `recovered`: what was proposed, exactly when this approval completes it."""

    proposal: Hex32
    recovered: RecoverKey | None = None


class RefuseAsOfficer(Body):
    """The proposal is over: by an officer, or by whoever still holds a key of the owner."""

    proposal: Hex32
