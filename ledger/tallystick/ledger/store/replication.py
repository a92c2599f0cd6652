"""What a commit on PostgreSQL was confirmed by.

With `synchronous_standby_names` a COMMIT returns when the standbys have flushed it. If that wait is cancelled (by
us after a while, or by an administrator), COMMIT succeeds with a WARNING: the transaction stands here, visible to
everybody, and may be on no other machine. Such a commit is not acknowledged (PostgreSQL documentation,
"Synchronous Replication"; research, ledger §4.2). The server's own timeouts do not end that wait.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import Connection

from tallystick.ledger.errors import TallystickError

#: How long a commit waits for standbys.
confirm_timeout_ms = 10_000
cancel_timeout_s = 5
_notices = "tallystick_notices"
_listed = re.compile(r"\s*(?:(?:ANY|FIRST)\s+)?(\d+)\s*\(.*\)\s*", re.IGNORECASE | re.DOTALL)
_asked = "SELECT current_setting('synchronous_standby_names')"


class ReplicationUnconfirmed(TallystickError):
    code = "replication-unconfirmed"
    status = 503
    title = "No standby has confirmed what was committed here"
    advice = (
        "Bring a standby back, then send the same entries again: they stand in this database, and their "
        "first receipt is given as soon as they are replicated."
    )


class StandbysTooFew(TallystickError):
    code = "standbys-too-few"
    status = 503
    title = "The database server waits for fewer standbys than this log requires"
    advice = (
        "Set synchronous_standby_names to `ANY k (…)` with k at least TALLYSTICK_STANDBYS_REQUIRED, and "
        "reload the server; or require fewer, and receipts say less."
    )


@dataclass(frozen=True, slots=True)
class Replication:
    """How many standbys must confirm each commit; with 0, as many as the server itself waits for."""

    standbys: int = 0
    timeout_ms: int = field(default=confirm_timeout_ms)

    def commit(self, connection: Connection) -> None:
        """Raises `StandbysTooFew`, and then nothing is committed; `check` says whether the standbys have it."""
        connection.info[_notices].clear()
        if not self.standbys:
            connection.commit()
        else:
            self._require(connection)
            with self._at_most(connection):
                connection.commit()

    def check(self, connection: Connection) -> None:
        """After `commit`; raises `ReplicationUnconfirmed`: it is committed here, and perhaps nowhere else."""
        # Nothing else warns in a COMMIT; the text is in the server's language, and has no code of its own.
        for severity, said in connection.info[_notices]:
            if severity == "WARNING":
                raise ReplicationUnconfirmed(said)
        if self.standbys:
            # Somebody may have changed the setting while the commit was on its way.
            try:
                self._require(connection)
            except StandbysTooFew as error:
                raise ReplicationUnconfirmed(error.detail) from None

    @contextmanager
    def _at_most(self, connection: Connection) -> Iterator[None]:
        driver: Any = connection.connection.driver_connection
        timer = threading.Timer(self.timeout_ms / 1000, _cancel, (driver,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _require(self, connection: Connection) -> None:
        found = waited_for(connection.exec_driver_sql(_asked).scalar_one())
        if found < self.standbys:
            raise StandbysTooFew(f"it waits for {found}, {self.standbys} are required")


def _cancel(connection: Any) -> None:
    """End the wait, from another thread; a connection that is gone has ended it already."""
    with suppress(psycopg.Error):
        connection.cancel_safe(timeout=cancel_timeout_s)


def listen(connection: Any, record: Any) -> None:
    """Keep the server's notices of a new connection of the driver."""
    heard: list[tuple[str, str]] = []
    record.info[_notices] = heard
    connection.add_notice_handler(
        lambda told: heard.append((told.severity_nonlocalized or "", told.message_primary or ""))
    )


def waited_for(names: str) -> int:
    """How many standbys a commit waits for under this value of `synchronous_standby_names`."""
    listed = _listed.fullmatch(names)
    if listed:
        return int(listed[1])
    return 1 if names.strip() else 0
