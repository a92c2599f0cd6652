"""Documents read together, before they are asked for one by one.

By the driver's own cursor: this stands between a question and its answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlalchemy import Connection

names_at_once = 512
#: SQLite's statements differ by how many names they take: so many lengths less are prepared, and remembered.
_step = 8
_server_select = "SELECT name, value FROM document WHERE kind = %s AND part = '' AND name = ANY(%s)"
_between = "SELECT 1 FROM document WHERE kind = {0} AND name >= {0} AND name <= {0} LIMIT 1"


class ReadAhead:
    """Of one connection, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._cursor = connection.connection.cursor()
        self._on_server = connection.dialect.name == "postgresql"
        self._any_between = _between.format("%s" if self._on_server else "?")

    def stored(self, kind: str, names: Sequence[str]) -> Mapping[str, str]:
        """By name, the documents of a kind with the empty part, as they are stored; those that there are."""
        found: dict[str, str] = {}
        for start in range(0, len(names), names_at_once):
            found.update(self._stored(kind, [*names[start : start + names_at_once]]))
        return found

    def _stored(self, kind: str, names: list[str]) -> Sequence[tuple[str, str]]:
        # Some kinds have few documents, and none near these: one look instead of many.
        self._cursor.execute(self._any_between, (kind, min(names), max(names)))
        if self._cursor.fetchone() is None:
            return ()
        if self._on_server:
            self._cursor.execute(_server_select, (kind, names))
        else:
            names += names[-1:] * (-len(names) % _step)
            self._cursor.execute(_select(len(names)), (kind, *names))
        return self._cursor.fetchall()


@lru_cache(maxsize=names_at_once // _step)
def _select(count: int) -> str:
    marks = ", ".join("?" * count)
    return f"SELECT name, value FROM document WHERE kind = ? AND part = '' AND name IN ({marks})"
