"""What a line is worth, in integers.

The amounts that a row says must agree with each other (net + tax = gross, to the minor unit), and
quantity × unit price with the amount, within the rounding of the unit price. What is missing is
computed; tax and products are rounded half up, once per line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tallystick.app.imports.cells.values import Price, Quantity
from tallystick.app.imports.errors import BadValue
from tallystick.app.imports.fields import Field


@dataclass(frozen=True, slots=True)
class Worth:
    """Minor units: net + tax = gross, for the line's whole quantity.

    The exact price is `amount` for `per` counts of 10^-`scale` of the unit, with tax where
    `includes_tax`: so that quantity × price is the line's amount without a remainder.
    """

    amount: int
    per: int
    scale: int
    includes_tax: bool
    tax_ppm: int
    net: int
    tax: int
    gross: int

    def of(self, quantity: Quantity) -> Worth:
        """What another quantity is worth at the same price."""
        scale = max(self.scale, quantity.scale)
        counts, per = quantity.at(scale), self.per * _ten(scale - self.scale)
        if counts == per:
            return self
        said = round_half_up(self.amount * counts, per)
        net, gross = (None, said) if self.includes_tax else (said, None)
        net, tax, gross = _complete(net, None, gross, self.tax_ppm)
        return replace(self, per=per, scale=scale, net=net, tax=tax, gross=gross)

    def same_price(self, other: Worth) -> bool:
        """Whether both prices are one, where each amount may be off by a minor unit of rounding."""
        scale = max(self.scale, other.scale)
        mine, theirs = self.per * _ten(scale - self.scale), other.per * _ten(scale - other.scale)
        return abs(self.amount * theirs - other.amount * mine) <= mine + theirs


def line_worth(
    amounts: Mapping[Field, int],
    prices: Mapping[Field, Price],
    tax_ppm: int | None,
    quantity: Quantity | None,
) -> Worth | None:
    """The value of a line from what the row says of it; none if it says nothing.

    Raises `BadValue` where the row contradicts itself.
    """
    net, tax, gross = (amounts.get(f) for f in ("net_amount", "tax_amount", "gross_amount"))
    if quantity is None or quantity.value == 0:
        return None
    if net is None and gross is None:
        net, gross = _from_price(prices, quantity)
    if net is None and gross is None:
        return None
    includes_tax = net is None or (gross is not None and "gross_unit_price" in prices)
    net, tax, gross = _complete(net, tax, gross, tax_ppm)
    if net + tax != gross:
        raise BadValue(f"net {net} and tax {tax} are not gross {gross} (minor units)")
    _agrees(prices.get("unit_price"), quantity, net)
    _agrees(prices.get("gross_unit_price"), quantity, gross)
    amount = gross if includes_tax else net
    ppm = _rate(net, tax) if tax_ppm is None else tax_ppm
    return Worth(amount, quantity.value, quantity.scale, includes_tax, ppm, net, tax, gross)


def round_half_up(numerator: int, denominator: int) -> int:
    """The nearest integer to a quotient of numbers not negative; halves go up."""
    return (2 * numerator + denominator) // (2 * denominator)


def _rate(net: int, tax: int) -> int:
    """The rate in ppm that a row's amounts show: the nearest half percent where that gives the tax
    but for a minor unit, else the nearest ppm."""
    if net == 0:
        return 0
    usual = round_half_up(tax * 200, net) * 5_000
    if abs(round_half_up(net * usual, 1_000_000) - tax) <= 1:
        return usual
    return round_half_up(tax * 1_000_000, net)


def _complete(
    net: int | None, tax: int | None, gross: int | None, ppm: int | None
) -> tuple[int, int, int]:
    if net is None and gross is not None:
        if tax is None:
            tax = gross - round_half_up(gross * 1_000_000, 1_000_000 + (ppm or 0))
        net = gross - tax
    if net is None:
        raise BadValue("says no amount")
    if tax is None:
        tax = round_half_up(net * (ppm or 0), 1_000_000) if gross is None else gross - net
    if tax < 0 or net < 0:
        raise BadValue("is less than its own tax or net amount")
    return net, tax, net + tax if gross is None else gross


def _from_price(prices: Mapping[Field, Price], quantity: Quantity) -> tuple[int | None, int | None]:
    """(net, gross) of quantity × price, rounded half up once."""
    unit = _ten(quantity.scale)
    if gross := prices.get("gross_unit_price"):
        return None, round_half_up(quantity.value * gross.amount, unit * gross.per)
    if net := prices.get("unit_price"):
        return round_half_up(quantity.value * net.amount, unit * net.per), None
    return None, None


def _agrees(price: Price | None, quantity: Quantity, amount: int) -> None:
    """Quantity × price is the amount, within half of the price's last decimal (or of a minor unit)
    for each unit, and half a minor unit for the amount's own rounding."""
    if price is None:
        return
    unit = _ten(quantity.scale)
    difference = abs(quantity.value * price.amount - amount * unit * price.per)
    if 2 * difference > quantity.value + unit * price.per:
        said = round_half_up(quantity.value * price.amount, unit * price.per)
        raise BadValue(f"quantity × unit price is {said}, not {amount} (minor units)")


def _ten(exponent: int) -> int:
    return int(10**exponent)
