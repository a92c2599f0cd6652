"""A log that is on this machine, as a mirror fetches it: what the operator would send, without HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.ledger import tiles
from tallystick.ledger.mirror.stretch import stretch_entries_max, write_stretch
from tallystick.ledger.reader import LogReader
from tallystick.ledger.readers import Reader


@dataclass
class StoreSource:
    """The log behind `log`, cut for `reader`."""

    log: LogReader
    reader: Reader
    entries_max: int = stretch_entries_max

    def newest(self) -> str | None:
        with self.log.open() as snapshot:
            found = snapshot.checkpoint()
        return found[1] if found else None

    def final(self) -> str | None:
        with self.log.open() as snapshot:
            found = snapshot.published_checkpoint()
        return found[1] if found else None

    def stretch(self, first: int, end: int) -> bytes:
        with self.log.open() as snapshot:
            last = min(end, snapshot.size(), first + self.entries_max)
            return write_stretch(snapshot.disclosed(first, last, self.reader))

    def tile(self, path: str) -> bytes:
        level, n, width = tiles.parse_path(path.removeprefix("tile/"))
        with self.log.open() as snapshot:
            return snapshot.tile(int(level), n, width)

    def consistency(self, first: int, second: int) -> Sequence[bytes]:
        with self.log.open() as snapshot:
            return snapshot.consistency(first, second)
