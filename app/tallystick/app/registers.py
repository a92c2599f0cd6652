"""A register: rows in one JSON file of the home folder, which commands change and a node that serves reads.

One command changes it at a time, under a lock beside it, and replaces it whole. Read again whenever the file
changes, so that adding and removing need no restart. Nobody but the node's own user may read the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from filelock import FileLock, Timeout
from pydantic import ValidationError

from tallystick.ledger import TallystickError, replace_durably

lock_timeout_s = 5.0
Row = TypeVar("Row")
Rows = tuple[Row, ...]


@dataclass(frozen=True)
class Kind(Generic[Row]):
    """What all registers of a kind share. `key`: by which a row is found; no two rows have one.

    `read` may raise `ValidationError`; then `damaged` is raised. `busy`: somebody else changes it all the time.
    """

    file: str
    read: Callable[[bytes], Rows[Row]]
    write: Callable[[Rows[Row]], Mapping[str, Any]]
    key: Callable[[Row], str]
    damaged: type[TallystickError]
    busy: type[TallystickError]


class Register(Generic[Row]):
    """The rows of a kind in a home folder."""

    def __init__(self, kind: Kind[Row], home: Path) -> None:
        self._kind, self._home = kind, home
        self._path = home / kind.file
        self._known: Mapping[str, Row] = {}
        self._stamp: tuple[int, int] | None = None

    def rows(self) -> Rows[Row]:
        """As the file has them now; none if there is no file. Raises the kind's `damaged`."""
        try:
            return self._kind.read(self._path.read_bytes())
        except FileNotFoundError:
            return ()
        except (OSError, ValidationError):
            raise self._kind.damaged(str(self._path)) from None

    def known(self) -> Mapping[str, Row]:
        """By key, read again only if the file is another one than last time. Raises the kind's `damaged`."""
        stamp = self._stamped()
        if stamp != self._stamp:
            self._known = {self._kind.key(row): row for row in self.rows()}
            self._stamp = stamp
        return self._known

    def change(self, work: Callable[[Rows[Row]], Rows[Row]]) -> None:
        """Write what `work` makes of the rows, unless it raises. Raises the kind's `busy` and `damaged`."""
        with self._locked():
            before = self.rows()
            after = work(before)
            if after != before:
                told = json.dumps(self._kind.write(after), ensure_ascii=False, indent=1)
                replace_durably(self._path, told.encode(), secret=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(self._path.with_suffix(".lock"))
        try:
            with lock.acquire(timeout=lock_timeout_s):
                yield
        except Timeout:
            raise self._kind.busy(str(self._home)) from None

    def _stamped(self) -> tuple[int, int]:
        try:
            told = self._path.stat()
        except OSError:
            return (0, 0)
        return told.st_mtime_ns, told.st_ino
