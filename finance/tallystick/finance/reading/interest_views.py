"""Interest that a debtor bears or is asked to bear, for the debtor, the funder, and the bank that pays for the debtor.

The paying bank sees what is owed, which it is to pay, and nothing of quotes that nobody accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from tallystick.finance.draft import Row, row
from tallystick.finance.money.dates import money_date
from tallystick.finance.reading.visibility import Sight
from tallystick.finance.receivables.budgets import holdings_max
from tallystick.identity import ledger_time
from tallystick.ledger import View


@dataclass(frozen=True, slots=True)
class Interest:
    """Of one quote; amounts in minor units. `status`: the quote's; `agreed`: whether two persons of the debtor did.

    `proposals`: for the debtor alone, what waits for its second person. `owed`: from the disbursement on, what the
    debtor owes the funder and what became of it; `overdue` as of today.
    """

    quote: str
    bank: str
    holder: str
    amount: int
    discount: int
    rate_ppm: int
    value_on: str
    until: str
    status: str
    agreed: bool
    index: int
    proposals: Mapping[str, Row] = field(default_factory=dict)
    owed: Row | None = None
    overdue: bool = False


def interests_of(view: View, name: str, head: Row, seen: Sight) -> Iterator[Interest]:
    """What of it the reader may see, in the order of quotes' names."""
    for found in view.find("quote-for-debtor", name, limit=holdings_max):
        quote, owed = cast(Row, found.value), row(view.get("interest", found.name))
        pays = owed is not None and seen.mine(head["paying_bank"])
        if seen.hop(head["issuer"], quote["bank"]) or pays:
            yield _interest(view, found.name, head, quote, owed, seen)


def _interest(
    view: View, name: str, head: Row, quote: Row, owed: Row | None, seen: Sight
) -> Interest:
    waiting: dict[str, Row] = {}
    if seen.hop(head["issuer"]) and "agreed" not in quote:
        proposals = view.find("interest-proposal-of", head["issuer"], limit=holdings_max)
        waiting = {
            one.name: cast(Row, one.value) for one in proposals if one.value["quote"] == name
        }
    told = (
        "bank",
        "holder",
        "amount",
        "discount",
        "rate_ppm",
        "value_on",
        "until",
        "status",
        "index",
    )
    return Interest(
        quote=name,
        **{key: quote[key] for key in told},
        agreed="agreed" in quote,
        proposals=waiting,
        owed=owed,
        overdue=owed is not None and owed["status"] == "owed" and _late(view, owed, head["zone"]),
    )


def _late(view: View, owed: Row, zone: str) -> bool:
    return bool(owed["due_on"] < money_date(ledger_time(view), zone))
