"""A certificate that comes of a financed order repays its advances in the entry by which the borrower accepts it.

By the mandate that the borrower signed with each advance, cents worth what is owed go to the funder, as a financing
batch of their own: at most as many as rest on that order. What is owed beyond them stays owed.

    conversion  <certificate>  part <facility>: {order, funder, borrower, amount, lots, index, time}
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.advances.owing import counted_to, owed, repay
from tallystick.finance.draft import Draft, Row
from tallystick.finance.money.dates import money_date
from tallystick.finance.receivables.certificates import (
    add_parties,
    book_of,
    lots_document,
    save_book,
)
from tallystick.ledger import Act


def convert(draft: Draft, act: Act[Any], name: str, found: Row) -> None:
    """Of the certificate that its original holder just accepted."""
    if found.get("assignment") == "banned":
        return
    backed: dict[str, int] = {}
    for row in draft.rows("backing", name).values():
        backed[row["order"]] = backed.get(row["order"], 0) + row["end"] - row["start"]
    for order, units in sorted(backed.items()):
        for facility in draft.rows("order-facility", order):
            draft.add("facility", facility, certified=backed[order])
            units -= _assign(draft, act, name, found, order, facility, units)


def _assign(
    draft: Draft, act: Act[Any], name: str, found: Row, order: str, facility: str, units: int
) -> int:
    row = draft.row("facility", facility) or {}
    if (row["borrower"], row["currency"]) != (found["holder"], found["currency"]):
        return 0
    on = money_date(act.time, row["zone"])
    amount = min(units, owed(row, counted_to(row, on)).total)
    if amount <= 0:
        return 0
    book = book_of(draft, name, found["holder"])
    lots = book.assign(found["holder"], row["funder"], amount, facility)
    document = {"order": order, "funder": row["funder"], "borrower": row["borrower"]}
    told = {"amount": amount, "lots": lots_document(lots), "index": act.index, "time": act.time}
    save_book(draft, name, book)
    draft.put("conversion", name, {**document, **told}, facility)
    add_parties(draft, name, act.index, (row["funder"],))
    repay(draft, facility, amount, on, "converted", {"certificate": name, "index": act.index})
    return amount
