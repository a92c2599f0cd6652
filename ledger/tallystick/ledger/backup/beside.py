"""Files that belong to a log and lie beside its database, such as the leaves of batches: kept in its backups.

Another part knows which they are. It puts them into the folder of a new backup, for the log as it was copied, and
takes them from one that is restored, once the log in it was replayed. SHA256SUMS lists them with the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tallystick.ledger.backup import layout
from tallystick.ledger.backup.errors import BackupFileChanged, BackupFileMissing
from tallystick.ledger.store import Store


@dataclass(frozen=True, slots=True)
class Files:
    """Those in a backup: hex SHA-256 by name, relative to its folder."""

    folder: Path
    sums: Mapping[str, str]

    def copy(self, name: str, path: Path) -> None:
        """Into a new file; raises `BackupFileMissing`, `BackupFileChanged`."""
        if name not in self.sums:
            raise BackupFileMissing(name)
        hashed = hashlib.sha256()
        with layout.open_plain(self.folder, name) as source, path.open("xb") as to:
            while data := source.read(layout.read_at_once):
                to.write(data)
                hashed.update(data)
        if hashed.hexdigest() != self.sums[name]:
            raise BackupFileChanged(name)


#: (the log as copied, the new backup's folder) to the names of what was put there.
Put = Callable[[Store, Path], Sequence[str]]
#: (the log as replayed, what lies beside it); raises if it does not fit the log.
Take = Callable[[Store, Files], None]
