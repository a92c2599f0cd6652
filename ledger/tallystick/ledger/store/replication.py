"""What a commit on PostgreSQL was confirmed by.

With `synchronous_standby_names` a COMMIT returns when the standbys have flushed it. If that wait is cancelled
(a statement's timeout, an administrator), COMMIT succeeds with a WARNING: the transaction stands here, visible to
everybody, and may be on no other machine. Such a commit is not acknowledged (PostgreSQL documentation,
"Synchronous Replication"; research, ledger §4.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from tallystick.ledger.errors import TallystickError

#: How long a commit waits for standbys.
confirm_timeout_ms = 10_000
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

    def before_commit(self, connection: Connection) -> None:
        """Raises `StandbysTooFew`, and then nothing is committed."""
        if self.standbys:
            self._require(connection)
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {self.timeout_ms}")
        connection.info[_notices].clear()

    def after_commit(self, connection: Connection) -> None:
        """Raises `ReplicationUnconfirmed`: the transaction is committed here, and perhaps nowhere else."""
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

    def _require(self, connection: Connection) -> None:
        found = waited_for(connection.exec_driver_sql(_asked).scalar_one())
        if found < self.standbys:
            raise StandbysTooFew(f"it waits for {found}, {self.standbys} are required")


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
