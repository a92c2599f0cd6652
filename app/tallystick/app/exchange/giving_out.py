"""Giving out the records of a prefix: into a file that is there as a whole or not, or into a database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tallystick.identity.exchange import (
    Exported,
    Form,
    Notice,
    TargetRefused,
    beginning,
    exported,
    rows_of,
    table_of,
    written,
)
from tallystick.ledger import Reader, View

records_at_once = 200
notices_kept_max = 1000
Tick = Callable[[int, int], None]


@dataclass
class GivingOut:
    """Writes what the reader may read of the records under a prefix."""

    view: View
    reader: Reader
    prefix: str
    tick: Tick
    records: int = 0
    noticed: int = 0
    notices: list[Notice] = field(default_factory=list)

    def to_file(self, form: Form, path: Path) -> None:
        """Raises `TargetRefused`."""
        part = path.with_name(f".{path.name}.part")
        try:
            with part.open("w", encoding="utf-8", newline="") as stream:
                for text in self._texts(form):
                    stream.write(text)
            part.replace(path)
        except OSError as error:
            raise TargetRefused(f"{path}: {error.strerror}") from None
        finally:
            part.unlink(missing_ok=True)

    def to_output(self, form: Form) -> None:
        for text in self._texts(form):
            sys.stdout.write(text)

    def to_database(self, address: str) -> None:
        """Raises `TargetRefused`; then nothing is written."""
        with closing(table_of(address)) as table:
            table.write(self._rows())

    def _texts(self, form: Form) -> Iterator[str]:
        yield from beginning(form, self.view, self.prefix)
        for one in self._all():
            text, left = written(form, one)
            self._notice(left)
            yield text

    def _rows(self) -> Iterator[list[dict[str, Any]]]:
        held: list[dict[str, Any]] = []
        for one in self._all():
            rows, left = rows_of(one)
            self._notice(left)
            held += rows
            if self.records % records_at_once == 0:
                yield held
                held = []
        yield held

    def _all(self) -> Iterator[Exported]:
        for one in exported(self.view, self.reader, self.prefix):
            self.records += 1
            self.tick(self.records, 0)
            yield one

    def _notice(self, left: list[Notice]) -> None:
        self.noticed += len(left)
        self.notices += left[: max(0, notices_kept_max - len(self.notices))]
