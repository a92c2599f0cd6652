"""Dividing money: one rounding, nothing lost (research: I19, I22, I23)."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.ledger import InvariantError

ppm = 1_000_000
#: Late interest where nothing else is agreed: 0.05 % a day.
late_interest_day_ppm = 500
#: Share of a loss that credit insurance usually covers.
insured_share_ppm = 900_000


def divide_half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator, half a unit rounds up; both are non-negative.

    >>> divide_half_up(5, 2), divide_half_up(4, 3)
    (3, 1)
    """
    if numerator < 0 or denominator <= 0:
        raise InvariantError(f"{numerator} / {denominator} is not a division of money")
    return (2 * numerator + denominator) // (2 * denominator)


def largest_remainder(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Shares of `total` in proportion to weights, in the order of their keys.

    Each share is the rounded-down quota; the units left over go to the largest remainders, ties to the
    lower key. Shares add up to `total`; if `total` <= sum of weights, no share exceeds its weight.
    """
    whole = sum(weights.values())
    if total < 0 or whole <= 0 or min(weights.values()) < 0:
        raise InvariantError(f"{total} cannot be divided over weights that add up to {whole}")
    keys = sorted(weights)
    shares = {key: total * weights[key] // whole for key in keys}
    left = total - sum(shares.values())
    by_remainder = sorted(keys, key=lambda key: (-(total * weights[key] % whole), key))
    for key in by_remainder[:left]:
        shares[key] += 1
    return shares


def late_interest(overdue: int, days: int, day_ppm: int = late_interest_day_ppm) -> int:
    """Simple interest on an overdue amount, half-up."""
    return divide_half_up(overdue * days * day_ppm, ppm)


def insured_claim(loss: int, share_ppm: int = insured_share_ppm) -> int:
    """What the insurer pays of a loss, half-up; the rest is the holder's own."""
    return divide_half_up(loss * share_ppm, ppm)
