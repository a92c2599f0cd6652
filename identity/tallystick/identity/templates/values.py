"""What the text of a value must be, by its field (`TemplateField.data`). Each check is linear in the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from tallystick.identity import names
from tallystick.identity.templates.bodies import TemplateField, digits_max
from tallystick.identity.templates.pictures import fits
from tallystick.ledger import RuleError, text_chars_max

url_chars_max = 2048
_integer = re.compile(r"0|-?[1-9][0-9]*")
_date = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_digest = re.compile(r"[0-9a-f]{64}")
_url = re.compile(r"https?://[^\s/?#]+[^\s]*")
#: Without `chars_max` a text is as long as any text of a body.
chars_default = text_chars_max


def mismatch(field: TemplateField, text: str) -> str | None:
    """Why the text is none that the field may hold; None if it is one."""
    return _checks[field.data](field, text)


def scaled(text: str, scale: int) -> int:
    """A number as a count of 10^-scale; raises `ValueError` if it has more digits behind the point."""
    whole, _, behind = text.partition(".")
    if len(behind) > scale:
        raise ValueError(f"{text} has more than {scale} digits behind the point")
    sign = -1 if whole.startswith("-") else 1
    return sign * int((whole.lstrip("-") + behind.ljust(scale, "0")) or "0")


def _text(field: TemplateField, text: str) -> str | None:
    least, most = field.chars_min or 0, field.chars_max or chars_default
    if not least <= len(text) <= most:
        return f"has {len(text)} characters, not {least} to {most}"
    if field.pattern is not None and not fits(field.pattern, text):
        return f"is not like {field.pattern}"
    return None


def _number(field: TemplateField, text: str) -> str | None:
    told = text
    if field.unit is not None:
        told, blank, unit = text.partition(" ")
        if not blank or unit != field.unit:
            return f"is not a number, a blank and the unit {field.unit}"
    scale = field.scale or 0
    whole, point, behind = told.partition(".")
    # Minus nought, and leading noughts, would be a second spelling of a number.
    zero = whole == "-0" and bool(behind.strip("0"))
    if not (_integer.fullmatch(whole) or zero) or len(whole) > digits_max:
        return f"is not {'a decimal' if scale else 'an integer'}"
    if len(behind) != scale or bool(point) != bool(scale) or (behind and not _digits(behind)):
        return f"has not exactly {scale} digits behind the point"
    if field.minimum is not None and scaled(told, scale) < scaled(field.minimum, scale):
        return f"is less than {field.minimum}"
    if field.maximum is not None and scaled(told, scale) > scaled(field.maximum, scale):
        return f"is more than {field.maximum}"
    return None


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _day(_field: TemplateField, text: str) -> str | None:
    try:
        if _date.fullmatch(text):
            date.fromisoformat(text)
            return None
    except ValueError:
        pass
    return "is no date like 2026-07-01"


def _boolean(_field: TemplateField, text: str) -> str | None:
    return None if text in ("true", "false") else "is neither true nor false"


def _choice(field: TemplateField, text: str) -> str | None:
    known = [choice.value for choice in field.choices or ()]
    return None if text in known else f"is none of {', '.join(known)}"


def _handle(_field: TemplateField, text: str) -> str | None:
    try:
        names.split(text)
    except RuleError:
        return "is no handle"
    return None


def _address(_field: TemplateField, text: str) -> str | None:
    fits = len(text) <= url_chars_max and _url.fullmatch(text)
    return None if fits else "is no address that begins with https:// or http://"


def _hash(_field: TemplateField, text: str) -> str | None:
    return None if _digest.fullmatch(text) else "is no SHA-256 in 64 lower-case hex digits"


_checks: dict[str, Callable[[TemplateField, str], str | None]] = {
    "text": _text,
    "integer": _number,
    "decimal": _number,
    "date": _day,
    "boolean": _boolean,
    "choice": _choice,
    "handle": _handle,
    "url": _address,
    "digest": _hash,
}
