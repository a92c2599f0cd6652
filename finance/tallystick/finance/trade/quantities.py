"""Quantities count 10^-scale of a unit; those of one order line are compared in its own scale."""

from __future__ import annotations

from tallystick.finance.errors import QuantityInexact
from tallystick.finance.trade.documents import piece_units


def rescale(quantity: int, scale: int, to: int) -> int:
    """The same quantity in another scale; raises `QuantityInexact` where decimals would be lost.

    >>> rescale(15, 1, 3)
    1500
    """
    if to >= scale:
        return quantity * int(10 ** (to - scale))
    whole, lost = divmod(quantity, int(10 ** (scale - to)))
    if lost:
        raise QuantityInexact(f"{quantity} x 10^-{scale} has no form with {to} decimals")
    return whole


def same_unit(one: str, other: str) -> bool:
    """Whether two unit codes mean the same; pieces have several."""
    return one == other or {one, other} <= piece_units
