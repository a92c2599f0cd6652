"""What a funder holds on a day: principal, discount and what of it is earned, and its exposure by core, group, supplier.

Earned is the discount of so many days as have passed, by the terms of the quote (rate, basis, rounded half-up once for
the holding), and never more than the holding's own part of the batch's discount. What was not financed by a quote has
no discount. Sums by core and supplier are what limits count as used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, cast

from tallystick.finance.books.lending import Lent
from tallystick.finance.draft import Row, row
from tallystick.finance.money.allocation import divide_half_up, ppm
from tallystick.finance.money.dates import check_date, days_between
from tallystick.finance.money.discount import year_days
from tallystick.finance.reading.access import (
    Reading,
    certificate_listed,
    readable_organisation,
)
from tallystick.finance.reading.pages import page, page_rows_max
from tallystick.ledger import View

_over = ("paid", "cancelled")


@dataclass(frozen=True, slots=True)
class Held:
    """One holding, in minor units. `supplier`, `quote` and terms are empty where no quote financed it.

    `days`: of the discount in all; `passed`: of them until the day that is asked. `borne_by`: who bears the discount;
    of what the debtor bears, `interest` is what became of it: owed, paid, due-back.
    """

    certificate: str
    start: int
    end: int
    principal: int
    currency: str
    core: str
    group: str
    supplier: str
    quote: str
    rate_ppm: int
    basis: str
    value_on: str
    due_on: str
    days: int
    passed: int
    discount: int
    earned: int
    recourse: str
    borne_by: str
    interest: str

    def document(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Exposure:
    """Principal by currency, and by core, group or supplier and currency; discount and what of it is earned.

    `advances`, `advance_interest`: what is owed on advances, which no certificate stands for yet.
    """

    principal: Counter[str]
    discount: Counter[str]
    earned: Counter[str]
    by_core: Counter[tuple[str, str]]
    by_group: Counter[tuple[str, str]]
    by_supplier: Counter[tuple[str, str]]
    advances: Counter[str]
    advance_interest: Counter[str]

    @classmethod
    def empty(cls) -> Exposure:
        return cls(*(Counter() for _ in range(8)))

    def lend(self, lent: Lent) -> None:
        self.advances[lent.currency] += lent.principal
        self.advance_interest[lent.currency] += lent.interest

    def add(self, held: Held) -> None:
        self.principal[held.currency] += held.principal
        self.discount[held.currency] += held.discount
        self.earned[held.currency] += held.earned
        self.by_core[held.core, held.currency] += held.principal
        if held.group:
            self.by_group[held.group, held.currency] += held.principal
        if held.supplier:
            self.by_supplier[held.supplier, held.currency] += held.principal


def exposure(reading: Reading, on: str, organisation: str | None = None) -> Iterator[Held]:
    """Every holding of a funder that is still owed, streamed. Raises `NotReadable` or `DateRefused`."""
    mine, day = readable_organisation(reading, organisation), check_date(on)
    return _every(reading, mine, day)


def _every(reading: Reading, mine: str, day: str) -> Iterator[Held]:
    after = None
    while True:
        found = page(reading.view, "holding-of", mine, after, page_rows_max)
        for one in found.rows:
            lot = cast(Row, one.value)
            if lot["state"] not in _over and certificate_listed(reading, one.name):
                yield _held(reading.view, one.name, lot, day)
        if found.after is None:
            return
        after = found.after


def _held(view: View, name: str, lot: Row, day: str) -> Held:
    head = row(view.get("certificate", name)) or {}
    batch = row(view.get("financing", name, lot["batch"])) if lot["batch"] else None
    group = row(view.get("limit-group-member", head["issuer"])) or {"group": ""}
    amount = lot["end"] - lot["start"]
    told = batch or {}
    days = int(told.get("days", 0))
    value_on = str(told.get("value_on", ""))
    passed = min(days, max(0, days_between(value_on, day))) if value_on else 0
    discount = 0 if batch is None else _discount(batch, lot)
    return Held(
        certificate=name,
        start=lot["start"],
        end=lot["end"],
        principal=amount,
        currency=head["currency"],
        core=head["issuer"],
        group=group["group"].partition("#")[2],
        supplier=str(told.get("seller", "")),
        quote=lot["batch"] if batch is not None else "",
        rate_ppm=int(told.get("rate_ppm", 0)),
        basis=str(told.get("basis", "")),
        value_on=value_on,
        due_on=head["due_on"],
        days=days,
        passed=passed,
        discount=discount,
        earned=discount if passed == days else _earned(told, amount, passed, discount),
        recourse=lot["recourse"],
        borne_by="" if batch is None else str(told.get("borne_by", "seller")),
        interest=str((row(view.get("interest", lot["batch"])) or {}).get("status", "")),
    )


def _earned(terms: Row, amount: int, passed: int, most: int) -> int:
    year = year_days[terms["basis"]]
    return min(most, divide_half_up(amount * terms["rate_ppm"] * passed, ppm * year))


def _discount(batch: Row, lot: Row) -> int:
    """The holding's part of the discount: of each lot that was financed, by units, the rest with its last unit."""
    found = 0
    for financed in batch["lots"]:
        low, high = max(lot["start"], financed["start"]), min(lot["end"], financed["end"])
        if low < high:
            size = financed["end"] - financed["start"]
            up_to, before = (edge - financed["start"] for edge in (high, low))
            found += financed["discount"] * up_to // size - financed["discount"] * before // size
    return found
