"""SQLite's counterpart of a role that may not change entries: triggers that refuse it.

They stop a mistake, and whoever has no other way in than SQL by mistake. Whoever owns the file can drop them, as
the owner of PostgreSQL's tables can grant; the audit finds what was changed all the same.
"""

from __future__ import annotations

from sqlalchemy import Connection

_verbs = ("UPDATE", "DELETE")


def install(connection: Connection) -> None:
    for verb in _verbs:
        connection.exec_driver_sql(
            f"CREATE TRIGGER IF NOT EXISTS {_name(verb)} BEFORE {verb} ON entry "
            "BEGIN SELECT RAISE(ABORT, 'entries are never changed nor removed'); END"
        )


def drop(connection: Connection) -> None:
    """For tests that play somebody who owns the file."""
    for verb in _verbs:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {_name(verb)}")


def _name(verb: str) -> str:
    return f"entry_refuses_{verb.lower()}"
