"""Check digits and check characters of GS1 keys."""

from __future__ import annotations

#: GS1 General Specifications, figure 7.11-1: the 82 characters of element strings, in order of their values.
characters_82 = (
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
)
_characters_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_primes = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)
_pair_modulus = 1021


def check_digit(digits: str) -> str:
    """The digit that closes these (GS1 General Specifications §7.9.1)."""
    total = 3 * sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


def closes(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    return check_digit(digits[:-1]) == digits[-1]


def check_pair(characters: str) -> str:
    """The two characters that close a Global Model Number (GS1 General Specifications §7.9.5).

    Raises ValueError for characters that a model number does not hold, or for more than 23.
    """
    if len(characters) > len(_primes):
        raise ValueError("too long")
    values = (characters_82.index(character) for character in reversed(characters))
    total = sum(value * prime for value, prime in zip(values, _primes, strict=False))
    high, low = divmod(total % _pair_modulus, 32)
    return _characters_32[high] + _characters_32[low]
