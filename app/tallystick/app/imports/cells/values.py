"""Cells to exact integers: amounts in minor units, prices, quantities, rates, names.

Nothing is rounded and nothing is guessed: what cannot be said exactly raises `BadValue` with the reason.
Full-width characters count as their ASCII forms (Unicode NFKC), blanks within numbers are ignored, and
a comma is only ever a separator of thousands.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from tallystick.app.imports.errors import BadValue
from tallystick.app.imports.files.encoding import unreadable

integer_max = 2**53 - 1
quantity_decimals_max = 6
price_decimals_max = 8
number_chars_max = 40
name_chars_max = 200
document_chars_max = 60
line_max = 999_999

#: Decimal places of the minor unit (ISO 4217); a currency not listed here is refused by the map.
minor_decimals: dict[str, int] = {
    **dict.fromkeys(
        ("CNY", "USD", "EUR", "GBP", "HKD", "MOP", "TWD", "SGD", "AUD", "CAD", "CHF", "SEK", "NOK",
         "DKK", "THB", "MYR", "INR", "IDR", "PHP", "RUB", "BRL", "MXN", "ZAR", "NGN", "AED", "PLN"),
        2,
    ),
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP"), 0),
}  # fmt: skip

_signs: dict[str, frozenset[str]] = {
    "¥": frozenset({"CNY", "JPY"}),
    "元": frozenset({"CNY"}),
    "圆": frozenset({"CNY"}),
    "RMB": frozenset({"CNY"}),
    "CN¥": frozenset({"CNY"}),
    "人民币": frozenset({"CNY"}),
    "US$": frozenset({"USD"}),
    "美元": frozenset({"USD"}),
    "HK$": frozenset({"HKD"}),
    "$": frozenset({"USD", "HKD", "SGD", "AUD", "CAD", "TWD", "MXN"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    **{code: frozenset({code}) for code in minor_decimals},
}
_sign_pattern = "|".join(re.escape(sign) for sign in sorted(_signs, key=len, reverse=True))
_money = re.compile(
    rf"(?P<minus>-?)(?P<before>(?:{_sign_pattern})*)(?P<number>[+-]?[0-9.,]+)"
    rf"(?P<after>(?:{_sign_pattern})*)",
    re.IGNORECASE,
)
_one_sign = re.compile(_sign_pattern, re.IGNORECASE)
_number = re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]*))?")
_negative = re.compile(r"([^0-9-]*)-([^0-9-]*[0-9][^-]*)|([^-]*[0-9])-|\(([^()-]*)\)", re.ASCII)
_line = re.compile(r"0{0,12}[1-9][0-9]{0,5}", re.ASCII)
_exponent = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?E[+-]?[0-9]+", re.IGNORECASE)
_untaxed = frozenset({"免税", "不征税", "零税率"})
_dashes = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2014": "-", "\u2010": "-", "\u2011": "-"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """`value` × 10^-`scale`; the scale is the smallest that says it."""

    value: int
    scale: int

    def at(self, scale: int) -> int:
        """The count of 10^-`scale`; raises `BadValue` if it is not whole."""
        if scale < self.scale:
            raise BadValue(f"needs {self.scale} decimals where {scale} are used")
        return int(self.value * 10 ** (scale - self.scale))


@dataclass(frozen=True, slots=True)
class Price:
    """`amount` minor units for every `per` whole units of the goods."""

    amount: int
    per: int


def plain(text: str) -> str:
    """NFKC, without blanks at the ends; raises `BadValue` for what no text of ours may hold."""
    if text.isascii():
        return text.strip()
    if unreadable in text:
        raise BadValue("holds bytes that are not text in the file's encoding")
    if any(unicodedata.category(character) in ("Cs", "Co") for character in text):
        raise BadValue("holds characters that mean nothing outside their own system")
    return unicodedata.normalize("NFKC", text).strip()


def unsigned(text: str) -> tuple[bool, str]:
    """Whether a number is written as below zero (-1.50, 1.50-, (1.50)), and the number without that.

    >>> unsigned("¥-1.50"), unsigned("(¥1.50)"), unsigned("2-3")
    ((True, '¥1.50'), (True, '¥1.50'), (False, '2-3'))
    """
    found = _negative.fullmatch(plain(text).translate(_dashes))
    return (
        (False, text) if found is None else (True, "".join(part or "" for part in found.groups()))
    )


@lru_cache(maxsize=8192)
def name(text: str, chars_max: int = name_chars_max) -> str:
    """A name or description on one line: NFC, inner blanks and line breaks made one blank."""
    plain(text)
    said = " ".join(unicodedata.normalize("NFC", text).split())
    if not said.isprintable() and any(unicodedata.category(c) in ("Cc", "Cf") for c in said):
        raise BadValue("holds control or invisible formatting characters")
    if len(said) > chars_max:
        raise BadValue(f"has {len(said)} characters; {chars_max} are allowed")
    return said


def code(text: str) -> str:
    """A code of goods or of a firm: one line, and not shortened by a spreadsheet."""
    said = name(plain(text))
    if _exponent.fullmatch(said) and "+" in said:
        raise BadValue("a spreadsheet has shortened this number; export the column as text")
    return said


def document_number(text: str) -> str:
    """The number of an order, despatch or invoice, as its issuer writes it, full width made half.

    Blanks, `#` and `%` are percent-encoded (RFC 3986), since names of documents in the ledger hold
    neither blank nor `#`. A number that a spreadsheet has turned into 2.5442E+19 is refused: its digits
    are lost.
    """
    said = name(plain(text))
    if _exponent.fullmatch(said):
        raise BadValue("a spreadsheet has shortened this number; export the column as text")
    number = said.replace("%", "%25").replace(" ", "%20").replace("#", "%23")
    if len(number) > document_chars_max:
        raise BadValue(f"has {len(number)} characters; {document_chars_max} are allowed")
    return number


def line_number(text: str) -> str:
    """The number of an order line: 1 to 999,999, without leading zeros."""
    said = plain(text)
    if not _line.fullmatch(said):
        raise BadValue(f"is not a line number from 1 to {line_max}")
    return str(int(said))


def decimal(text: str, decimals_max: int) -> tuple[int, int]:
    """(digits, decimals) of a decimal number: 1,234.50 is (12345, 1)."""
    said = plain(text).translate(_dashes).replace(" ", "").replace("'", "")
    if len(said) > number_chars_max:
        raise BadValue("is too long for a number")
    if _exponent.fullmatch(said):
        raise BadValue("a spreadsheet has shortened this number; show the column in full")
    found = _number.fullmatch(said)
    if found is None:
        raise BadValue("is not a number (digits, commas for thousands, one decimal point)")
    sign, whole, fraction = found.group(1), found.group(2), (found.group(3) or "").rstrip("0")
    if len(fraction) > decimals_max:
        raise BadValue(f"has {len(fraction)} decimals; {decimals_max} are allowed, none is rounded")
    digits = int(whole.replace(",", "") + fraction)
    if digits > integer_max:
        raise BadValue("is too large")
    return (-digits if sign == "-" else digits), len(fraction)


def quantity(text: str) -> Quantity:
    """A quantity of goods, zero or more."""
    digits, decimals = decimal(text, quantity_decimals_max)
    if digits < 0:
        raise BadValue("is less than zero")
    return Quantity(digits, decimals)


def amount(text: str, currency: str) -> int:
    """Minor units of `currency`; negative as -1.50 or (1.50)."""
    places = minor_decimals[currency]
    digits, decimals = decimal(_bare(text, currency), places)
    return digits * _ten(places - decimals)


def price(text: str, currency: str) -> Price:
    """A unit price, exact: 6.2001 yuan is 62001 fen for 100."""
    places = minor_decimals[currency]
    digits, decimals = decimal(_bare(text, currency), price_decimals_max)
    if digits < 0:
        raise BadValue("is less than zero")
    if decimals <= places:
        return Price(digits * _ten(places - decimals), 1)
    return Price(digits, _ten(decimals - places))


def rate_ppm(text: str) -> int:
    """A tax rate in millionths: 13%, 13 and 0.13 are all 130,000 (no rate of tax is below 1 % unless
    it has its percent sign), 免税 is 0; from 0 to 100 %."""
    said = plain(text).replace(" ", "")
    if said in _untaxed:
        return 0
    percent = said.endswith("%")
    digits, decimals = decimal(said.removesuffix("%"), 6)
    fraction = not percent and abs(digits) < _ten(decimals)
    shift = 6 if fraction else 4
    if decimals > shift:
        raise BadValue(f"has {decimals} decimals; {shift} are allowed, none is rounded")
    ppm = digits * _ten(shift - decimals)
    if not 0 <= ppm <= 1_000_000:
        raise BadValue("is not a rate from 0 % to 100 %")
    return ppm


def _bare(text: str, currency: str) -> str:
    """The number in an amount, after its currency signs have been held against `currency`."""
    said = plain(text).translate(_dashes).replace(" ", "")
    negative = said.startswith("(") and said.endswith(")")
    found = _money.fullmatch(said[1:-1] if negative else said)
    if found is None:
        return said
    for sign in _one_sign.findall(found["before"] + found["after"]):
        if currency not in _signs[sign.upper()]:
            raise BadValue(f"is in {sign}, but the map says {currency}")
    return ("-" if negative else found["minus"]) + found["number"]


def _ten(exponent: int) -> int:
    return int(10**exponent)
