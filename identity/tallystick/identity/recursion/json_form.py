"""Answers in the JSON form of Handle.net (HN Technical Manual 9, ch. 14): read from others, and shown."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.identity.asof.wish import AsOf
from tallystick.identity.bodies import permissions_default, ttl_default_s
from tallystick.identity.recursion.found import Found
from tallystick.identity.views import Value
from tallystick.ledger import TallystickError, from_instant

answer_bytes_max = 1024 * 1024
values_max = 2048
address_chars_max = 2048
_u31 = 2**31 - 1


class AnswerUnreadable(TallystickError):
    code = "handle-answer-unreadable"
    status = 502
    title = "What answered is no Handle server, or a damaged one"
    advice = "Check the address: it is that of the server, without `/api/handles`."


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True)

    format: Annotated[str, Field(max_length=20)]
    value: Any


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)

    index: Annotated[int, Field(ge=0, le=_u31)]
    type: Annotated[str, Field(max_length=2048)]
    data: _Data | str
    ttl: Annotated[int, Field(ge=0, le=_u31)] | Annotated[str, Field(max_length=40)] = ttl_default_s
    timestamp: Annotated[str, Field(max_length=40)] | None = None
    permissions: Annotated[str, Field(pattern="^[01]{4}$")] = permissions_default
    references: Annotated[tuple[Any, ...], Field(max_length=64)] = ()

    def plain(self, now_ms: int) -> Value:
        told = self.data
        form, value = ("string", told) if isinstance(told, str) else (told.format, told.value)
        return Value(
            self.index,
            self.type,
            form,
            value,
            _relative(self.ttl, now_ms),
            self.timestamp,
            self.permissions,
            references=tuple(_reference(one) for one in self.references),
        )


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)

    responseCode: Annotated[int, Field(ge=0, le=_u31)]
    handle: Annotated[str, Field(max_length=2048)] = ""
    values: Annotated[tuple[_Value, ...], Field(max_length=values_max)] = ()
    proof: Any = None
    asOf: Any = None


def read_found(data: bytes, now_ms: int) -> Found:
    """Of an answer's body; a fixed time to live counts from `now_ms`. Raises `AnswerUnreadable`."""
    if len(data) > answer_bytes_max:
        raise AnswerUnreadable(f"more than {answer_bytes_max} bytes")
    try:
        told = _Answer.model_validate_json(data)
        values = tuple(value.plain(now_ms) for value in told.values)
    except ValidationError as error:
        wrong = error.errors()[0]
        where = "/".join(map(str, wrong["loc"]))
        raise AnswerUnreadable(f"{where}: {wrong['msg']}".lstrip(": ")) from None
    except ValueError as error:
        raise AnswerUnreadable(str(error)) from None
    as_of = None if told.asOf is None else AsOf.read(told.asOf)
    return Found(told.responseCode, told.handle, values, told_address(told.proof), as_of=as_of)


def told_address(told: object) -> str | None:
    """An address of the web, if it is one; other servers may say other things in its place."""
    if not isinstance(told, str) or len(told) > address_chars_max:
        return None
    return told if told.startswith(("https://", "http://")) else None


def shown(value: Value) -> dict[str, Any]:
    """One value of an answer."""
    told: dict[str, Any] = {
        "index": value.index,
        "type": value.type,
        "data": {"format": value.format, "value": value.value},
        "ttl": value.ttl,
        "timestamp": value.timestamp or "1970-01-01T00:00:00.000Z",
    }
    if value.references:
        told["references"] = list(value.references)
    if value.permissions != permissions_default:
        told["permissions"] = value.permissions
    return told


def show_found(found: Found) -> dict[str, Any]:
    """An answer's body."""
    told: dict[str, Any] = {"responseCode": found.code, "handle": found.handle}
    if found.code in (1, 200):
        told["values"] = [shown(value) for value in found.values]
    if found.proof:
        told["proof"] = found.proof
    if found.as_of is not None:
        told["asOf"] = found.as_of.members()
    return told


def _relative(ttl: int | str, now_ms: int) -> int:
    """Seconds; a fixed time is an instant by ISO 8601. Raises ValueError."""
    if isinstance(ttl, int):
        return ttl
    return min(_u31, max(0, (from_instant(ttl) - now_ms) // 1000))


def _reference(told: Any) -> str:
    """`index:handle`, whichever of its two forms; raises ValueError."""
    if isinstance(told, dict):
        told = f"{told.get('index')}:{told.get('handle')}"
    index, colon, handle = str(told).partition(":")
    if not colon or not index.isdigit() or not handle:
        raise ValueError(f"{told!r} is no reference")
    return str(told)
