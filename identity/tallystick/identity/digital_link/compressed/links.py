"""Digital Links with their values in bits: all of them, or all but the primary key (GS1 Digital Link 1.1 §10).

`https://host[/stem]/<characters>`, or `https://host[/stem]/01/09521234543213/<characters>`. Parameters that are not GS1's are
read wherever they stand, and left in the query when written.

Published readers of such links disagree about two sequences of AI: the table of the standard gives one order, a widely used
library another. Neither is written here; both are read, since check digits and dates tell which was meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from tallystick.identity.digital_link import link as links
from tallystick.identity.digital_link.compressed.bits import BitReader, Writer, alphabet
from tallystick.identity.digital_link.compressed.layout import (
    read_text,
    read_value,
    sequences,
    write_value,
)
from tallystick.identity.digital_link.compressed.tags import expand_tag, form
from tallystick.identity.digital_link.errors import (
    LinkNotCompressed,
    LinkNotCompressible,
    LinkRefused,
)
from tallystick.identity.digital_link.identifiers import attributes, keys, qualifiers
from tallystick.identity.digital_link.link import DigitalLink, Pair

#: How long the number of an AI is that begins with these two digits.
_ai_digits = {ai[:2]: len(ai) for ai in (*keys, *qualifiers, *attributes)}
_other_order = {code: tuple(sorted(ais)) for code, ais in sequences.items()}
_certain = {code: ais for code, ais in sequences.items() if ais == _other_order[code]}
_foreign_flag = 0xF
_name_length_bits = _value_length_bits = 7
_in_partial = 3


@dataclass(frozen=True, slots=True)
class Expanded:
    """A link that was compressed; `stem`: scheme, host and what stands before it."""

    link: DigitalLink
    stem: str

    @property
    def uri(self) -> str:
        return self.link.uri(self.stem)


def compress(link: DigitalLink, *, key_too: bool = True) -> str:
    """The path and query of a link, compressed; the primary key stays to be read by people unless `key_too`.

    Raises `LinkNotCompressible`.
    """
    pairs = [*link.qualifiers, *link.attributes]
    if key_too:
        pairs.append(link.key)
    elif not pairs:
        raise LinkNotCompressible("there is nothing but the key")
    head = "" if key_too else DigitalLink(link.key).path
    path = f"{head}/{_packed(dict(pairs))}"
    query = "&".join(link.others)
    _require_same(link, path, query)
    return f"{path}?{query}" if query else path


def compress_address(text: str, *, key_too: bool = True) -> str:
    """The same address, compressed; what stands before the key stays. Raises `LinkRefused`."""
    stem, path, query = links.parted(text)
    link = links.parse_path(path, query)
    count = 2 * (1 + len(link.qualifiers))
    before = path.removesuffix("/").split("/")[:-count]
    return stem + "/".join(before) + compress(link, key_too=key_too)


def expand(text: str) -> Expanded:
    """A compressed address. Raises `LinkRefused`."""
    stem, path, query = links.parted(text)
    segments = path.removesuffix("/").split("/")
    count = _in_partial if len(segments) > _in_partial and segments[-3] in keys else 1
    at = len(segments) - count
    tail = "/" + "/".join(segments[at:])
    return Expanded(expand_path(tail, query), stem + "/".join(segments[:at]))


def expand_path(path: str, query: str = "") -> DigitalLink:
    """Path (`/<characters>`, `/<key>/<value>/<characters>`, or of a tag) and query of a compressed address. Raises `LinkRefused`."""
    segments = path.removesuffix("/").split("/")[1:]
    if len(path) + len(query) > links.link_chars_max:
        raise LinkNotCompressed(f"at most {links.link_chars_max} characters are read")
    if len(segments) not in (1, _in_partial):
        raise LinkNotCompressed("it is one part of a path, alone or behind a key and its value")
    key = _key(segments[:2]) if segments[1:] else None
    asked, others = links.parse_query(query)
    if key is None and form.fullmatch(segments[0]):
        tag = expand_tag(segments[0])
        return links.ordered(tag.key, dict(tag.qualifiers), asked, others)
    found: dict[DigitalLink, None] = {}
    refused: LinkRefused | None = None
    for table in (sequences, _other_order):
        try:
            pairs, more = _unpacked(segments[-1], table)
            found[_whole(key, [*pairs, *asked], (*more, *others))] = None
        except LinkRefused as error:
            refused = refused or error
    if len(found) > 1:
        raise LinkNotCompressed("it reads as two different links")
    if refused is not None and not found:
        raise refused
    return next(iter(found))


def _key(segments: Sequence[str]) -> Pair:
    """The key that is not compressed, and may lack what qualifies it."""
    ai, value = segments[0], unquote(segments[1], errors="replace")
    if ai not in keys:
        raise LinkNotCompressed(f"{ai[:20]!a} is no primary key")
    return ai, value


def _whole(key: Pair | None, pairs: Sequence[Pair], others: tuple[str, ...]) -> DigitalLink:
    if key is None:
        return links.of_elements(pairs, others)
    mine = keys[key[0]].all_qualifiers()
    qualified = [pair for pair in pairs if pair[0] in mine]
    asked = [pair for pair in pairs if pair[0] not in mine]
    return links.ordered(key, dict(qualified), asked, others)


def _packed(values: dict[str, str]) -> str:
    """Sequences that have a code first, the longest of them before others, then the other AI in order."""
    writer, left = Writer(), sorted(values)
    for code, ais in _codes(left):
        writer.number(int(code, 16), 8)
        for ai in ais:
            write_value(writer, ai, values[ai])
            left.remove(ai)
    for ai in left:
        writer.number(int(ai, 16), 4 * len(ai))
        write_value(writer, ai, values[ai])
    return writer.text()


def _codes(ais: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    left = set(ais)
    found: list[tuple[str, tuple[str, ...]]] = []
    while True:
        fitting = [(code, one) for code, one in _certain.items() if left >= set(one)]
        if not fitting:
            return found
        best = max(fitting, key=lambda pair: len("".join(pair[1])))
        found.append(best)
        left -= set(best[1])


def _unpacked(
    text: str, table: Mapping[str, tuple[str, ...]]
) -> tuple[list[Pair], tuple[str, ...]]:
    """(AI and their values, other parameters) of the characters."""
    reader = BitReader(text)
    pairs: list[Pair] = []
    others: list[str] = []
    while reader.more():
        first = reader.number(4)
        if first == _foreign_flag:
            others.append(_foreign(reader))
            continue
        code = f"{first:X}{reader.number(4):X}"
        ais = table.get(code) or (_ai(reader, code),)
        pairs += [(ai, read_value(reader, ai)) for ai in ais]
    if len(dict(pairs)) != len(pairs):
        raise LinkNotCompressed("an application identifier stands in it twice")
    return pairs, tuple(others)


def _ai(reader: BitReader, code: str) -> str:
    length = _ai_digits.get(code)
    if length is None:
        raise LinkNotCompressed(f"nothing is known to begin with {code}")
    return code + "".join(f"{reader.number(4):X}" for _ in range(length - 2))


def _foreign(reader: BitReader) -> str:
    """A parameter that is not GS1's, encoded as queries are."""
    count = reader.number(_name_length_bits)
    name = "".join(alphabet[reader.number(6)] for _ in range(count))
    if not name or name.isdecimal():
        raise LinkNotCompressed("a parameter has the name of an application identifier, or none")
    return f"{name}={quote(read_text(reader, _value_length_bits), safe='')}"


def _require_same(link: DigitalLink, path: str, query: str) -> None:
    """What is compressed comes back: a second key, or an attribute that could qualify the key, would not."""
    try:
        found = expand_path(path, query)
    except LinkRefused as error:
        raise LinkNotCompressible(error.diagnosis()) from None
    if (found.key, found.qualifiers, sorted(found.attributes), found.others) != (
        link.key,
        link.qualifiers,
        sorted(link.attributes),
        link.others,
    ):
        raise LinkNotCompressible("it would be read as another link")
