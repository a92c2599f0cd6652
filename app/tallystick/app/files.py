"""Files that a command is given."""

from __future__ import annotations

from pathlib import Path

from tallystick.ledger import TallystickError

file_bytes_max = 1024 * 1024


class FileUnreadable(TallystickError):
    code = "file-unreadable"
    status = 400
    title = "The file cannot be read"
    advice = "Check the path, and that it is the file as it was received."


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


def read_text(path: Path) -> str:
    """Raises `FileUnreadable`."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError:
        raise FileUnreadable(f"{path}: it is not UTF-8") from None
