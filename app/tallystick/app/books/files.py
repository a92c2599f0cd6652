"""Journal and exposure as rows of files: the same log gives the same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.equality.keeping import end_of
from tallystick.ledger import TallystickError

days_max = 366
journal_columns = (
    "entry", "day", "what", "certificates", "currency", "account", "debit", "credit",
)  # fmt: skip
exposure_columns = (
    "certificate", "start", "end", "currency", "principal", "core", "group", "supplier", "quote",
    "rate_ppm", "basis", "value_on", "due_on", "days", "passed", "discount", "earned", "recourse",
    "borne_by", "interest",
)  # fmt: skip


class DaysWrong(TallystickError):
    code = "days-wrong"
    status = 400
    title = "These are no days from a first to a last"
    advice = f"Name a first and a last day, at most {days_max} days apart."


def postings(
    reading: Reading, organisation: str, first: str, last: str
) -> Iterator[finance.books.Posting]:
    """The journal of an organisation for the days from a first to a last. Raises `DaysWrong` or `DateRefused`."""
    if not 0 <= finance.days_between(first, last) < days_max:
        raise DaysWrong(f"{first} to {last}")
    snapshot = reading.snapshot
    start = end_of(snapshot, finance.plus_days(first, -1))
    entries = snapshot.accepted(finance.books.types, start, end_of(snapshot, last))
    return finance.books.journal(reading, entries, organisation)


def journal_csv(found: Iterable[finance.books.Posting]) -> str:
    """A row for each debit and each credit."""
    rows = (
        {
            **{key: value for key, value in told.items() if key != "lines"},
            "certificates": " ".join(told["certificates"]),
            **line,
            "debit": _sum(line["debit"], told["currency"]),
            "credit": _sum(line["credit"], told["currency"]),
        }
        for told in (one.document() for one in found)
        for line in told["lines"]
    )
    return _table(journal_columns, rows)


def exposure_csv(found: Iterable[finance.books.Held]) -> str:
    sums = ("principal", "discount", "earned")
    rows = (
        {**told, **{name: _sum(told[name], told["currency"]) for name in sums}}
        for told in (one.document() for one in found)
    )
    return _table(exposure_columns, rows)


def _sum(minor: int, currency: str) -> str:
    return finance.format_amount(minor, currency).replace(",", "") if minor else ""


def _table(columns: tuple[str, ...], rows: Iterable[dict[str, object]]) -> str:
    out = io.StringIO()
    table = csv.DictWriter(out, columns, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()
