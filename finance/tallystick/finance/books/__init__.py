"""What an organisation's own books take from the ledger: journal lines for its ERP, a bank's exposure and accruals."""

from __future__ import annotations

from tallystick.finance.books.accounts import accounts
from tallystick.finance.books.exposure import Exposure, Held, exposure
from tallystick.finance.books.journal import Posting, journal, types
from tallystick.finance.books.lending import Lent, lent

__all__ = [
    "Exposure",
    "Held",
    "Lent",
    "Posting",
    "accounts",
    "exposure",
    "journal",
    "lent",
    "types",
]
