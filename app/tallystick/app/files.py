"""Files that a command is given."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from tallystick.ledger import TallystickError, replace_durably

file_bytes_max = 1024 * 1024
document_bytes_max = 64 * 1024 * 1024
wrong_fields_shown_max = 10
M = TypeVar("M", bound=BaseModel)


class FileUnreadable(TallystickError):
    code = "file-unreadable"
    status = 400
    title = "The file cannot be read"
    advice = "Check the path, and that it is the file as it was received."


class FileWrong(TallystickError):
    code = "file-wrong"
    status = 400
    title = "The file does not say what the command needs"
    advice = "Correct what is named; docs/reference/entry-types.md says the form of each body."


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


def read_model(path: Path, model: type[M], bytes_max: int = file_bytes_max) -> M:
    """What the JSON in a file says. Raises `FileUnreadable`, or `FileWrong` with the first wrong fields; what stands in
    them is not repeated."""
    try:
        return model.model_validate_json(read_bytes(path, bytes_max))
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)
        told = "; ".join(
            f"{'/'.join(map(str, one['loc'])) or 'JSON'}: {one['msg']}"
            for one in wrong[:wrong_fields_shown_max]
        )
        raise FileWrong(f"{path}: {told}") from None


def sha256_of(path: Path) -> str:
    """Hex, of a document of which nothing but the digest is said. Raises `FileUnreadable`."""
    return hashlib.sha256(read_bytes(path, document_bytes_max)).hexdigest()


def read_text(path: Path) -> str:
    """Raises `FileUnreadable`."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError:
        raise FileUnreadable(f"{path}: it is not UTF-8") from None
