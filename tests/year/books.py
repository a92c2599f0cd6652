"""What the year comes to in everybody's own books, as each takes them in over HTTP."""

from __future__ import annotations

from collections import Counter

from tests.year.stage import Stage, firms
from tests.year.trade import Trade

from tallystick import finance

journal_days_max = 92


def moved(trade: Trade, first: str, last: str) -> dict[str, Counter[str]]:
    """By party, debits less credits of each of its accounts; every posting is checked to balance."""
    found = {}
    for name in firms:
        sums: Counter[str] = Counter()
        for start, end in _quarters(first, last):
            asked = {"first": start, "last": end}
            for posting in trade.stage[name].get("/finance/v1/journal", **asked)["postings"]:
                total = 0
                for line in posting["lines"]:
                    sums[line["account"]] += line["debit"] - line["credit"]
                    total += line["debit"] - line["credit"]
                assert total == 0, posting
        found[name] = sums
    return found


def owed_by(stage: Stage, bank: str, day: str) -> int:
    """What a funder still has out at the end of a day."""
    told = stage[bank].get("/finance/v1/exposure", on=day)
    return int(told["principal"].get("CNY", 0))


def _quarters(first: str, last: str) -> list[tuple[str, str]]:
    found, start = [], first
    while start <= last:
        end = min(last, finance.plus_days(start, journal_days_max - 1))
        found.append((start, end))
        start = finance.next_day(end)
    return found
