"""What is sent about an enrolment, and what of it is kept beside the log, whatever is enrolled."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.app.enrolling.errors import EnrolmentMalformed
from tallystick.ledger import body_bytes_max

State = Literal["invited", "requested", "approved", "enrolled", "refused"]
token_chars = 43
minutes_default, minutes_max = 10, 60
request_bytes_max = 256 * 1024
M = TypeVar("M", bound=BaseModel)

Token = Annotated[str, Field(pattern=rf"^[A-Za-z0-9_-]{{{token_chars}}}$")]
Base64 = Annotated[str, Field(max_length=2 * body_bytes_max, pattern=r"^[A-Za-z0-9+/]*=*$")]
Signature = Annotated[str, Field(min_length=88, max_length=88, pattern=r"^[A-Za-z0-9+/]{86}==$")]
Jwk = Annotated[dict[str, Annotated[str, Field(max_length=100)]], Field(max_length=6)]


class Sent(BaseModel):
    """Base of what comes over HTTP: closed and strict."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Look(Sent):
    token: Token


class Approval(Sent):
    """`envelope`: as JSON, signed by whoever approves; the new key's signature is added to it."""

    envelope: dict[str, Any]
    body: Base64
    salt: Base64


class Kept(BaseModel):
    """What stands in a row beside its state, whatever is enrolled."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    jwk: dict[str, str] | None = None
    index: int | None = None

    def text(self) -> str:
        return self.model_dump_json(exclude_none=True)


def read(model: type[M], data: bytes) -> M:
    """Raises `EnrolmentMalformed` that names the first wrong field."""
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise _malformed(error) from None


def checked(model: type[M], told: Mapping[str, object]) -> M:
    """A model from what a command was told; raises `EnrolmentMalformed`."""
    try:
        return model.model_validate(dict(told))
    except ValidationError as error:
        raise _malformed(error) from None


def decoded(text: str) -> bytes:
    """Raises `EnrolmentMalformed`."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise EnrolmentMalformed("this is no base64") from None


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def in_bytes(envelope: Mapping[str, Any]) -> bytes:
    """An envelope that came as JSON; raises `EnrolmentMalformed` for numbers and depths that none has."""
    try:
        return orjson.dumps(envelope)
    except TypeError as error:
        raise EnrolmentMalformed(f"envelope: {error}") from None


def _malformed(error: ValidationError) -> EnrolmentMalformed:
    wrong = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(map(str, wrong["loc"])) or "it"
    return EnrolmentMalformed(f"{where}: {wrong['msg']}")
