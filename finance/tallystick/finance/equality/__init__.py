"""Three-way equality (三方对账): what the ledger says, what banks' evidence says, what registrations say, each day."""

from __future__ import annotations

from tallystick.finance.equality.report import Line, Report, names, reasons
from tallystick.finance.equality.reports import of_day, types

__all__ = ["Line", "Report", "names", "of_day", "reasons", "types"]
