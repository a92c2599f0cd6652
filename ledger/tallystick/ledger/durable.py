"""Replacing a small file so that a crash leaves the old one or the new one, whole."""

from __future__ import annotations

import os
from pathlib import Path


def replace_durably(path: Path, data: bytes, *, secret: bool = False) -> None:
    """Durable when it returns: file and folder are synced. Raises OSError, and then the old file stands.

    `secret`: from the first byte on for its owner alone.
    """
    _make_folder(path.parent)
    fresh = path.with_suffix(".new")
    if secret:
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_path(path.parent)


def sync_path(path: Path) -> None:
    """Sync a file, or the names in a folder."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _make_folder(path: Path) -> None:
    """The folder and those above it, each with its name synced."""
    if not path.is_dir():
        _make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync_path(path.parent)
