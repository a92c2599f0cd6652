"""All SQL of a device's queue; what it must hold to is said in `queue`."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tallystick.ledger import Attachment, Submission, no_prev
from tallystick.scanners.queue_errors import QueueUnusable

busy_seconds_max = 30.0
schema_version = 1

State = Literal["pending", "sent", "acknowledged", "refused"]

_schema = """
CREATE TABLE stream (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    author TEXT NOT NULL, origin TEXT NOT NULL,
    next_seq INTEGER NOT NULL, prev TEXT NOT NULL
);
CREATE TABLE receipt (number INTEGER PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'acknowledged', 'refused')),
    size INTEGER NOT NULL,
    envelope BLOB NOT NULL, body BLOB NOT NULL, salt BLOB NOT NULL,
    leaf_index INTEGER, code TEXT, problem TEXT,
    receipt INTEGER REFERENCES receipt (number)
);
CREATE INDEX entry_waiting ON entry (state, seq, size);
CREATE INDEX entry_receipt ON entry (receipt);
CREATE TABLE attachment (
    seq INTEGER NOT NULL REFERENCES entry (seq) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    type TEXT NOT NULL, grade TEXT NOT NULL, salt BLOB NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (seq, position)
);
"""
_waits = "state IN ('pending', 'sent')"


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next entry of the stream stands."""

    seq: int
    prev: str


@dataclass(frozen=True, slots=True)
class Queued:
    """One entry of the queue. `leaf_index` and `code` are the node's answer; `problem` says why it was
    not appended when it was last sent."""

    seq: int
    id: str
    state: State
    submission: Submission
    leaf_index: int | None = None
    code: str | None = None
    problem: str | None = None


class Store:
    """One SQLite file behind one lock; every method but `transaction` runs inside a transaction."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # The queue holds what only the parties may read.
            path.touch(mode=0o600, exist_ok=True)
            self.db = sqlite3.connect(
                path, timeout=busy_seconds_max, isolation_level=None, check_same_thread=False
            )
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "fullfsync = ON"):
                self.db.execute(f"PRAGMA {pragma}")
            self.db.execute("PRAGMA foreign_keys = ON")
        except (sqlite3.Error, OSError) as error:
            raise QueueUnusable(f"{path}: {error}") from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when left; raises `QueueUnusable` for what SQLite raises."""
        with self._lock:
            try:
                self.db.execute("BEGIN IMMEDIATE")
                yield
                self.db.execute("COMMIT")
            except sqlite3.Error as error:
                raise QueueUnusable(str(error)) from error
            finally:
                self._roll_back()

    def close(self) -> None:
        with self._lock:
            self.db.close()

    def owner(self, author: str, origin: str) -> tuple[str, str]:
        """Author and origin of the stream; a new file becomes that of the given ones."""
        (version,) = self.db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in filter(None, map(str.strip, _schema.split(";"))):
                self.db.execute(statement)
            self.db.execute("INSERT INTO stream VALUES (1, ?, ?, 0, ?)", (author, origin, no_prev))
            self.db.execute(f"PRAGMA user_version = {schema_version}")
        elif version != schema_version:
            raise QueueUnusable(f"its layout {version} is not layout {schema_version}")
        found = self.db.execute("SELECT author, origin FROM stream").fetchone()
        return str(found[0]), str(found[1])

    def position(self) -> Position:
        return Position(*self.db.execute("SELECT next_seq, prev FROM stream").fetchone())

    def move_on(self, position: Position) -> None:
        self.db.execute("UPDATE stream SET next_seq = ?, prev = ?", (position.seq, position.prev))

    def insert(self, seq: int, entry_id: str, submission: Submission) -> None:
        parts = submission.attachments
        size = len(submission.envelope) + len(submission.body) + sum(len(p.data) for p in parts)
        self.db.execute(
            "INSERT INTO entry (seq, id, state, size, envelope, body, salt)"
            " VALUES (?, ?, 'pending', ?, ?, ?, ?)",
            (seq, entry_id, size, submission.envelope, submission.body, submission.salt),
        )
        self.db.executemany(
            "INSERT INTO attachment VALUES (?, ?, ?, ?, ?, ?)",
            [(seq, n, p.type, p.grade, p.salt, p.data) for n, p in enumerate(parts)],
        )

    def waiting_total(self) -> tuple[int, int]:
        """Entries and bytes that wait."""
        row = self.db.execute(
            f"SELECT count(*), coalesce(sum(size), 0) FROM entry WHERE {_waits}"
        ).fetchone()
        return int(row[0]), int(row[1])

    def waiting_sizes(self, entries_max: int) -> list[tuple[int, int]]:
        """(seq, bytes) of what waits, in stream order."""
        return self.db.execute(
            f"SELECT seq, size FROM entry WHERE {_waits} ORDER BY seq LIMIT ?", (entries_max,)
        ).fetchall()

    def read(self, seq: int) -> Queued | None:
        row = self.db.execute(
            "SELECT id, state, envelope, body, salt, leaf_index, code, problem"
            " FROM entry WHERE seq = ?",
            (seq,),
        ).fetchone()
        if row is None:
            return None
        parts = self.db.execute(
            "SELECT type, data, salt, grade FROM attachment WHERE seq = ? ORDER BY position", (seq,)
        ).fetchall()
        attachments = tuple(Attachment(*part) for part in parts)
        return Queued(
            seq, row[0], row[1], Submission(row[2], row[3], row[4], attachments), *row[5:]
        )

    def counts(self) -> dict[State, int]:
        return dict(self.db.execute("SELECT state, count(*) FROM entry GROUP BY state").fetchall())

    def mark_sent(self, seqs: Sequence[int]) -> None:
        self.db.executemany(
            "UPDATE entry SET state = 'sent' WHERE seq = ? AND state = 'pending'",
            [(seq,) for seq in seqs],
        )

    def add_receipt(self, document: str) -> int:
        row = self.db.execute("INSERT INTO receipt (document) VALUES (?)", (document,))
        return int(row.lastrowid or 0)

    def receipt(self, seq: int) -> str | None:
        row = self.db.execute(
            "SELECT document FROM receipt JOIN entry ON receipt = number WHERE seq = ?", (seq,)
        ).fetchone()
        return None if row is None else str(row[0])

    def settle(
        self, seq: int, state: State, leaf_index: int, code: str | None, receipt: int
    ) -> None:
        """Only what still waits is settled: the first verdict stands."""
        self.db.execute(
            "UPDATE entry SET state = ?, leaf_index = ?, code = ?, problem = NULL, receipt = ?"
            f" WHERE seq = ? AND {_waits}",
            (state, leaf_index, code, receipt, seq),
        )

    def note_problem(self, seq: int, problem: str) -> None:
        self.db.execute(f"UPDATE entry SET problem = ? WHERE seq = ? AND {_waits}", (problem, seq))

    def unsettle_from(self, seq: int) -> None:
        self.db.execute(
            "UPDATE entry SET state = 'pending', leaf_index = NULL, code = NULL, receipt = NULL"
            " WHERE seq >= ?",
            (seq,),
        )

    def prune(self, keep: int) -> int:
        """Drop settled entries before the newest `keep` and before anything that waits."""
        last = self.db.execute(
            f"SELECT seq FROM entry WHERE NOT {_waits} ORDER BY seq DESC LIMIT 1 OFFSET ?", (keep,)
        ).fetchone()
        first = self.db.execute(f"SELECT min(seq) FROM entry WHERE {_waits}").fetchone()[0]
        end = 0 if last is None else last[0] + 1 if first is None else min(first, last[0] + 1)
        dropped = self.db.execute("DELETE FROM entry WHERE seq < ?", (end,)).rowcount
        self.db.execute(
            "DELETE FROM receipt WHERE NOT EXISTS (SELECT 1 FROM entry WHERE receipt = number)"
        )
        return dropped

    def _roll_back(self) -> None:
        try:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise QueueUnusable(str(error)) from error
