"""Field types of EPCIS 2.0 events: each says what it accepts, and refuses with a reason and a way out.

A validator that refuses raises `Wrong(reason, advice)`, which pydantic carries to the document's pointer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from tallystick.identity import names
from tallystick.trace.epcis import clock, digital_link, vocabulary
from tallystick.trace.summary import event_items_max

uri_chars_max = 255
text_chars_max = 2000
short_list_max = 100
_prefix = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-]*")


def wrong(reason: str, advice: str) -> PydanticCustomError:
    """A fault with its advice, as pydantic carries it."""
    return PydanticCustomError("epcis", "{reason}", {"reason": reason, "advice": advice})


def bare(identifier: str) -> str:
    """The handle in `hdl:<handle>`, any other URI as it stands."""
    return identifier.removeprefix("hdl:")


def is_handle(identifier: str) -> bool:
    """Whether a bare identifier is a handle rather than another URI."""
    return not vocabulary.is_uri(identifier)


#: Visible ASCII, for which the slower look at Unicode is not needed.
_plain = re.compile(r"[!-~]+")


@lru_cache(maxsize=16_384)
def identifier_fault(identifier: str) -> str | None:
    """Why this cannot be the bare identifier of a thing, or None."""
    if identifier[:4].lower() == "hdl:":
        return f"{identifier!r} should be spelled without `hdl:`"
    if vocabulary.is_uri(identifier):
        return None
    try:
        prefix, _ = names.split(identifier)
    except names.HandleRefused as error:
        return f"{identifier!r} is neither a handle nor a URI: {error.detail}"
    return None if _prefix.fullmatch(prefix) else f"{identifier!r} has no well-formed prefix"


def canonical(identifier: str) -> str:
    """One spelling for all of a thing: a handle without regard to case, a GS1 key as its Digital Link."""
    if is_handle(identifier):
        return names.fold(identifier)
    return digital_link.normalise(identifier)


def _uri(text: str) -> str:
    if not vocabulary.is_uri(text):
        raise wrong(
            f"{text[:80]!r} is not an absolute URI", "write a URI such as hdl:99.100.7/SN-1"
        )
    if not _plain.fullmatch(text) and any(
        unicodedata.category(character) in ("Cc", "Cf", "Zs") for character in text
    ):
        raise wrong("the URI holds blank, control or formatting characters", "remove them")
    if text[:4].lower() == "hdl:" and (fault := _handle_fault(text)):
        raise wrong(fault, "write hdl: and the handle as it is registered")
    return text


def _handle_fault(text: str) -> str | None:
    if not text.startswith("hdl:"):
        return "the scheme of a handle is written `hdl:`"
    if vocabulary.is_uri(text[4:]):
        return f"{text[:80]!r} holds no handle"
    return identifier_fault(text[4:])


def _instant(text: str) -> str:
    try:
        clock.instant(text)
    except ValueError as error:
        raise wrong(f"{text[:40]!r}: {error}", "write RFC 3339 with the zone") from None
    return text


def _word(family: vocabulary.Family) -> Callable[[str], str]:
    def check(text: str) -> str:
        if (fault := family.fault(text)) is not None:
            raise wrong(fault, "use a CBV word, or a URI under a domain of your own")
        return text

    return check


def _distinct(values: list[str]) -> list[str]:
    if len(set(values)) != len(values):
        twice = next(value for value in values if values.count(value) > 1)
        raise wrong(f"{twice!r} is listed twice", "list each identifier once")
    return values


Text = Annotated[str, Field(max_length=text_chars_max)]
Uri = Annotated[str, Field(max_length=uri_chars_max), AfterValidator(_uri)]
Instant = Annotated[str, AfterValidator(_instant)]
Offset = Annotated[str, Field(pattern=clock.offset_pattern)]
Number = Annotated[int | float, Field(allow_inf_nan=False)]
Step = Annotated[str, Field(max_length=200), AfterValidator(_word(vocabulary.biz_steps))]
Disposition = Annotated[str, Field(max_length=200), AfterValidator(_word(vocabulary.dispositions))]
TransactionType = Annotated[
    str, Field(max_length=60), AfterValidator(_word(vocabulary.transactions))
]
PartyType = Annotated[str, Field(max_length=200), AfterValidator(_word(vocabulary.parties))]
Reason = Annotated[str, Field(max_length=200), AfterValidator(_word(vocabulary.reasons))]
Component = Annotated[str, Field(max_length=200), AfterValidator(_word(vocabulary.components))]
Exceptional = Annotated[str, Field(max_length=200), AfterValidator(_word(vocabulary.exceptions))]
Measurement = Annotated[str, Field(max_length=200), AfterValidator(_word(vocabulary.measurements))]
Epcs = Annotated[list[Uri], Field(max_length=event_items_max), AfterValidator(_distinct)]


class Closed(BaseModel):
    """A JSON object that has these fields and no others."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _present(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            for key, content in value.items():
                if content is None:
                    raise _null(key)
        return value


class Open(BaseModel):
    """A JSON object that may also have fields of other namespaces, each under a declared prefix."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _extensions(cls, value: Any, info: ValidationInfo) -> Any:
        known: frozenset[str] = (info.context or {}).get("prefixes", frozenset())
        if isinstance(value, Mapping):
            fields = cls.__pydantic_fields__
            for key, content in value.items():
                if content is None and key in fields:
                    raise _null(key)
                if key not in fields and key not in _elsewhere:
                    _check_extension(key, known)
                    _check_inside(content, known)
        return value


def _null(key: str) -> PydanticCustomError:
    return PydanticCustomError(
        "epcis_field",
        "the field '{field}' is null",
        {"field": key, "advice": "leave out a field that has no value"},
    )


_elsewhere = frozenset(("@context", "type"))


def _check_extension(key: str, known: frozenset[str]) -> None:
    prefix, colon, local = key.partition(":")
    if not colon:
        raise PydanticCustomError(
            "epcis_field",
            "there is no field '{field}' here",
            {"field": key, "advice": "check the spelling, or put it under a namespace prefix"},
        )
    if not local or (prefix not in known and not local.startswith("//")):
        raise PydanticCustomError(
            "epcis_field",
            "the prefix of '{field}' is not declared",
            {"field": key, "advice": "declare the prefix in @context"},
        )


def _check_inside(value: Any, known: frozenset[str]) -> None:
    """Fields inside an extension may be bare (they are its owner's), but no prefix stays undeclared."""
    if isinstance(value, Mapping):
        for key, content in value.items():
            if ":" in key:
                _check_extension(key, known)
            _check_inside(content, known)
    elif isinstance(value, list):
        for content in value:
            _check_inside(content, known)
