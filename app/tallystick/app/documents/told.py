"""What a trade document tells, whatever its form: texts and exact numbers, before anybody has a handle."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import tallystick.finance as finance

Kind = Literal["order", "change", "cancellation", "despatch", "invoice", "credit", "usage"]


@dataclass(frozen=True, slots=True)
class Party:
    """A firm as the document names it: identifiers with their schemes ("" if none is said), and a name."""

    ids: tuple[tuple[str, str], ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """`order` is empty where the line, or the whole document, names none; `net` and `tax` in minor units.

    `meter_from`, `meter_until`: what a machine's counter showed, in 10^-`scale` as the quantity.
    `unplaced`: a credited line of which the form does not say which line of the invoice it is.
    """

    number: int
    order: str = ""
    order_line: int | None = None
    buyer_item: str = ""
    seller_item: str = ""
    wording: str = ""
    quantity: int = 0
    scale: int = 0
    unit: str = ""
    price: finance.Price | None = None
    net: int | None = None
    tax: int | None = None
    tax_ppm: int = 0
    serials: tuple[str, ...] = ()
    lots: tuple[str, ...] = ()
    device: str = ""
    meter_from: int | None = None
    meter_until: int | None = None
    unplaced: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """`refers`: the invoice of a credit note; `charges`: charges and allowances on its head; `change`: the number of a change, 0 where the form has none;
    `until`: the last day of a statement of use, which begins on `date`."""

    kind: Kind
    number: str
    date: str
    buyer: Party
    seller: Party
    currency: str = ""
    contract: str = ""
    order: str = ""
    refers: str = ""
    change: int = 0
    until: str = ""
    gross: int | None = None
    lines: tuple[Line, ...] = field(default=())
    charges: tuple[finance.Charge, ...] = ()
