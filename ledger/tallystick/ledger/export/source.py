"""An export as an audit goes through it: in pieces, which other processes read from the folder themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from tallystick.ledger import tiles
from tallystick.ledger.attended import Name, held_in
from tallystick.ledger.auditing.pieces import spans
from tallystick.ledger.export.errors import ExportRecordRefused
from tallystick.ledger.export.read import Export
from tallystick.ledger.replayed import Record, Replayed
from tallystick.ledger.rules import RuleSet


class ExportPiece:
    """Some entries of an export; in the process that audits, of the one it opened."""

    def __init__(self, folder: Path, start: int, end: int, own: Export | None = None) -> None:
        self.folder, self.start, self.end = folder, start, end
        self._own = own

    def __reduce__(self) -> tuple[type[ExportPiece], tuple[Path, int, int]]:
        return ExportPiece, (self.folder, self.start, self.end)

    def rows(self, rules: RuleSet) -> Iterator[Record]:
        """Raises `ExportRefused`."""
        export = self._export()
        for n in range(self.start // tiles.width, -(-self.end // tiles.width)):
            for record in export.stretch(rules, n):
                if self.start <= record.index < self.end:
                    yield replace(record, gone=record.index in export.erased)

    def leaf_tile(self, n: int) -> bytes | None:
        return self._export().tile(0, n)[1]

    def _export(self) -> Export:
        return self._own or _opened(self.folder)


class ExportSource:
    """A full export whose sums were checked."""

    def __init__(self, export: Export, rules: RuleSet) -> None:
        self._export, self._rules = export, rules
        self.size = export.size

    def pieces(self, start: int) -> Iterator[ExportPiece]:
        for low, high in spans(start, self.size):
            yield ExportPiece(self._export.path, low, high, self._export)

    def leaf(self, index: int) -> bytes | None:
        return self._export.leaf(index)

    def record(self, index: int) -> Record | None:
        return self._export.record(self._rules, index)

    def still_there(self, names: Sequence[Name]) -> Sequence[Name]:
        return held_in(self.record, names)

    def root(self, size: int) -> bytes:
        return self._export.root(size)

    def check(self, row: Record, done: Replayed) -> None:
        check_attachments(done, erased=row.gone)


def check_attachments(done: Replayed, *, erased: bool) -> None:
    """Raises `ExportRecordRefused` where attachments are neither there nor marked as erased."""
    if done.missing and not erased:
        raise ExportRecordRefused(f"attachments of entry {done.record.index} are left out")


@lru_cache(maxsize=1)
def _opened(folder: Path) -> Export:
    """In a process that only reads it: its sums were checked by the one that asks."""
    return Export(folder)
