"""How the value of an AI stands in bits, and the sequences of AI that have a code of their own (GS1 Digital Link 1.1 §10).

A value is digits of a known length, then perhaps digits or characters with their length before them. Characters stand in the
smallest of five encodings that holds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from tallystick.identity.digital_link.compressed.bits import (
    BitReader,
    Writer,
    alphabet,
    bits_of_length,
)
from tallystick.identity.digital_link.errors import LinkNotCompressed, LinkNotCompressible
from tallystick.identity.digital_link.identifiers import form_of

_part = re.compile(r"(\[?)([nxyz])(\.\.)?([0-9]+)")
_hexadecimal = "0123456789ABCDEF"
_encoding_bits = 3
#: Encodings in the order of their numbers but 0, digits: pattern, bits for a character, and its characters.
_lower, _upper, _base64, _ascii = 1, 2, 3, 4
_patterns = (
    (0, "[0-9]+"),
    (_upper, "[0-9A-F]+"),
    (_lower, "[0-9a-f]+"),
    (_base64, "[A-Za-z0-9_-]+"),
)
_widths = {_lower: 4, _upper: 4, _base64: 6, _ascii: 7}
#: The tables of the standard are older than the longest IBAN, and give it the length of 24.
_shorter = {"8007": 24}

#: Two hexadecimal digits, at least one above 9, that stand for several AI in this order.
sequences: Mapping[str, tuple[str, ...]] = {
    code: tuple(ais.split())
    for code, ais in (
        ("0A", "01 22"), ("0B", "01 10"), ("0C", "01 21"), ("0D", "01 17"), ("0E", "01 7003"), ("0F", "01 30"),
        ("1A", "01 10 21 17"), ("1B", "01 15"), ("1C", "01 11"), ("1D", "01 16"), ("1E", "01 91"), ("1F", "01 10 15"),
        *((f"2{letter}", f"01 310{at}") for at, letter in enumerate("ABCDEF")),
        *((f"3{letter}", f"01 320{at}") for at, letter in enumerate("ABCDEF")),
        ("9A", "8010 8011"), ("9B", "8017 8019"), ("9C", "8018 8019"), ("9D", "414 254"),
        *((f"A{at}", f"01 392{at}") for at in range(10)),
        *((f"C{at}", f"255 390{at}") for at in range(10)),
        *((f"C{letter}", f"255 394{at}") for at, letter in enumerate("ABCD")),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """Digits or characters: `length` of them, or up to that many."""

    numeric: bool
    length: int
    fixed: bool


@cache
def pieces(ai: str) -> tuple[Piece, ...]:
    """Of the form of an AI: what has a fixed length, then what has not."""
    form = form_of(ai)
    found = _part.findall(form.text) if form else []
    if not found:
        raise LinkNotCompressed(f"({ai}) is no application identifier of links")
    fixed = [one for one in found if not one[0] and not one[2]]
    loose = [one for one in found if one not in fixed]
    if any(kind != "n" for _, kind, _, _ in loose) and {kind for _, kind, _, _ in fixed} > {"n"}:
        raise LinkNotCompressed(f"({ai}) has a form that is not compressed")
    return tuple(_merged(ai, fixed, loose))


def _merged(ai: str, fixed: list[tuple[str, ...]], loose: list[tuple[str, ...]]) -> Iterator[Piece]:
    """Neighbours of one kind as one; characters of a fixed length before others are part of these."""
    digits = sum(int(one[3]) for one in fixed if one[1] == "n")
    letters = sum(int(one[3]) for one in fixed if one[1] != "n")
    if digits:
        yield Piece(True, digits, True)
    if loose:
        most = _shorter.get(ai) or letters + sum(int(one[3]) for one in loose)
        yield Piece(all(one[1] == "n" for one in loose), most, False)
    elif letters:
        yield Piece(False, letters, True)


def write_value(writer: Writer, ai: str, value: str) -> None:
    """Raises `LinkNotCompressible` for a value that the tables have no room for."""
    for piece in pieces(ai):
        text, value = (value[: piece.length], value[piece.length :]) if piece.fixed else (value, "")
        width = 0 if piece.fixed else bits_of_length(piece.length)
        if not piece.fixed and len(text) >= 1 << width:
            raise LinkNotCompressible(f"({ai}) is longer than the tables of the standard allow")
        if piece.numeric:
            if width:
                writer.number(len(text), width)
            writer.digits(text)
        else:
            write_text(writer, text, width)


def read_value(reader: BitReader, ai: str) -> str:
    found = ""
    for piece in pieces(ai):
        width = 0 if piece.fixed else bits_of_length(piece.length)
        if piece.numeric:
            found += reader.digits(reader.number(width) if width else piece.length)
        else:
            found += read_text(reader, width, piece.length)
    return found


def write_text(writer: Writer, text: str, width: int) -> None:
    """The number of the encoding, the length in `width` bits (0: it is known), the characters."""
    encoding = next((at for at, form in _patterns if re.fullmatch(form, text)), _ascii)
    writer.number(encoding, _encoding_bits)
    if width:
        writer.number(len(text), width)
    if encoding == 0:
        writer.digits(text)
        return
    for character in text.upper() if encoding == _lower else text:
        writer.number(_number(encoding, character), _widths[encoding])


def read_text(reader: BitReader, width: int, length: int = 0) -> str:
    encoding = reader.number(_encoding_bits)
    count = reader.number(width) if width else length
    if encoding == 0:
        return reader.digits(count)
    if encoding not in _widths:
        raise LinkNotCompressed(f"there is no encoding {encoding}")
    numbers = [reader.number(_widths[encoding]) for _ in range(count)]
    if encoding == _ascii:
        return "".join(map(chr, numbers))
    if encoding == _base64:
        return "".join(alphabet[number] for number in numbers)
    text = "".join(_hexadecimal[number] for number in numbers)
    return text.lower() if encoding == _lower else text


def _number(encoding: int, character: str) -> int:
    if encoding == _ascii:
        return ord(character)
    return (alphabet if encoding == _base64 else _hexadecimal).index(character)
