"""Texts of documents to exact integers. Nothing is rounded; what cannot be said exactly is refused."""

from __future__ import annotations

import re
import unicodedata
from math import gcd

import tallystick.finance as finance
from tallystick.app.documents.errors import DocumentUnreadable

decimals_max = 12
digits_max = 30
quantity_decimals_max = 6
ppm_decimals = 6
_decimal = re.compile(r"([+-]?)([0-9]{1,30})(?:\.([0-9]{0,12}))?|([+-]?)\.([0-9]{1,12})", re.ASCII)
_date = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[T ].*|Z|[+-][0-9:]{5})?", re.ASCII)


def decimal(text: str, what: str) -> tuple[int, int]:
    """(value, scale) of a decimal text, without useless zeros: value × 10^-scale.

    >>> decimal("88.50", "price")
    (885, 1)
    """
    found = _decimal.fullmatch(text.strip())
    if found is None:
        raise DocumentUnreadable(f"{what}: {text[:40]!r} is not a decimal number")
    sign, whole, part = found[1] or found[4], found[2] or "0", found[3] or found[5] or ""
    part = part.rstrip("0")
    value = int(whole + part)
    return (-value if sign == "-" else value), len(part)


def quantity(text: str, what: str) -> tuple[int, int]:
    """A quantity above zero, of at most six decimals."""
    value, scale = decimal(text, what)
    if value <= 0 or scale > quantity_decimals_max or value > 10**12:
        raise DocumentUnreadable(f"{what}: {text[:40]!r} is no quantity of at most 6 decimals")
    return value, scale


def money(text: str, currency: str, what: str) -> int:
    """Minor units; raises for more decimals than the currency has, and for amounts below zero."""
    value, scale = decimal(text, what)
    decimals = finance.exponent(currency)
    if scale > decimals or value < 0:
        raise DocumentUnreadable(f"{what}: {text[:40]!r} is no amount of {currency}")
    minor = value * int(10 ** (decimals - scale))
    if minor > 2**53 - 1:
        raise DocumentUnreadable(f"{what}: {text[:40]!r} is beyond what an amount may be")
    return minor


def price(text: str, base: str, currency: str, what: str) -> finance.Price:
    """`text` of the currency for `base` units, as the smallest whole fraction that says it exactly."""
    value, scale = decimal(text, what)
    per, per_scale = decimal(base or "1", what)
    if value < 0 or per <= 0:
        raise DocumentUnreadable(f"{what}: {text[:40]!r} for {base[:40]!r} is no price")
    amount = value * int(10 ** (finance.exponent(currency) + per_scale))
    whole = per * int(10**scale)
    common = gcd(amount, whole)
    amount, whole = amount // common, whole // common
    if amount > 2**53 - 1 or whole > 10**12:
        raise DocumentUnreadable(f"{what}: no fraction in range says {text[:40]!r} exactly")
    return finance.Price(amount=amount, per=whole)


def percent(text: str, what: str) -> int:
    """Parts per million of a percentage: 13 is 130000."""
    return _rate(text, 4, what)


def share(text: str, what: str) -> int:
    """Parts per million of a share or a percentage with its sign: 0.13 and 13% are 130000."""
    said = text.strip()
    return percent(said[:-1], what) if said.endswith("%") else _rate(said, 6, what)


def _rate(text: str, shift: int, what: str) -> int:
    value, scale = decimal(text, what)
    if scale > shift or value < 0 or value * 10 ** (shift - scale) > 1_000_000:
        raise DocumentUnreadable(f"{what}: {text[:40]!r} is no rate")
    return int(value * 10 ** (shift - scale))


def money_day(text: str, what: str) -> str:
    """YYYY-MM-DD of a date, or of the beginning of an instant; whether it exists the rule says."""
    found = _date.fullmatch(text.strip())
    if found is None:
        raise DocumentUnreadable(f"{what}: {text[:40]!r} is not a date")
    return f"{found[1]}-{found[2]}-{found[3]}"


def line_number(text: str, what: str) -> int:
    said = text.strip()
    if (
        not said.isascii()
        or not said.isdigit()
        or not 0 < int(said[:7]) <= 999_999
        or len(said) > 6
    ):
        raise DocumentUnreadable(f"{what}: {said[:40]!r} is no line number from 1 to 999999")
    return int(said)


def words(text: str, length: int = 200) -> str:
    """One line of NFC text without control characters."""
    plain = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(one for one in plain if one.isprintable())[:length]
