"""Check digits, each by the rule of its standard."""

from __future__ import annotations

alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_vin_values = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True)
)
_vin_weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def iso_6346(first: str) -> str:
    """The check digit after four letters and six digits: values that skip multiples of 11, weights 2^i."""
    total = sum(_container_value(one) << place for place, one in enumerate(first))
    return str(total % 11 % 10)


def imo(first: str) -> str:
    """The last digit of a ship's number: six digits with weights 7 to 2 (IMO A.1117(30))."""
    return str(sum(int(digit) * (7 - place) for place, digit in enumerate(first)) % 10)


def vin(number: str) -> str:
    """What stands in the ninth place of 17 characters (GB 16735, 49 CFR 565.15)."""
    total = sum(
        weight * (int(one) if one.isdecimal() else _vin_values[one])
        for weight, one in zip(_vin_weights, number, strict=True)
    )
    return "0123456789X"[total % 11]


def _container_value(character: str) -> int:
    value = alphabet.index(character)
    return value + (value - 1) // 10 if value > 9 else value
