"""The folder of an export: files read without following links, and written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from tallystick.ledger.durable import sync_path
from tallystick.ledger.export.errors import (
    ExportChanged,
    ExportMissing,
    ExportPathRefused,
    ExportUnwritable,
)

read_at_once = 1 << 20


class ReadFolder:
    """Files below a folder by their names in the export. Names come from `layout` alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._plain: set[Path] = {path}
        if not path.is_dir():
            raise ExportMissing(f"{path} is no folder")

    def open(self, name: str) -> BinaryIO:
        """Raises `ExportMissing`, `ExportPathRefused`."""
        path = self.path / name
        try:
            self._check_folder(path.parent)
            # Non-blocking, so that a pipe put in a file's place cannot hold us.
            opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            raise ExportMissing(name) from None
        except OSError as error:
            raise ExportPathRefused(f"{name}: {error.strerror}") from None
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            os.close(opened)
            raise ExportPathRefused(f"{name} is no plain file")
        return os.fdopen(opened, "rb")

    def read(self, name: str, bytes_max: int) -> bytes:
        """A small file; raises `ExportChanged` if it is larger than any such file."""
        with self.open(name) as file:
            data = file.read(bytes_max + 1)
        if len(data) > bytes_max:
            raise ExportChanged(f"{name} has more than {bytes_max} bytes")
        return data

    def digest(self, name: str) -> str:
        """Hex SHA-256 of a file of any size."""
        hashed = hashlib.sha256()
        with self.open(name) as file:
            while data := file.read(read_at_once):
                hashed.update(data)
        return hashed.hexdigest()

    def _check_folder(self, path: Path) -> None:
        if path in self._plain:
            return
        self._check_folder(path.parent)
        if not stat.S_ISDIR(path.lstat().st_mode):
            raise ExportPathRefused(f"{path.relative_to(self.path)} is a link or no folder")
        self._plain.add(path)


class Fresh:
    """A file being written under another name until it is whole."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._path = folder / name
        self._new = self._path.with_name(f".{self._path.name}.{os.getpid()}.new")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._new.open("wb")
        self._hashed = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._hashed.update(data)
        self.bytes += len(data)

    def keep(self) -> str:
        """Give it its name; hex SHA-256. It is durable after `WriteFolder.sync`."""
        self._file.close()
        self._new.replace(self._path)
        return self._hashed.hexdigest()

    def drop(self) -> None:
        with suppress(OSError):
            self._file.close()
            self._new.unlink(missing_ok=True)


class WriteFolder:
    """Writes files by name, and counts what it wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = self.bytes = 0
        self._unsynced: list[Path] = []

    def put(self, name: str, chunks: Iterable[bytes]) -> str:
        """Write a file whole; hex SHA-256. Raises `ExportUnwritable`."""
        fresh = self.fresh(name)
        try:
            for chunk in chunks:
                fresh.write(chunk)
            return self.keep(fresh)
        except OSError as error:
            raise ExportUnwritable(f"{name}: {error.strerror}") from error
        finally:
            fresh.drop()

    def fresh(self, name: str) -> Fresh:
        try:
            return Fresh(self.path, name)
        except OSError as error:
            raise ExportUnwritable(f"{name}: {error.strerror}") from error

    def keep(self, fresh: Fresh) -> str:
        digest = fresh.keep()
        self.files += 1
        self.bytes += fresh.bytes
        self._unsynced.append(self.path / fresh.name)
        return digest

    def sync(self) -> None:
        """Make everything written so far durable, names included."""
        try:
            for path in self._unsynced:
                sync_path(path)
            for folder in {parent for path in self._unsynced for parent in path.parents}:
                if folder == self.path or self.path in folder.parents:
                    sync_path(folder)
        except OSError as error:
            raise ExportUnwritable(str(error)) from error
        self._unsynced.clear()

    def remove(self, names: Iterable[str]) -> None:
        """Remove what a newer file replaced, and folders that hold nothing any more."""
        for name in names:
            path = self.path / name
            with suppress(OSError):
                path.unlink(missing_ok=True)
                path.parent.rmdir()
