"""Registered numbers of organisations, with their check digits."""

from __future__ import annotations

from tallystick.ledger import RuleError

_uscc_alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_uscc_length = 18
_lei_length = 20


class NumberRefused(RuleError):
    code = "number-refused"
    title = "The organisation's number fails its check"
    advice = "Copy it again from the business licence or the LEI register."


def check_uscc(number: str) -> None:
    """统一社会信用代码, GB 32100: 18 characters, weights 3^i mod 31. Raises `NumberRefused`."""
    if len(number) != _uscc_length or any(c not in _uscc_alphabet for c in number):
        raise NumberRefused(f"{number} is not 18 characters of the GB 32100 alphabet")
    total = sum(_uscc_alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(number[:-1]))
    if _uscc_alphabet[-total % 31] != number[-1]:
        raise NumberRefused(f"the check character of {number} is wrong")


def uscc_with_check(first: str) -> str:
    """The 18 characters for the first 17."""
    total = sum(_uscc_alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(first))
    return first + _uscc_alphabet[-total % 31]


def check_lei(number: str) -> None:
    """LEI, ISO 17442: 20 characters, mod 97-10 equals 1. Raises `NumberRefused`."""
    if len(number) != _lei_length or not (number.isascii() and number.isalnum()):
        raise NumberRefused(f"{number} is not 20 letters and digits")
    if not number.isupper() and not number.isdecimal():
        raise NumberRefused(f"{number} holds lower-case letters")
    if int("".join(str(int(c, 36)) for c in number)) % 97 != 1:
        raise NumberRefused(f"the check digits of {number} are wrong")
