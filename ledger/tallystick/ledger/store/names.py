"""The ids of entries on PostgreSQL: one row for each entry, whichever partition it is in."""

from __future__ import annotations

from sqlalchemy import Connection

names_at_once = 100_000
_differing = (
    "SELECT e.idx FROM entry e LEFT JOIN entry_name n"
    " ON n.entry_id = e.entry_id AND n.author = e.author"
    " WHERE e.idx >= %s AND e.idx < %s AND n.idx IS DISTINCT FROM e.idx ORDER BY e.idx LIMIT 1"
)


def misnamed(connection: Connection) -> str | None:
    """What is not one row of `entry_name` for each row of `entry`, in words."""
    last = connection.exec_driver_sql("SELECT coalesce(max(idx), -1) FROM entry").scalar_one()
    for start in range(0, last + 1, names_at_once):
        row = connection.exec_driver_sql(_differing, (start, start + names_at_once)).one_or_none()
        if row is not None:
            return f"the id of entry {row[0]} is missing or leads elsewhere"
    counts = connection.exec_driver_sql(
        "SELECT (SELECT count(*) FROM entry), (SELECT count(*) FROM entry_name)"
    ).one()
    if counts[0] != counts[1]:
        return f"{counts[1]} ids of {counts[0]} entries"
    return None
