"""What is sent about the enrolment of a device, and what of it is kept beside the log."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationError

from tallystick.app.enrolling import asked
from tallystick.app.enrolling.asked import Jwk, Sent, Signature, Token, minutes_default, minutes_max
from tallystick.app.enrolling.errors import EnrolmentMalformed
from tallystick.identity import devices
from tallystick.ledger import Handle, Instant, KeyRef


class Invite(Sent):
    """`replaces`: the device whose place the new one takes."""

    organisation: Handle
    purpose: devices.ClassName
    minutes: Annotated[int, Field(ge=1, le=minutes_max)] = minutes_default
    replaces: Handle | None = None


class Request(Sent):
    """`signature`: base64, by the key, over `devices.request_message`. `factory`: base64 of `factory.Proof`."""

    token: Token
    name: Annotated[str, Field(max_length=4 * 60)]
    jwk: Jwk
    signature: Signature
    factory: (
        Annotated[
            str,
            Field(max_length=2 * devices.factory.proof_bytes_max, pattern=r"^[A-Za-z0-9+/]+=*$"),
        ]
        | None
    ) = None


class Renewal(Sent):
    """The key that ends, and the public half of the one that comes in its place.

    `by_old`, `signature`: base64, by the old key and by the new one, over `devices.renewal_message`.
    """

    old: KeyRef
    jwk: Jwk
    time: Instant
    by_old: Signature
    signature: Signature


class Signed(Sent):
    """The device's signature over what was approved; `by_old`: that of the key which ends, where one does."""

    signature: Signature
    by_old: Signature | None = None


class Kept(asked.Kept):
    """What stands in a row beside its state. Bytes are base64.

    `old`, `key`, `types`: where a device's key is replaced, which one, the new one's reference, and what it signs.
    """

    purpose: devices.ClassName
    replaces: str | None = None
    factory: str | None = None
    factory_salt: str | None = None
    envelope: str | None = None
    body: str | None = None
    salt: str | None = None
    old: str | None = None
    key: str | None = None
    types: tuple[str, ...] = ()

    @property
    def is_factory_proven(self) -> bool:
        return self.factory is not None


class _Handles(Sent):
    author: Handle
    device: Handle


def read_handles(author: str, device: str) -> tuple[str, str]:
    """Raises `EnrolmentMalformed`."""
    try:
        _Handles(author=author, device=device)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        raise EnrolmentMalformed(f"{wrong['loc'][0]}: {wrong['msg']}") from None
    return author, device
