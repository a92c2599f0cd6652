"""What an invoice says beside its lines: charges, allowances, and the rounding of its total.

A charge (freight, packing) was not ordered and is not received: it stands in the total and is never confirmed. An
allowance lowers every line by its share, by largest remainder, as a credit in money would. A stated total may differ
from its lines by as much as the buyer's tolerances call rounding; below them, the largest line bears it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from tallystick.finance.draft import Row
from tallystick.finance.errors import DocumentWrong
from tallystick.finance.money.allocation import largest_remainder
from tallystick.ledger import Body, Count, Text

charges_max = 50


class Charge(Body):
    """A charge or an allowance on a whole invoice, in minor units; `reason` as the invoice words it."""

    kind: Literal["charge", "allowance"]
    net: Annotated[int, Field(gt=0, le=2**53 - 1)]
    tax: Count = 0
    reason: Text | None = None


def charged(charges: Sequence[Charge], kind: str) -> tuple[int, int]:
    """Net and tax of all charges, or of all allowances."""
    some = [charge for charge in charges if charge.kind == kind]
    return sum(charge.net for charge in some), sum(charge.tax for charge in some)


def allotted(lines: Mapping[str, int], allowance: int, rounding: int) -> dict[str, int]:
    """What each line (its gross by part) is lowered by. Raises `DocumentWrong` where that is more than all lines."""
    whole = sum(lines.values())
    lowered = max(0, -rounding)
    if allowance + lowered > whole:
        raise DocumentWrong(f"allowances are {allowance + lowered}, the lines {whole}")
    shares = dict.fromkeys(lines, 0) | (largest_remainder(allowance, lines) if allowance else {})
    for part in sorted(lines, key=lambda part: (-lines[part], part)):
        taken = min(lowered, lines[part] - shares[part])
        shares[part] += taken
        lowered -= taken
    return shares


def lowered(line: Row) -> int:
    """By how much an invoice line is worth less than quantity times price: credited in money, or allowed on what of
    its quantity was not credited."""
    left = line["quantity"] - line["credited_quantity"]
    return int(line["credited"] + line.get("allowance", 0) * left // line["quantity"])
