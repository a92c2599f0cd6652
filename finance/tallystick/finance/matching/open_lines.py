"""Which invoice lines have money that is not confirmed yet: the index behind the lists of the match."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from tallystick.finance.draft import Row
from tallystick.finance.trade.charges import lowered
from tallystick.finance.trade.documents import Price
from tallystick.finance.trade.match import gross_amount
from tallystick.ledger import Document


def worth(line: Row) -> int:
    """What an invoice line is worth at its own price, less what was credited."""
    price = Price(amount=line["price"]["amount"], per=line["price"]["per"])
    left = line["quantity"] - line["credited_quantity"]
    gross = gross_amount(left, line["scale"], price, line["tax_ppm"])
    return max(0, gross - lowered(line))


def open_for(_name: str, _part: str, document: Document) -> Iterable[str]:
    """Buyer and seller of an invoice line, while part of it is not confirmed."""
    row = cast(Row, document)
    if row["confirmed"] >= worth(row):
        return ()
    return (str(row["buyer"]), str(row["seller"]))


def open_to_confirm(name: str, part: str, document: Document) -> Iterable[str]:
    """Its buyer alone, who confirms."""
    return (str(document["buyer"]),) if open_for(name, part, document) else ()
