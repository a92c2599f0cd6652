"""Getting what was deleted out of a database's own files: free pages, write-ahead log, recycled segments.

SQLite: connections overwrite what they delete (`secure_delete`), but pages that were split or joined may keep
old copies, and the WAL the pages of before. So: truncate the WAL, VACUUM, truncate it again.
PostgreSQL: rows that were deleted stand in their table until VACUUM FULL rewrites it; the WAL holds them too,
and a segment that is done with is kept under a future name with its old bytes until it is written over. So:
VACUUM FULL, then switch segments, with a checkpoint each, until every segment of before has been written over.
Copies that a file system or disk keeps, archives, base backups and standbys are not reached from here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from tallystick.ledger.errors import TallystickError

Progress = Callable[[int, int], None]
#: Where attachments, their keys, and requests on their way through a mirror stand.
scrubbed_tables = ("attachment", "attachment_key", "sighting")
wal_segments_max = 4096
_segment = re.compile("[0-9A-F]{24}")


class ScrubIncomplete(TallystickError):
    code = "scrub-incomplete"
    status = 503
    title = "Traces of what was erased may still stand in the database's files"
    advice = "Follow the step named; docs/how-to/erase-personal-data.md explains each."


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """`segments`: of the WAL that were written over; `elsewhere`: copies that this server says it makes."""

    segments: int
    elsewhere: tuple[str, ...]


def scrub_database(engine: Engine, progress: Progress) -> Scrubbed:
    """Raises `ScrubIncomplete` with what is left to do."""
    connection: Any = engine.raw_connection()
    try:
        driver = connection.driver_connection
        if engine.dialect.name == "sqlite":
            return _sqlite(driver, progress)
        connection.rollback()
        driver.autocommit = True
        try:
            return _postgresql(driver, progress)
        finally:
            driver.autocommit = False
    except DBAPIError as error:
        raise ScrubIncomplete(str(error.orig)) from None
    except TallystickError:
        raise
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("psycopg", "sqlite3"):
            raise
        raise ScrubIncomplete(str(error)) from None
    finally:
        connection.close()


def _sqlite(driver: Any, progress: Progress) -> Scrubbed:
    progress(0, 3)
    _truncate(driver)
    progress(1, 3)
    driver.execute("VACUUM")
    progress(2, 3)
    _truncate(driver)
    progress(3, 3)
    return Scrubbed(0, ())


def _truncate(driver: Any) -> None:
    busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise ScrubIncomplete("somebody was reading from the WAL: run this again")


def _postgresql(driver: Any, progress: Progress) -> Scrubbed:
    driver.execute("SET statement_timeout = 0")
    driver.execute("SET lock_timeout = 0")
    progress(0, 3)
    for table in scrubbed_tables:
        driver.execute(f"VACUUM (FULL) {table}")
    progress(1, 3)
    before = _current(driver)
    _next_segment(driver)
    last = max([before, *_segments(driver)])
    written = 1
    while _current(driver) <= last:
        _next_segment(driver)
        written += 1
        if written > wal_segments_max:
            raise ScrubIncomplete(f"more than {wal_segments_max} segments of WAL to write over")
    progress(2, 3)
    if kept := [name for name in _segments(driver) if name <= before]:
        slots = [row[0] for row in driver.execute("SELECT slot_name FROM pg_replication_slots")]
        who = f"replication slots {', '.join(slots)}" if slots else "wal_keep_size or the archiver"
        raise ScrubIncomplete(f"{len(kept)} segments of WAL up to {before} are kept by {who}")
    progress(3, 3)
    return Scrubbed(written, tuple(_elsewhere(driver)))


def _next_segment(driver: Any) -> None:
    """The rest of a segment is filled with zeros when it is left."""
    driver.execute("SELECT pg_logical_emit_message(false, 'tallystick', 'scrub')")
    driver.execute("SELECT pg_switch_wal()")
    driver.execute("CHECKPOINT")


def _current(driver: Any) -> str:
    return str(driver.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()[0])


def _segments(driver: Any) -> list[str]:
    names = (row[0] for row in driver.execute("SELECT name FROM pg_ls_waldir()"))
    return sorted(name for name in names if _segment.fullmatch(name))


def _elsewhere(driver: Any) -> list[str]:
    found: list[str] = []
    if driver.execute("SHOW archive_mode").fetchone()[0] != "off":
        found.append("the archive of the WAL")
    standbys = driver.execute("SELECT application_name FROM pg_stat_replication").fetchall()
    return [*found, *(f"standby {name}" for (name,) in standbys)]
