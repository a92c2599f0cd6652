"""Quantities and prices in another unit, by exact rational factors. Nothing is rounded: what does not divide
has no form in the other unit, and whoever asked holds it back with that reason."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

from tallystick.finance.trade.documents import Price, quantity_max

factor_max = 10**9


@dataclass(frozen=True, slots=True)
class Factor:
    """One of the first unit is numerator/denominator of the second."""

    numerator: int
    denominator: int

    @property
    def back(self) -> Factor:
        return Factor(self.denominator, self.numerator)


def converted(quantity: int, scale: int, factor: Factor, to: int) -> int | None:
    """10^-`scale` of the first unit as 10^-`to` of the second; None where it does not divide, or is too large.

    >>> converted(5, 0, Factor(12, 1), 0), converted(7, 0, Factor(1, 12), 2)
    (60, None)
    """
    whole, lost = divmod(
        quantity * factor.numerator * 10 ** int(to), factor.denominator * 10 ** int(scale)
    )
    return None if lost or not 0 < whole <= quantity_max else int(whole)


def repriced(price: Price, factor: Factor) -> Price | None:
    """The same money for the second unit; None where no fraction within bounds says it."""
    amount, per = price.amount * factor.denominator, price.per * factor.numerator
    common = gcd(amount, per)
    amount, per = amount // common, per // common
    if per > quantity_max or amount > 2**53 - 1:
        return None
    return Price(amount=amount, per=per)
