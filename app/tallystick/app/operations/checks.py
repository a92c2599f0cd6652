"""Checks that several kinds of processes make."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from tallystick.app.operations.reasons import DatabaseUnreachable, DiskLow, FolderUnwritable
from tallystick.app.operations.watchman import Check
from tallystick.ledger import Store, TallystickError, sync_path

probe_bytes = 4096


def database_answers(store: Store) -> Check:
    """Raises `DatabaseUnreachable`."""

    def check() -> None:
        try:
            with store.read() as transaction:
                transaction.tree()
        except TallystickError as error:
            raise DatabaseUnreachable(f"{error.code}: {error.detail}") from None

    return check


def disk_has_room(folders: Iterable[Path], bytes_min: int) -> Check:
    """Raises `DiskLow`."""

    def check() -> None:
        for folder in folders:
            try:
                free = shutil.disk_usage(folder).free
            except OSError as error:
                raise DiskLow(f"{folder}: {error.strerror}") from None
            if free < bytes_min:
                raise DiskLow(f"{folder}: {free:,} bytes are free, {bytes_min:,} are asked for")

    return check


def folder_takes_files(folder: Path) -> Check:
    """A file is really written and flushed, and taken away again; raises `FolderUnwritable`."""

    def check() -> None:
        path = folder / f".probe-{os.getpid()}"
        try:
            path.write_bytes(bytes(probe_bytes))
            sync_path(path)
        except OSError as error:
            raise FolderUnwritable(f"{folder}: {error.strerror}") from None
        finally:
            path.unlink(missing_ok=True)

    return check


def data_folders(home: Path, database: str) -> list[Path]:
    """The home folder, and that of an SQLite database elsewhere."""
    scheme, _, path = database.partition(":///")
    if not scheme.startswith("sqlite") or not path:
        return [home]
    beside = Path(path.partition("?")[0]).parent
    return [home] if beside == home else [home, beside]
