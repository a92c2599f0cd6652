"""Canonical JSON by RFC 8785, for values without fractions.

Entries, bodies, effects and receipts hold integers and strings, never floats, so a number is canonical
as soon as it is a decimal integer within ±(2^53 − 1) (RFC 7493 §2.2). `decode` refuses everything else,
and `encode(decode(data)) == data` is the test that bytes are canonical.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import NoReturn

import orjson
import rfc8785

from tallystick.ledger.errors import TallystickError

#: The first byte in UTF-8 of every character beyond U+FFFF.
_astral = re.compile(rb"[\xf0-\xf4]")

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]
Document = Mapping[str, Json]


class NotCanonical(TallystickError):
    code = "not-canonical"
    status = 400
    title = "The JSON is not in the canonical form of RFC 8785"
    advice = "Encode it with an RFC 8785 library; use integers or strings, never fractions."


def encode(value: object) -> bytes:
    """RFC 8785 bytes of a JSON value that holds no floats, which are not looked for here.

    Raises `NotCanonical` for integers beyond ±(2^53 − 1), lone surrogates or foreign types.
    """
    try:
        fast = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
        # RFC 8785 sorts member names by UTF-16 code units, orjson by UTF-8 bytes: the same order, but for
        # characters beyond U+FFFF. To tell names from other texts would cost more than to encode again.
        if fast.isascii() or _astral.search(fast) is None:
            return fast
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, RecursionError) as error:
        raise NotCanonical(str(error)) from None


def encode_fractions(value: object) -> bytes:
    """RFC 8785 bytes of a JSON value that may hold floats, such as an EPCIS document."""
    if not _has_float(value):
        return encode(value)
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (ValueError, TypeError, RecursionError) as error:
        raise NotCanonical(str(error)) from None


def _has_float(value: object) -> bool:
    """Level by level; texts and integers, which are most of any document, are passed over first."""
    level: list[object] = [value]
    while level:
        below: list[object] = []
        for item in level:
            if isinstance(item, _whole):
                continue
            if isinstance(item, float):
                return True
            if isinstance(item, Mapping):
                below.extend(item.values())
            elif isinstance(item, list | tuple):
                below.extend(item)
        level = below
    return False


def decode(data: bytes) -> Json:
    """The JSON value of `data`; raises `NotCanonical` unless `data` is its canonical encoding."""
    try:
        # What follows the value, and blanks around it, differ from the re-encoding below.
        value: Json = _decoder.raw_decode(data.decode())[0]
    except (ValueError, RecursionError) as error:
        raise NotCanonical(str(error)) from None
    if encode(value) != data:
        raise NotCanonical("the bytes differ from their own re-encoding")
    return value


def decode_object(data: bytes) -> dict[str, Json]:
    """As `decode`, for a JSON object."""
    value = decode(data)
    if not isinstance(value, dict):
        raise NotCanonical("a JSON object is expected here")
    return value


def _refuse_number(text: str) -> NoReturn:
    raise NotCanonical(f"{text} is not an integer")


_whole = (str, int, type(None))
_decoder = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number)
