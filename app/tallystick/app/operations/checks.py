"""Checks that several kinds of processes make."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from tallystick.app.bootstrap import Node
from tallystick.app.minting.backing import kept
from tallystick.app.operations.reasons import (
    BatchesNotKept,
    DatabaseUnreachable,
    DiskLow,
    FolderUnwritable,
)
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


def batches_are_kept(node: Node) -> Check:
    """Raises `BatchesNotKept`."""

    def check() -> None:
        if missing := list(kept(node).told()):
            raise BatchesNotKept(" ".join(missing))

    return check


def seldom(check: Check, every_ms: int) -> Check:
    """Makes the check at most so often, and says meanwhile what came of it last."""
    looked_ns: int | None = None
    found: TallystickError | None = None

    def checked() -> None:
        nonlocal looked_ns, found
        now_ns = time.monotonic_ns()
        if looked_ns is None or (now_ns - looked_ns) // 1_000_000 >= every_ms:
            looked_ns, found = now_ns, None
            try:
                check()
            except TallystickError as error:
                found = error
        if found is not None:
            raise found

    return checked
