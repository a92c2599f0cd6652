"""Which encoding a text file is in, and how its fields become text.

A byte-order mark decides (UTF-8, UTF-16, GB18030). Without one: a file that is UTF-8 throughout is
UTF-8; else a file that is GB18030 throughout and looks Chinese is GB18030; else it is UTF-8 with
fields that are not, and each field is decoded by itself (UTF-8, else Latin-1 as the web has it,
Windows-1252). The bytes are judged from first to last, in chunks, before the first row is read.
"""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TextIO

Encoding = Literal["utf-8", "fields", "gb18030", "utf-16"]

chunk_bytes = 1 << 20
#: What a decoder leaves where bytes mean nothing; a mapped cell that holds it is refused.
unreadable = "\N{REPLACEMENT CHARACTER}"

_marks: tuple[tuple[bytes, Encoding], ...] = (
    (b"\xef\xbb\xbf", "fields"),
    (b"\x84\x31\x95\x33", "gb18030"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def detect(path: Path) -> Encoding:
    """The encoding of the file, by the rule of this module."""
    with path.open("rb") as stream:
        head = stream.read(4)
    for mark, encoding in _marks:
        if head.startswith(mark):
            return encoding
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _decodes(path, "gb18030") and _looks_chinese(path):
        return "gb18030"
    return "fields"


def open_text(path: Path, encoding: Encoding) -> TextIO:
    """The file as text with its line ends kept. In `fields` every byte is one character, so that
    rows are cut before `field_decoder` decodes: UTF-8 and Latin-1 share the ASCII that cuts them."""
    if encoding == "fields":
        stream = path.open("r", encoding="latin-1", newline="")
        if stream.read(3) != "\xef\xbb\xbf":
            stream.seek(0)
        return stream
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    text = path.open("r", encoding=codec, errors="replace", newline="")
    if encoding == "gb18030" and text.read(1) != "\N{ZERO WIDTH NO-BREAK SPACE}":
        text.seek(0)
    return text


def field_decoder(encoding: Encoding) -> Callable[[str], str]:
    """What makes text of a field cut by `open_text`."""
    return _decode_field if encoding == "fields" else str


def _decode_field(field: str) -> str:
    if field.isascii():
        return field
    data = field.encode("latin-1")
    for codec in ("utf-8", "cp1252"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return field


def _decodes(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(chunk_bytes):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _looks_chinese(path: Path) -> bool:
    """Whether most characters beyond ASCII in the first chunk are Han or full-width forms.

    Latin-1 accents, taken two by two, also decode as GB18030, into rare characters next to ASCII.
    """
    with path.open("rb") as stream:
        data = stream.read(chunk_bytes)
    paired = sum(1 for pair in itertools.pairwise(data) if min(pair) >= 0x80)
    high = sum(1 for byte in data if byte >= 0x80)
    text = data.decode("gb18030", errors="replace")
    beyond = [character for character in text if ord(character) >= 0x80]
    usual = sum(1 for character in beyond if _usual(character))
    return paired * 2 > high and usual * 2 > len(beyond)


def _usual(character: str) -> bool:
    return (
        "\u4e00" <= character <= "\u9fff"
        or "\u3000" <= character <= "\u303f"
        or "\uff00" <= character <= "\uffef"
    )
