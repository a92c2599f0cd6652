"""Framework contracts under which imported orders stand.

A file of orders names no contract. One for each pair of firms and currency is put on record before its first
order: without an end and with the longest payment term, since the file tells neither. Stated by the importer
alone it binds nobody: nothing is confirmed on its orders until the other party agrees to it.
"""

from __future__ import annotations

import tallystick.finance as finance
from tallystick.app.imports.entry_ids import entry_id

framework_from = "1970-01-01"
contract_date = "2000-01-01"
contract_type = "finance.contract/1"


def framework(buyer: str, seller: str, currency: str) -> finance.Contract:
    """The contract of a pair; its number follows from both and the currency."""
    return finance.Contract(
        number=f"FC-{_own(buyer)}-{_own(seller)}-{currency}",
        buyer=buyer,
        seller=seller,
        currency=currency,
        signed_on=framework_from,
        valid_from=framework_from,
        payment_days=finance.payment_days_max,
    )


def contract_id(author: str, contract: finance.Contract) -> str:
    """The id of its entry, the same in every run."""
    return entry_id(author, contract_type, contract.number, contract_date)


def _own(organisation: str) -> str:
    return organisation.rpartition("/")[2][:24]
