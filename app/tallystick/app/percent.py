"""Rates as people write them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from tallystick.app.people.saying import MemberRefused

_ppm_per_percent = 10_000


def rate_ppm(text: str) -> int:
    """Percent a year, exact: a rate with more than four decimals is refused, not rounded.

    >>> rate_ppm("4.2")
    42000
    """
    try:
        found = Decimal(text) * _ppm_per_percent
    except InvalidOperation:
        raise MemberRefused(f"{text!r} is not a percentage") from None
    if not found.is_finite() or found != found.to_integral_value() or not 0 <= found <= 1_000_000:
        raise MemberRefused(f"{text} is not a percentage from 0 to 100 with at most four decimals")
    return int(found)
