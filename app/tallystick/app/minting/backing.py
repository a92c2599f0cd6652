"""The leaves of batches in a backup of the log and back, checked against its roots; their secrets are only named.

Secrets are keys and are copied as the other keys are (docs/how-to/back-up-and-restore.md).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.app.bootstrap import Node
from tallystick.app.progress import progress
from tallystick.identity import minting
from tallystick.ledger import LogReader, Store, View, backup


def kept(node: Node, *, everybodys: bool = False) -> minting.Kept:
    """What of the log's batches is here. Of secrets only those that belong here, unless `everybodys`."""
    with node.look() as view:
        holds = (lambda _author: True) if everybodys else _holds(node, view)
        return minting.kept(view, minting.Folder(node.settings.folder), holds)


@dataclass
class LeavesInBackup:
    """One backup or one restore. `missing`: batches without leaves, once it is done."""

    node: Node
    missing: list[str] = field(default_factory=list)

    @property
    def folder(self) -> minting.Folder:
        return minting.Folder(self.node.settings.folder)

    def put(self, copied: Store, to: Path) -> Sequence[str]:
        """Leaves that are not whole are left out, and named."""

        def is_whole(batch: minting.Batch) -> bool:
            path = to / minting.file_name(batch)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                shutil.copyfile(self.node.settings.folder / minting.file_name(batch), path)
                minting.check_leaves(path, batch)
            except (FileNotFoundError, minting.LeavesDamaged):
                path.unlink(missing_ok=True)
                return False
            return True

        with self._look(copied) as view, progress("leaves") as tick:
            whole, self.missing = minting.sort_out(view, is_whole, tick)
        return [minting.file_name(batch) for batch in whole]

    def check(self, staged: Store, files: backup.Files) -> None:
        """Raises `LeavesDamaged` or why a file of the backup is refused; changes nothing."""
        self._take(staged, files, adopt=False)

    def take(self, staged: Store, files: backup.Files) -> None:
        """As `check`, and puts them in their places."""
        self._take(staged, files, adopt=True)

    def _take(self, staged: Store, files: backup.Files, *, adopt: bool) -> None:
        home = self.node.settings.folder
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix="leaves-", dir=home) as place:

            def path_of(batch: minting.Batch) -> Path:
                return Path(place) / batch.name.replace("/", "_")

            def is_whole(batch: minting.Batch) -> bool:
                name = minting.file_name(batch)
                if name in files.sums:
                    files.copy(name, path_of(batch))
                    minting.check_leaves(path_of(batch), batch)
                return name in files.sums

            with self._look(staged) as view, progress("leaves") as tick:
                whole, self.missing = minting.sort_out(view, is_whole, tick)
            for batch in whole if adopt else ():
                minting.adopt(self.folder, batch, path_of(batch))

    def lacks(self) -> Iterator[str]:
        """Sentences on what the backup has not; the secrets are looked for here."""
        yield from minting.Kept(without_leaves=tuple(self.missing)).told("in the backup")

    @contextmanager
    def _look(self, store: Store) -> Iterator[View]:
        with LogReader(store, self.node.rules).open() as snapshot:
            yield snapshot.view


def _holds(node: Node, view: View) -> minting.Holds:
    """Secrets of what an author issued belong here if a key of the author does; others keep theirs themselves."""

    def holds(author: str) -> bool:
        return any(node.keys.has(one.reference) for one in node.directory.keys_of(view, author))

    return holds
