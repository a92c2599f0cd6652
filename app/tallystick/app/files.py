"""Files that a command is given."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tallystick.ledger import TallystickError, replace_durably

file_bytes_max = 1024 * 1024
document_bytes_max = 64 * 1024 * 1024


class FileUnreadable(TallystickError):
    code = "file-unreadable"
    status = 400
    title = "The file cannot be read"
    advice = "Check the path, and that it is the file as it was received."


class FileUnwritable(TallystickError):
    code = "file-unwritable"
    status = 507
    title = "The file cannot be written"
    advice = "Check that the folder is yours, the disk has room, and no folder has this name."


def write_file(path: Path, data: bytes) -> None:
    """Whole or not at all. Raises `FileUnwritable`."""
    try:
        replace_durably(path, data)
    except OSError as error:
        raise FileUnwritable(f"{path}: {error.strerror}") from None


def read_bytes(path: Path, bytes_max: int = file_bytes_max) -> bytes:
    """Raises `FileUnreadable`."""
    try:
        with path.open("rb") as file:
            data = file.read(bytes_max + 1)
    except OSError as error:
        raise FileUnreadable(f"{path}: {error.strerror}") from None
    if len(data) > bytes_max:
        raise FileUnreadable(f"{path}: more than {bytes_max} bytes")
    return data


def sha256_of(path: Path) -> str:
    """Hex, of a document of which nothing but the digest is said. Raises `FileUnreadable`."""
    return hashlib.sha256(read_bytes(path, document_bytes_max)).hexdigest()


def read_text(path: Path) -> str:
    """Raises `FileUnreadable`."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError:
        raise FileUnreadable(f"{path}: it is not UTF-8") from None
