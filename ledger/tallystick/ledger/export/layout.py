"""How an export lies in its folder (formats §8): names, numbered files, framed records, SHA256SUMS.

| name | what |
| --- | --- |
| `checkpoint` | the newest; written last, so that all it needs is there |
| `final` | the newest final checkpoint, if there is one and `checkpoint` is not final yet |
| `checkpoints/<N>` | every checkpoint, oldest first, each a record |
| `tile/<L>/<N>`, `tile/entries/<N>` | C2SP tlog-tiles |
| `entries/<N>` | leaves for a reader who may not read the whole entry bundle, each a record |
| `bodies/<N>`, `attachments/<N>` | each entry's; a body is one record, attachments a count and records |
| `policy`, `export.json`, `README.md`, `README.zh-CN.md`, `SHA256SUMS` | of the whole |

Numbered files hold 256 of their kind, a last one fewer: `<N>.p/<W>`. A record is its length, as four bytes,
big-endian, and so many bytes; length 0 is not disclosed, 2^32 − 1 is erased.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal

from tallystick.ledger import tiles
from tallystick.ledger.entry import attachment_bytes_max, body_bytes_max, leaf_bytes_max
from tallystick.ledger.export.errors import ExportRecordRefused, ExportSumsRefused
from tallystick.ledger.note import note_bytes_max

format_version = 1
checkpoint_file, final_file, policy_file, about_file, sums_file = (
    "checkpoint", "final", "policy", "export.json", "SHA256SUMS",
)  # fmt: skip
readme_files = {"en": "README.md", "zh": "README.zh-CN.md"}
salt_bytes = 32
attachments_max = 4096
erased_mark = 2**32 - 1
sums_bytes_max = 128 << 20
about_bytes_max = 64 * 1024

Folder = Literal["bodies", "attachments", "entries", "checkpoints"]
record_bytes_max: Mapping[Folder, int] = {
    "bodies": salt_bytes + body_bytes_max,
    "attachments": salt_bytes + attachment_bytes_max,
    "entries": leaf_bytes_max,
    "checkpoints": note_bytes_max,
}
#: A record's bytes, or why there are none.
Record = bytes | Literal["withheld", "erased"]

_number = r"(?:x[0-9]{3}/){0,5}[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?"
_name = re.compile(
    rf"policy|export\.json|README\.md|README\.zh-CN\.md|(?:bodies|attachments|entries|checkpoints)/{_number}"
    rf"|tile/(?:entries|[0-9]|[1-5][0-9]|6[0-3])/{_number}"
)
_line = re.compile(r"([0-9a-f]{64})  (\S+)")


@dataclass(frozen=True, slots=True)
class Cut:
    """Of what leaves only under a permission: the name and, abroad, the country to which it goes.

    `left_out`: what may not leave is left out; else an export that would lack it is none.
    """

    recipient: str = ""
    country: str = ""
    left_out: bool = False

    def document(self) -> dict[str, object]:
        return {"recipient": self.recipient, "country": self.country, "left_out": self.left_out}


@dataclass(frozen=True, slots=True)
class About:
    """`export.json`: of which log, signed by which key, and for whom it is cut.

    `earlier_keys`: those of the log's earlier epochs, if there were any; the entries prove them. `cut`: of what may
    leave only under a permission, to whom and where it goes, and whether it is left out.
    """

    origin: str
    log_key: str
    reader: str
    organisation: str | None = None
    earlier_keys: tuple[str, ...] = ()
    cut: Cut = Cut()

    def encode(self) -> bytes:
        told: dict[str, object] = {
            "export": format_version, "origin": self.origin, "log_key": self.log_key,
            "reader": self.reader, "organisation": self.organisation,
        }  # fmt: skip
        if self.earlier_keys:
            told |= {"earlier_keys": list(self.earlier_keys)}
        if self.cut != Cut():
            told |= {"cut": self.cut.document()}
        return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"

    def continues(self, earlier: About) -> bool:
        """Whether an export that was this `earlier` one can grow to this: the same, or epochs later."""
        keys = (*self.earlier_keys, self.log_key)
        same = replace(earlier, log_key=self.log_key, earlier_keys=self.earlier_keys) == self
        return same and keys[: len(earlier.earlier_keys) + 1] == (
            *earlier.earlier_keys, earlier.log_key,
        )  # fmt: skip

    @staticmethod
    def parse(data: bytes) -> About:
        """Raises `ExportRecordRefused`."""
        try:
            told = json.loads(data)
            version = told.pop("export")
            cut = Cut(**told.pop("cut", {}))
            keys = tuple(told.pop("earlier_keys", ()))
            found = About(**told, earlier_keys=keys, cut=cut)
            found.encode()
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise ExportRecordRefused(f"{about_file} is not in its form") from None
        about = (found.origin, found.log_key, found.reader, found.organisation or "")
        texts = (*about, *found.earlier_keys, cut.recipient, cut.country)
        wrong = not all(isinstance(text, str) for text in texts) or type(cut.left_out) is not bool
        if version != format_version or wrong:
            raise ExportRecordRefused(f"{about_file} is not in its form, or of another version")
        return found


def numbered(folder: str, n: int, width: int) -> str:
    """`bodies/x001/234`, or `bodies/x001/234.p/17` of a last file with 17 records."""
    return f"{folder}/{tiles.numbered(n, width % tiles.width)}"


def frame(record: Record) -> bytes:
    """A record as it is written."""
    if isinstance(record, bytes):
        return len(record).to_bytes(4, "big") + record
    return (0 if record == "withheld" else erased_mark).to_bytes(4, "big")


class Records:
    """Reads records from a file one after the other, and never more than one may hold."""

    def __init__(self, name: str, file: BinaryIO, folder: Folder) -> None:
        self._name, self._file = name, file
        self._bytes_max = record_bytes_max[folder]

    def record(self) -> Record:
        """Raises `ExportRecordRefused`."""
        length = self._uint32()
        if length == 0:
            return "withheld"
        if length == erased_mark:
            return "erased"
        if length > self._bytes_max:
            raise self.refused(f"a record of {length} bytes, at most {self._bytes_max} fit")
        return self._bytes(length)

    def salted(self) -> tuple[bytes, bytes] | Literal["withheld", "erased"]:
        """Salt and bytes of a record that has a salt."""
        record = self.record()
        if not isinstance(record, bytes):
            return record
        if len(record) < salt_bytes:
            raise self.refused(f"a record of {len(record)} bytes holds no salt")
        return record[:salt_bytes], record[salt_bytes:]

    def count(self) -> int:
        """How many records belong to one entry."""
        count = self._uint32()
        if count > attachments_max:
            raise self.refused(f"{count} records for one entry, at most {attachments_max}")
        return count

    def end(self) -> None:
        """Raises `ExportRecordRefused` if anything is left."""
        if self._file.read(1):
            raise self.refused("there is more behind the last record")

    def refused(self, why: str) -> ExportRecordRefused:
        return ExportRecordRefused(f"{self._name}: {why}")

    def _uint32(self) -> int:
        return int.from_bytes(self._bytes(4), "big")

    def _bytes(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) != count:
            raise self.refused("it ends in the middle of a record")
        return data


def read_leaves(name: str, data: bytes, count: int) -> list[bytes]:
    """The leaves of an entry bundle: each after its length in two bytes (C2SP tlog-tiles)."""
    try:
        leaves = tiles.read_bundle(data)
    except tiles.BundleRefused as error:
        raise ExportRecordRefused(f"{name}: {error.detail}") from None
    if len(leaves) != count:
        raise ExportRecordRefused(f"{name}: it holds {len(leaves)} entries, not {count}")
    return leaves


def write_sums(sums: Mapping[str, str]) -> bytes:
    """SHA256SUMS as `sha256sum -c` reads it, sorted by name."""
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()


def read_sums(data: bytes) -> dict[str, str]:
    """Hex SHA-256 by name; raises `ExportSumsRefused`."""
    try:
        lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise ExportSumsRefused("it is not ASCII") from None
    if lines.pop():
        raise ExportSumsRefused("its last line does not end")
    sums: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        found = _line.fullmatch(line)
        if found is None or _name.fullmatch(found[2]) is None:
            raise ExportSumsRefused(f"line {number} names no file of an export")
        if found[2] in sums:
            raise ExportSumsRefused(f"line {number} names {found[2]} again")
        sums[found[2]] = found[1]
    return sums


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
