"""Figures by day: how often something was asked for, added up by any number of processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from tallystick.ledger.store import tables

days_read_max = 4000
_d = tables.daily_count.c


class DailyFigures:
    """Queries and writes on the table in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, rows: Sequence[tuple[str, str, str, int]]) -> None:
        """Rows of subject, day, what and how often more; in one order, so that two processes do not wait in turn."""
        if not rows:
            return
        server = self._connection.dialect.name == "postgresql"
        insert = (postgresql if server else sqlite).insert(tables.daily_count)
        more = insert.on_conflict_do_update(
            index_elements=[_d.subject, _d.day, _d.what],
            set_={"count": _d["count"] + insert.excluded["count"]},
        )
        names = ("subject", "day", "what", "count")
        self._connection.execute(more, [dict(zip(names, row, strict=True)) for row in sorted(rows)])

    def claim(self, subject: str, day: str, what: str, more: int, most: int) -> int:
        """Count so many more; how many of them are within `most`, whoever else counts at the same time."""
        server = self._connection.dialect.name == "postgresql"
        insert = (postgresql if server else sqlite).insert(tables.daily_count)
        row = {"subject": subject, "day": day, "what": what, "count": more}
        counted = insert.values(row).on_conflict_do_update(
            index_elements=[_d.subject, _d.day, _d.what],
            set_={"count": _d["count"] + insert.excluded["count"]},
        )
        total: int = self._connection.execute(counted.returning(_d["count"])).scalar_one()
        return max(0, min(more, most - (total - more)))

    def of(self, subject: str, first: str, last: str) -> Mapping[str, Mapping[str, int]]:
        """Day → what → how often, for the newest of the days from `first` to `last`."""
        query = (
            select(_d.day, _d.what, _d["count"])
            .where(_d.subject == subject, _d.day >= first, _d.day <= last)
            .order_by(_d.day.desc(), _d.what)
            .limit(days_read_max)
        )
        found: dict[str, dict[str, int]] = {}
        for day, what, count in self._connection.execute(query):
            found.setdefault(day, {})[what] = count
        return found
