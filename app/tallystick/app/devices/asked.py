"""What is sent about the enrolment of a device, and what of it is kept beside the log."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationError

from tallystick.app.enrolling import asked
from tallystick.app.enrolling.asked import Jwk, Sent, Signature, Token, minutes_default, minutes_max
from tallystick.app.enrolling.errors import EnrolmentMalformed
from tallystick.identity import devices
from tallystick.ledger import Handle


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


class Signed(Sent):
    """The device's signature over what was approved."""

    signature: Signature


class Kept(asked.Kept):
    """What stands in a row beside its state. Bytes are base64."""

    purpose: devices.ClassName
    replaces: str | None = None
    factory: str | None = None
    factory_salt: str | None = None
    envelope: str | None = None
    body: str | None = None
    salt: str | None = None

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
