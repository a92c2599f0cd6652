"""Tolerances: how far order, goods and invoice may differ before a person has to look.

Limits of one kind hold together: where both a share and an absolute amount are set, both are kept. A quantity
below what is billed may be let pass as delivered short; money is confirmed for what was accepted alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.finance.money.allocation import ppm


@dataclass(frozen=True, slots=True)
class Policy:
    """Tolerances of a core enterprise in one currency; money in minor units, quantities in whole units.

    `rounding_minor`: a difference of so much in a line is no difference. `release_minor`: up to which worth of a
    line two persons may let pass what is held. `document_deliveries`: whether deliveries that only a document
    states count as received, which is for looking at alone: nothing is confirmed without a receipt. `version` 0:
    the core enterprise has set none.
    """

    price_ppm: int = 5_000
    price_absolute_minor: int = 100_00
    over_delivery_ppm: int = 5_000
    over_delivery_units: int | None = None
    under_delivery_ppm: int = 0
    under_delivery_units: int | None = None
    rounding_minor: int = 1
    release_minor: int = 0
    document_deliveries: bool = False
    version: int = 0

    def most(self, ordered: int, scale: int) -> int:
        """The most that may be received against an order or a despatch; quantities in 10^-`scale`."""
        return ordered + _within(ordered, scale, self.over_delivery_ppm, self.over_delivery_units)

    def short(self, billed: int, scale: int) -> int:
        """How much of what is billed may be missing from the goods."""
        return _within(billed, scale, self.under_delivery_ppm, self.under_delivery_units)


default_policy = Policy()


def _within(quantity: int, scale: int, share_ppm: int, units: int | None) -> int:
    share = quantity * share_ppm // ppm
    return share if units is None else min(share, units * int(10**scale))
