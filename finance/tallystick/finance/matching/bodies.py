"""Bodies of the entries by which a core enterprise sets its tolerances, and lets a held line pass.

An act that answers another names it by the hex SHA-256 of that entry's signed payload.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.finance.trade.documents import Currency, DocumentName, LineNumber
from tallystick.ledger import Body, Count, Hex32

#: A fifth is no tolerance any more, but another order.
tolerance_ppm_max = 200_000
units_max = 10**9
rounding_minor_max = 1_000
money_minor_max = 10**11

Share = Annotated[int, Field(ge=0, le=tolerance_ppm_max, description="parts per million")]
Units = Annotated[int, Field(ge=0, le=units_max, description="whole units of the order line")]
Minor = Annotated[int, Field(ge=0, le=money_minor_max, description="minor units of the currency")]
#: Why a line is held that two persons may let pass. Goods, units and signatures are never let pass.
Releasable = Literal["price-above-order", "tax-above-order", "billed-above-order", "retained"]


class TolerancesPropose(Body):
    """Body of `finance.tolerances.propose/1`, by a maker of a core enterprise, for all orders in one currency.

    Where a share and an absolute amount are set, both are kept. `over_delivery`: above what was ordered.
    `under_delivery`: of what is billed, missing from the goods; it is let pass, and not paid. `price`: above the
    order's; the amount is of a whole line. `rounding_minor`: of a line. `release_minor`: up to which worth of a line
    two persons let pass what is held. `after`: the version in force that the proposer has seen, 0 if there is none.
    """

    currency: Currency
    over_delivery_ppm: Share
    over_delivery_units: Units | None = None
    under_delivery_ppm: Share
    under_delivery_units: Units | None = None
    price_ppm: Share
    price_absolute_minor: Minor
    rounding_minor: Annotated[int, Field(ge=0, le=rounding_minor_max)]
    release_minor: Minor
    after: Count


class TolerancesApprove(Body):
    """Body of `finance.tolerances.approve/1`, by a checker: in force for matches from this index on."""

    proposal: Hex32


class ReleasePropose(Body):
    """Body of `finance.match.release.propose/1`, by a maker of the buyer: one held line, for these reasons."""

    invoice: DocumentName
    line: LineNumber
    reasons: Annotated[tuple[Releasable, ...], Field(min_length=1, max_length=4)]


class ReleaseApprove(Body):
    """Body of `finance.match.release.approve/1`, by a checker of the buyer."""

    proposal: Hex32
