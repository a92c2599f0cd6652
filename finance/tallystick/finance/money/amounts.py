"""Amounts are integers of the minor unit of an ISO 4217 currency; text is only for the edges."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from tallystick.finance.errors import AmountRefused

_decimals_usual = 2
#: Decimals of the currencies of ISO 4217 that have not two.
exponents: Mapping[str, int] = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
_digits_max = 40
_amount = re.compile(r"(-?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d*))?")


def exponent(currency: str) -> int:
    """Decimals of a currency: 2 for CNY, 0 for JPY, 3 for KWD."""
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise AmountRefused(f"{currency!r} is not a currency code of ISO 4217")
    return exponents.get(currency, _decimals_usual)


def format_amount(minor: int, currency: str = "CNY") -> str:
    """
    >>> format_amount(900000000)
    '9,000,000.00'
    >>> format_amount(-5, "KWD")
    '-0.005'
    """
    decimals = exponent(currency)
    whole, rest = divmod(abs(minor), 10**decimals)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "")


def parse_amount(text: str, currency: str = "CNY") -> int:
    """Minor units of '9,000,000.00'; full-width digits are read too. Raises `AmountRefused`."""
    decimals = exponent(currency)
    found = _amount.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise AmountRefused(f"{text!r} is not a number")
    sign, whole, rest = found[1], found[2].replace(",", ""), found[3] or ""
    if len(whole) > _digits_max:
        raise AmountRefused(f"a number of {len(whole)} digits is no amount of money")
    if rest[decimals:].strip("0"):
        raise AmountRefused(f"{text!r} has more than {decimals} decimals of {currency}")
    minor = int(whole + rest[:decimals].ljust(decimals, "0"))
    return -minor if sign else minor
