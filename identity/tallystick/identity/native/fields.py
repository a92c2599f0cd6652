"""Fields of the Handle protocol: big-endian numbers, texts and lists with their length in front (RFC 3652 §2.1)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import TypeVar

from tallystick.identity.native.errors import (
    CountTooLarge,
    IndexRefused,
    MessageLong,
    MessageShort,
    TextNotUtf8,
    TextTooLong,
)

text_bytes_max = 2048
u32_max = 2**32 - 1
_u16, _u32 = struct.Struct(">H"), struct.Struct(">I")
T = TypeVar("T")


class Cursor:
    """Reads fields one after the other; raises a `NativeRefused` at the first that is not there."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise MessageShort(f"{size} bytes at {self._at} of {len(self._data)}")
        found = self._data[self._at : end]
        self._at = end
        return found

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int(_u16.unpack(self.take(2))[0])

    def u32(self) -> int:
        return int(_u32.unpack(self.take(4))[0])

    def blob(self) -> bytes:
        """Bytes with their length in front."""
        return self.take(self.u32())

    def text(self) -> str:
        """A handle, type or name."""
        size = self.u32()
        if size > text_bytes_max:
            raise TextTooLong(f"{size} bytes")
        return as_text(self.take(size))

    def index(self) -> int:
        found = self.u32()
        if found == 0:
            raise IndexRefused("0")
        return found

    def many(self, read: Callable[[], T], count_max: int) -> tuple[T, ...]:
        """A list with its count in front."""
        count = self.u32()
        if count > count_max:
            raise CountTooLarge(f"{count}, and at most {count_max} are read")
        return tuple([read() for _ in range(count)]) if count else ()

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)

    def end(self) -> None:
        """Raises `MessageLong` unless all was read."""
        if self._at != len(self._data):
            raise MessageLong(f"{len(self._data) - self._at} bytes more")


def as_text(data: bytes) -> str:
    """Raises `TextTooLong`, `TextNotUtf8`."""
    if len(data) > text_bytes_max:
        raise TextTooLong(f"{len(data)} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise TextNotUtf8(f"at byte {error.start} of {len(data)}") from None


def u16(value: int) -> bytes:
    return _u16.pack(value)


def u32(value: int) -> bytes:
    return _u32.pack(value)


def blob(data: bytes) -> bytes:
    return _u32.pack(len(data)) + data


def text(value: str) -> bytes:
    """Raises `TextTooLong` for what nobody would read."""
    data = value.encode()
    if len(data) > text_bytes_max:
        raise TextTooLong(f"{len(data)} bytes")
    return _u32.pack(len(data)) + data


def many(items: Iterable[bytes]) -> bytes:
    told = list(items)
    return _u32.pack(len(told)) + b"".join(told)
