"""What is sent about an enrolment, and what of it is kept beside the log."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.app.devices.errors import EnrolmentMalformed
from tallystick.identity import devices
from tallystick.ledger import Handle, body_bytes_max

State = Literal["invited", "requested", "approved", "enrolled", "refused"]
token_chars = 43
minutes_default, minutes_max = 10, 60
request_bytes_max = 256 * 1024
M = TypeVar("M", bound=BaseModel)

Token = Annotated[str, Field(pattern=rf"^[A-Za-z0-9_-]{{{token_chars}}}$")]
Base64 = Annotated[str, Field(max_length=2 * body_bytes_max, pattern=r"^[A-Za-z0-9+/]*=*$")]
Signature = Annotated[str, Field(min_length=88, max_length=88, pattern=r"^[A-Za-z0-9+/]{86}==$")]


class Sent(BaseModel):
    """Base of what comes over HTTP: closed and strict."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Invite(Sent):
    """`replaces`: the device whose place the new one takes."""

    organisation: Handle
    purpose: devices.ClassName
    minutes: Annotated[int, Field(ge=1, le=minutes_max)] = minutes_default
    replaces: Handle | None = None


class Look(Sent):
    token: Token


class Request(Sent):
    """`signature`: base64, by the key, over `devices.request_message`. `factory`: base64 of `factory.Proof`."""

    token: Token
    name: Annotated[str, Field(max_length=4 * 60)]
    jwk: Annotated[dict[str, Annotated[str, Field(max_length=100)]], Field(max_length=6)]
    signature: Signature
    factory: (
        Annotated[
            str,
            Field(max_length=2 * devices.factory.proof_bytes_max, pattern=r"^[A-Za-z0-9+/]+=*$"),
        ]
        | None
    ) = None


class Approval(Sent):
    """`envelope`: as JSON, signed by whoever approves; the device's signature is added to it."""

    envelope: dict[str, Any]
    body: Base64
    salt: Base64


class Signed(Sent):
    """The device's signature over what was approved."""

    signature: Signature


class Kept(BaseModel):
    """What stands in a row beside its state. Bytes are base64."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: devices.ClassName
    replaces: str | None = None
    name: str = ""
    jwk: dict[str, str] | None = None
    factory: str | None = None
    factory_salt: str | None = None
    envelope: str | None = None
    body: str | None = None
    salt: str | None = None
    index: int | None = None

    @property
    def is_factory_proven(self) -> bool:
        return self.factory is not None

    def text(self) -> str:
        return self.model_dump_json(exclude_none=True)


def read(model: type[M], data: bytes) -> M:
    """Raises `EnrolmentMalformed` that names the first wrong field."""
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, wrong["loc"])) or "it"
        raise EnrolmentMalformed(f"{where}: {wrong['msg']}") from None


def decoded(text: str) -> bytes:
    """Raises `EnrolmentMalformed`."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise EnrolmentMalformed("this is no base64") from None


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


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


def checked(model: type[M], told: Mapping[str, object]) -> M:
    """A model from what a command was told; raises `EnrolmentMalformed`."""
    try:
        return model.model_validate(dict(told))
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, wrong["loc"])) or "it"
        raise EnrolmentMalformed(f"{where}: {wrong['msg']}") from None
