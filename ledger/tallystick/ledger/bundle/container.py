"""The container of a bundle: a zip file that can be written in one way only.

Stored files, sorted by name, without extra fields, comments, descriptors or gaps; local headers equal to the
central ones (formats §5; APPNOTE.TXT of PKWARE §4.3). Whatever is written otherwise is refused, so that no
two programs can read two things out of one file.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.ledger.bundle import layout
from tallystick.ledger.bundle.errors import (
    BundleTooLarge,
    Compressed,
    CrcFails,
    DuplicateName,
    FileCount,
    FileTooLarge,
    HeaderConflict,
    NameRefused,
    NotAZip,
    NotCanonicalZip,
    OrderRefused,
)

bundle_bytes_max = 64 << 20
files_max = 20_000
_version, _date = 20, 0x0021
_local = struct.Struct("<4s5H3L2H")
_central = struct.Struct("<4s6H3L5H2L")
_end = struct.Struct("<4s4H2LH")
_local_mark, _central_mark, _end_mark = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def pack(files: Mapping[str, bytes]) -> bytes:
    """The bundle's bytes. Raises what `unpack` would."""
    out, directory = bytearray(), bytearray()
    for name in sorted(files):
        data = files[name]
        header = _Header(name, zlib.crc32(data), len(data), len(out))
        out += header.local() + data
        directory += header.central()
    end = _end.pack(_end_mark, 0, 0, len(files), len(files), len(directory), len(out), 0)
    packed = bytes(out + directory + end)
    unpack(packed)
    return packed


def unpack(data: bytes) -> dict[str, bytes]:
    """The files by name, in the order of their names. Raises `BundleRefused`."""
    if len(data) > bundle_bytes_max:
        raise BundleTooLarge(f"{len(data)} bytes, at most {bundle_bytes_max} are read")
    count, start = _read_end(data)
    files: dict[str, bytes] = {}
    at, offset, last = start, 0, b""
    for _ in range(count):
        header, at = _read_central(data, at, last, offset)
        begin = offset + len(header.local())
        offset = begin + header.size
        if offset > start or data[header.offset : begin] != header.local():
            raise HeaderConflict(header.name)
        found = data[begin:offset]
        if zlib.crc32(found) != header.crc:
            raise CrcFails(header.name)
        files[header.name] = found
        last = header.name.encode()
    if at != len(data) - _end.size or offset != start:
        raise NotCanonicalZip("bytes that belong to no file")
    return files


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    crc: int
    size: int
    offset: int

    def local(self) -> bytes:
        name = self.name.encode()
        told = (_version, 0, 0, 0, _date, self.crc, self.size, self.size, len(name), 0)
        return _local.pack(_local_mark, *told) + name

    def central(self) -> bytes:
        name = self.name.encode()
        told = (_version, _version, 0, 0, 0, _date, self.crc, self.size, self.size, len(name))
        return _central.pack(_central_mark, *told, 0, 0, 0, 0, 0, self.offset) + name


def _read_end(data: bytes) -> tuple[int, int]:
    """How many files there are, and where the central headers begin."""
    if len(data) < _end.size or data[-_end.size :][:4] != _end_mark:
        raise NotAZip("it does not end as a zip file without a comment does")
    _, disk, first, here, count, size, start, comment = _end.unpack(data[-_end.size :])
    if disk or first or comment or here != count:
        raise NotCanonicalZip("the end of the central directory")
    if not 0 < count <= files_max:
        raise FileCount(f"{count} files, 1 to {files_max} are read")
    if start + size + _end.size != len(data):
        raise NotCanonicalZip("bytes before or behind the central directory")
    return count, start


def _read_central(data: bytes, at: int, last: bytes, offset: int) -> tuple[_Header, int]:
    """The central header that begins here, and where the next one begins."""
    end = len(data) - _end.size
    if at + _central.size > end or data[at : at + 4] != _central_mark:
        raise NotAZip("a header of the central directory is missing")
    told = _central.unpack(data[at : at + _central.size])
    method, crc, packed, size, length, begins = told[4], *told[7:11], told[16]
    raw = data[at + _central.size : at + _central.size + length]
    if at + _central.size + length > end:
        raise NotAZip("a header of the central directory is cut off")
    name, most = _read_name(raw)
    if raw <= last:
        raise DuplicateName(name) if raw == last else OrderRefused(name)
    if method or packed != size:
        raise Compressed(name)
    if size > most:
        raise FileTooLarge(f"{name}: {size} bytes, at most {most} are read")
    header = _Header(name, crc, size, offset)
    written = header.central()
    if begins != offset or data[at : at + len(written)] != written:
        raise NotCanonicalZip(f"the header of {name}")
    return header, at + len(written)


def _read_name(raw: bytes) -> tuple[str, int]:
    name = raw.decode("ascii", "replace")
    most = layout.bytes_max(name) if len(raw) <= layout.name_bytes_max else None
    if most is None:
        raise NameRefused(repr(name[: layout.name_bytes_max]))
    return name, most
