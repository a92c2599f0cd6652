"""Cut-off days: a day of each month, or the month's last where it is shorter."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from tallystick.finance.money.dates import check_date


def is_cut_off(day: str, statement_day: int) -> bool:
    """
    >>> is_cut_off("2026-02-28", 31), is_cut_off("2026-03-28", 31)
    (True, False)
    """
    found = date.fromisoformat(check_date(day))
    return found.day == _of_month(found.year, found.month, statement_day)


def last_cut_off(today: str, statement_day: int) -> str:
    """The newest cut-off day that is not later than `today`.

    >>> last_cut_off("2026-03-24", 25), last_cut_off("2026-03-25", 25)
    ('2026-02-25', '2026-03-25')
    """
    found = date.fromisoformat(check_date(today))
    year, month = found.year, found.month
    if found.day < _of_month(year, month, statement_day):
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return date(year, month, _of_month(year, month, statement_day)).isoformat()


def _of_month(year: int, month: int, statement_day: int) -> int:
    return min(statement_day, monthrange(year, month)[1])
