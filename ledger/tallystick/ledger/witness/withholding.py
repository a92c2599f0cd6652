"""Why a witness of a kind that we know, such as a mirror, does not cosign: by its own name for it."""

from __future__ import annotations

from typing import cast

import httpx
import orjson

from tallystick.ledger.errors import error_types
from tallystick.ledger.witness.errors import WitnessWithholds

withheld_chars_max = 600
problem_media_type = "application/problem+json"


def withheld(answer: httpx.Response) -> WitnessWithholds | None:
    """The reason that an answer gives, if it is one that we know."""
    if answer.headers.get("content-type", "").partition(";")[0].strip() != problem_media_type:
        return None
    try:
        told = orjson.loads(answer.content)
        code, detail = told["code"], told["detail"]
    except (ValueError, KeyError, TypeError):
        return None
    kinds = {kind.code: kind for kind in error_types(WitnessWithholds)}
    if not isinstance(code, str) or not isinstance(detail, str) or code not in kinds:
        return None
    error = cast(WitnessWithholds, WitnessWithholds.__new__(kinds[code]))
    WitnessWithholds.__init__(error, printable_line(detail[:withheld_chars_max]))
    return error


def problem_member(answer: httpx.Response, name: str) -> object:
    """What our own witnesses say of their refusal; the protocol has the status alone."""
    try:
        told = orjson.loads(answer.content)
    except ValueError:
        return None
    return told.get(name) if isinstance(told, dict) else None


def printable_line(text: str) -> str:
    """On one line and printable."""
    return "".join(c if c.isprintable() else " " for c in text).strip()
