"""Bank codes and account numbers: their form, their check digits, and how they are shown.

CNAPS (联行号): 3 digits of the bank, 4 of the area, 4 of the branch, and a check digit by ISO 7064 MOD 11,10
(GB/T 17710). BIC: ISO 9362. IBAN: ISO 13616, check by ISO 7064 MOD 97-10.
"""

from __future__ import annotations

import re

cnaps_digits = 12
tail_characters = 4
_bic = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_iban = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_domestic = re.compile(r"[0-9]{5,34}")
hidden = "****"


def cnaps_check(first: str) -> str:
    """The twelfth digit for the first eleven.

    >>> cnaps_check("10210009999")
    '6'
    """
    rest = 10
    for digit in first:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - rest) % 10)


def is_cnaps(code: str) -> bool:
    plain = code.isascii() and code.isdecimal() and len(code) == cnaps_digits
    return plain and cnaps_check(code[:-1]) == code[-1]


def is_bic(code: str) -> bool:
    return _bic.fullmatch(code) is not None


def is_iban(number: str) -> bool:
    """
    >>> is_iban("DE89370400440532013000")
    True
    """
    if _iban.fullmatch(number) is None:
        return False
    moved = number[4:] + number[:4]
    return int("".join(str(int(one, 36)) for one in moved)) % 97 == 1


def is_domestic(number: str) -> bool:
    """An account number of a country without IBAN: digits, without a check that all banks share."""
    return _domestic.fullmatch(number) is not None


def compact(number: str) -> str:
    """Without the blanks and hyphens with which numbers are printed, in upper case."""
    return re.sub(r"[\s-]", "", number).upper()


def masked(tail: str, number: str = "") -> str:
    """As pages show it: all that the body has, or for whoever has the number its ends.

    >>> masked("1234"), masked("1234", "6222020200041231234")
    ('****1234', '6222****1234')
    """
    first = number[:4] if len(number) >= 3 * tail_characters else ""
    return f"{first}{hidden}{tail}"
