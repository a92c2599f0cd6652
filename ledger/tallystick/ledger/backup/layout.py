"""How a backup lies in its folder. The same for SQLite and PostgreSQL, so that each restores into the other.

| name | what |
| --- | --- |
| `ledger.sqlite3` | every table of the database as of one moment, as one SQLite file |
| `checkpoint` | the newest checkpoint then, as its log signed it, with the cosignatures kept |
| `manifest.json` | of which log, how many entries, root and state, how many rows in each table |
| `README.md` | what this is, in English and Chinese |
| `minted/…`, … | what lies beside the database, see `beside` |
| `SHA256SUMS` | of all of them; `sha256sum -c` reads it |

Nobody signs it: the log did. Whoever restores replays every entry, and holds the outcome against `checkpoint`,
the signer's memory, witnesses, and checkpoints kept elsewhere. Keys are not in it, nor the signer's memory.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, BinaryIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.ledger.backup.errors import BackupFileMissing, BackupManifestRefused
from tallystick.ledger.fields import Hex32

format_version = 1
database_file, checkpoint_file, manifest_file, readme_file, sums_file = (
    "ledger.sqlite3", "checkpoint", "manifest.json", "README.md", "SHA256SUMS",
)  # fmt: skip
listed_files = (database_file, checkpoint_file, manifest_file, readme_file)
small_file_bytes_max = 256 * 1024
sums_bytes_max = 32 * 1024 * 1024
read_at_once = 1 << 20
_line = re.compile(r"([0-9a-f]{64})  (\S+)")
#: A folder and what is in it; no part of such a name can lead out of the backup.
_beside = re.compile(r"[a-z]{1,20}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){1,4}")
beside_files_max = 100_000
_Size = Annotated[int, Field(ge=0, le=2**53)]


class Manifest(BaseModel):
    """`manifest.json`. `sealed`: size right after the last block; `checkpoint`: of the newest one, 0 for none."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    backup: int
    origin: str
    log_key: str
    size: _Size
    root: Hex32
    state: Hex32
    sealed: _Size
    checkpoint: _Size
    made: str
    engine: str
    schema_revision: str
    rows: dict[str, _Size]

    def encode(self) -> bytes:
        return self.model_dump_json(indent=1).encode() + b"\n"

    @staticmethod
    def parse(data: bytes) -> Manifest:
        """Raises `BackupManifestRefused`."""
        try:
            found = Manifest.model_validate_json(data)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(step) for step in first["loc"]) or manifest_file
            raise BackupManifestRefused(f"{manifest_file}: {where}: {first['msg']}") from None
        if found.backup != format_version:
            raise BackupManifestRefused(f"{manifest_file} is of version {found.backup}")
        return found


def open_plain(folder: Path, name: str) -> BinaryIO:
    """A plain file of the folder, never through a link; raises `BackupFileMissing`."""
    try:
        # Non-blocking, so that a pipe put in a file's place cannot hold us.
        opened = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise BackupFileMissing(f"{name}: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise BackupFileMissing(f"{name} is no plain file")
    return os.fdopen(opened, "rb")


def read_small(folder: Path, name: str) -> bytes:
    """Raises `BackupFileMissing`, or `BackupManifestRefused` if it is larger than any such file."""
    most = sums_bytes_max if name == sums_file else small_file_bytes_max
    with open_plain(folder, name) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise BackupManifestRefused(f"{name} has more than {most} bytes")
    return data


def digest_of(path: Path) -> str:
    """Hex SHA-256 of a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_sums(sums: Mapping[str, str]) -> bytes:
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()


def read_sums(data: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """Hex SHA-256 of each listed file, and of what is listed beside them; raises `BackupManifestRefused`."""
    text = data.decode("ascii", "replace")
    lines = text.split("\n")
    found = [_line.fullmatch(line) for line in lines[:-1]]
    sums = {match[2]: match[1] for match in found if match is not None}
    others = {name: told for name, told in sums.items() if name not in listed_files}
    missing = set(listed_files) - set(sums)
    strange = len(others) > beside_files_max or not all(map(_beside.fullmatch, others))
    if lines[-1] or None in found or len(sums) != len(found) or missing or strange:
        raise BackupManifestRefused(
            f"{sums_file} does not list {', '.join(listed_files)}, each once"
        )
    return {name: sums[name] for name in listed_files}, others
