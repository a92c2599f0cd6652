"""The discount of a financing: bank discount, simple, all integers (research §6.6, I18-I20).

discount = face x rate x days / basis, rounded half-up once for the whole batch. Where the seller bears it, net = face -
discount; where the buyer (the debtor) does, net = face, and it owes the discount beside (I18).
Lots get their parts of that one discount by largest remainder, so that nothing drifts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tallystick.finance.errors import QuoteWrong
from tallystick.finance.money.allocation import divide_half_up, largest_remainder, ppm
from tallystick.finance.money.dates import days_between

Basis = Literal["ACT/360", "ACT/365"]
Rounding = Literal["half-up"]
#: Who bears the discount.
Bearer = Literal["seller", "buyer"]
year_days: Mapping[Basis, int] = {"ACT/360": 360, "ACT/365": 365}


@dataclass(frozen=True, slots=True)
class DiscountTerms:
    """What a quote's figures follow from; `rate_ppm` a year (4.20 % = 42000), money dates."""

    face: int
    rate_ppm: int
    value_on: str
    due_on: str
    basis: Basis = "ACT/360"
    rounding: Rounding = "half-up"
    borne_by: Bearer = "seller"


@dataclass(frozen=True, slots=True)
class Discounted:
    """face = net + discount where the seller bears it; face = net where the buyer does."""

    face: int
    days: int
    discount: int
    net: int


def discounted(terms: DiscountTerms) -> Discounted:
    """Days, discount and net of terms; raises `QuoteWrong` unless 0 <= discount < face."""
    days = days_between(terms.value_on, terms.due_on)
    if days < 0 or terms.face <= 0 or terms.rate_ppm < 0:
        raise QuoteWrong("amount, rate and days must not be negative")
    year = year_days[terms.basis]
    discount = divide_half_up(terms.face * terms.rate_ppm * days, ppm * year)
    if discount >= terms.face:
        raise QuoteWrong("the discount would take the whole amount")
    off = discount if terms.borne_by == "seller" else 0
    return Discounted(terms.face, days, discount, terms.face - off)


def discount_of_lots(discount: int, sizes: Mapping[str, int]) -> dict[str, int]:
    """The batch's one discount, allotted to its lots (I19)."""
    return largest_remainder(discount, sizes)
