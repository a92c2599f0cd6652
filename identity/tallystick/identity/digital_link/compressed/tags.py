"""EPC binary strings, as tags hold them, in a Digital Link (GS1 compression standard for EPC binary strings 1.0.0).

`https://host[/stem]/eh<hexadecimal>` or `/ex<base64url>`: header, filter, partition, then company prefix and reference as numbers
of the widths of their digits, then a serial (EPC Tag Data Standard 1.13 §14). Schemes whose name ends in + are not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tallystick.identity.digital_link import epc
from tallystick.identity.digital_link.compressed.bits import BitReader
from tallystick.identity.digital_link.errors import LinkNotCompressed
from tallystick.identity.digital_link.link import DigitalLink, build

form = re.compile(r"e(?:h[0-9a-f]+|x[A-Za-z0-9_-]+)")
_header_bits, _filter_bits, _partition_bits = 8, 3, 3
#: Bits of a company prefix of 12 digits, 11, … 6, by partition.
_prefix_bits = (40, 37, 34, 30, 27, 24, 20)
_character_bits = 7
_reserved_bits = 24


def _number(bits: int) -> Callable[[BitReader], str]:
    return lambda reader: str(reader.number(bits))


def _numeric_string(bits: int) -> Callable[[BitReader], str]:
    """Digits behind a 1, so that zeros before them stay."""

    def read(reader: BitReader) -> str:
        told = str(reader.number(bits))
        if told[0] != "1" or len(told) == 1:
            raise LinkNotCompressed("a serial of digits does not begin as such")
        return told[1:]

    return read


def _characters(bits: int) -> Callable[[BitReader], str]:
    """Characters of seven bits, then zeros."""

    def read(reader: BitReader) -> str:
        numbers = [reader.number(_character_bits) for _ in range(bits // _character_bits)]
        text = "".join(map(chr, numbers)).rstrip("\0")
        if "\0" in text:
            raise LinkNotCompressed("characters follow the end of a text")
        return text

    return read


def _digits(bits: int, width: int) -> Callable[[BitReader], str]:
    return lambda reader: str(reader.number(bits)).zfill(width)


def _reserved(reader: BitReader) -> str:
    if reader.number(_reserved_bits):
        raise LinkNotCompressed("bits that are reserved are not zero")
    return ""


@dataclass(frozen=True, slots=True)
class Tag:
    """`scheme`: of `epc`; `bits`: of prefix and reference together; `parts`: what follows."""

    scheme: str
    bits: int
    parts: tuple[Callable[[BitReader], str], ...]
    text: bool = False


_piece = (_digits(7, 2), _digits(7, 2))
_tags: Mapping[int, Tag] = {
    0x2C: Tag("id:gdti", 41, (_number(41),)),
    0x2D: Tag("id:gsrn", 58, (_reserved,)),
    0x2E: Tag("id:gsrnp", 58, (_reserved,)),
    0x30: Tag("id:sgtin", 44, (_number(38),)),
    0x31: Tag("id:sscc", 58, (_reserved,)),
    0x32: Tag("id:sgln", 41, (_number(41),)),
    0x33: Tag("id:grai", 44, (_number(38),)),
    0x34: Tag("id:giai", 82, ()),
    0x36: Tag("id:sgtin", 44, (_characters(140),)),
    0x37: Tag("id:grai", 44, (_characters(112),)),
    0x38: Tag("id:giai", 188, (), text=True),
    0x39: Tag("id:sgln", 41, (_characters(140),)),
    0x3C: Tag("id:cpi", 51, (_number(31),)),
    0x3E: Tag("id:gdti", 41, (_characters(119),)),
    0x3F: Tag("id:sgcn", 41, (_numeric_string(41),)),
    0x40: Tag("id:itip", 44, (*_piece, _number(38))),
    0x41: Tag("id:itip", 44, (*_piece, _characters(140))),
}


def expand_tag(text: str) -> DigitalLink:
    """The key of the last part of a path, `eh…` or `ex…`. Raises `LinkRefused`."""
    if not form.fullmatch(text):
        raise LinkNotCompressed("it is not eh and hexadecimal digits, nor ex and characters")
    body = text[2:]
    reader = BitReader.of_hexadecimal(body) if text[1] == "h" else BitReader(body)
    tag = _tags.get(reader.number(_header_bits))
    if tag is None:
        raise LinkNotCompressed("its header is of no scheme that is read here")
    reader.number(_filter_bits)
    prefix, reference = _company(reader, tag)
    values = [part(reader) for part in tag.parts]
    reader.end()
    return _link(epc.schemes[tag.scheme], prefix, reference, [one for one in values if one])


def _company(reader: BitReader, tag: Tag) -> tuple[str, str]:
    partition = reader.number(_partition_bits)
    if partition >= len(_prefix_bits):
        raise LinkNotCompressed(f"there is no partition {partition}")
    width, length = _prefix_bits[partition], 12 - partition
    prefix = str(reader.number(width)).zfill(length)
    scheme = epc.schemes[tag.scheme]
    if len(prefix) != length:
        raise LinkNotCompressed("a company prefix has more digits than its partition says")
    if tag.text:
        return prefix, _characters(tag.bits - width)(reader)
    number = reader.number(tag.bits - width)
    if not scheme.digits:
        return prefix, str(number)
    digits = scheme.digits - length
    reference = str(number).zfill(digits) if digits else "0" * (number > 0)
    if len(reference) != digits:
        raise LinkNotCompressed("a reference has more digits than the company prefix leaves")
    return prefix, reference


def _link(scheme: epc.Scheme, prefix: str, reference: str, values: list[str]) -> DigitalLink:
    if len(values) != len(scheme.parts):
        raise LinkNotCompressed("a serial is empty")
    told = list(zip(scheme.parts, values, strict=True))
    inner = "".join(value for part, value in told if not part.ai)
    outer = {part.ai: value for part, value in told if part.ai and (part.ai, value) != ("254", "0")}
    return build((scheme.ai, scheme.key(prefix, reference) + inner), outer)
