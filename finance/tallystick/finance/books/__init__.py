"""What an organisation's own books take from the ledger: journal lines for its ERP, a bank's exposure and accruals."""

from __future__ import annotations

from tallystick.finance.books.exposure import Exposure, Held, exposure
from tallystick.finance.books.journal import Posting, accounts, journal, types

__all__ = ["Exposure", "Held", "Posting", "accounts", "exposure", "journal", "types"]
