"""A GS1 Digital Link, read from an address and written as one (GS1 Digital Link URI Syntax 1.6).

`https://host[/stem]/<key>/<value>{/<qualifier>/<value>}[?<attribute>=<value>&…]`. Keys are named by their
number alone; qualifiers stand in the key's order; everything else that GS1 defines stands in the query. A GTIN
of 8, 12 or 13 digits is read as its 14. A parameter whose name is no number is not GS1's, and kept as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from tallystick.identity.digital_link import errors
from tallystick.identity.digital_link.forms import check_complaints
from tallystick.identity.digital_link.identifiers import (
    PrimaryKey,
    attributes,
    form_of,
    keys,
    not_in_links,
    qualifiers,
    short_names,
)
from tallystick.identity.digital_link.pairings import contradiction, lacking

canonical_host = "https://id.gs1.org"
link_chars_max = 2_000
Pair = tuple[str, str]

_address = re.compile(r"(?i:(https?)://([^/?#]*))([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_host = re.compile(
    r"(?:[A-Za-z0-9_.~-]|%[0-9A-Fa-f]{2})+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?"
)
_segment = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*")
_query = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
_padded = (8, 12, 13)


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """What a Digital Link says; its values are decoded.

    `key`: primary key and value; `qualifiers`: in their order; `attributes`: data attributes of the query;
    `others`: the parameters that are not GS1's, as they were written.
    """

    key: Pair
    qualifiers: tuple[Pair, ...] = ()
    attributes: tuple[Pair, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """`/01/…/21/…`: the identified thing, percent-encoded, without attributes."""
        return "".join(
            f"/{ai}/{quote(value, safe='')}" for ai, value in (self.key, *self.qualifiers)
        )

    def uri(self, host: str = canonical_host) -> str:
        """The whole address under `host` (scheme, name, and stem if there is one)."""
        asked = [f"{ai}={quote(value, safe='')}" for ai, value in self.attributes]
        query = "&".join((*asked, *self.others))
        return f"{host.rstrip('/')}{self.path}" + (f"?{query}" if query else "")

    def canonical(self) -> str:
        """The thing's one address at id.gs1.org: key and qualifiers, no query."""
        return canonical_host + self.path

    def element_string(self) -> str:
        """`(01)…(21)…`, as printed beside a symbol."""
        return "".join(f"({ai}){value}" for ai, value in (self.key, *self.qualifiers))

    def require_whole(self) -> None:
        """Whether each attribute stands with what it needs. Raises `LinkAttributeAlone`."""
        given = [ai for ai, _ in (self.key, *self.qualifiers, *self.attributes)]
        found = lacking((ai for ai, _ in self.attributes), given)
        if found is not None:
            told = " or ".join(found[1].split()).replace("+", " with ")
            raise errors.LinkAttributeAlone(f"{found[0]} needs {told}")

    def finest(self) -> DigitalLink:
        """The key with its last qualifier alone: a serial names one thing, whatever lot it is of."""
        return DigitalLink(self.key, self.qualifiers[-1:])

    def levels(self) -> tuple[DigitalLink, ...]:
        """What it names, then what that is part of, up to the key: serial, lot, variant, GTIN."""
        required = keys[self.key[0]].required
        fewest = 1 if required else 0
        return tuple(
            DigitalLink(self.key, self.qualifiers[:count])
            for count in range(len(self.qualifiers), fewest - 1, -1)
        )


def parse(text: str) -> DigitalLink:
    """Raises `LinkRefused`, each reason by a class of its own."""
    return parse_path(*parted(text)[1:])


def parted(text: str) -> tuple[str, str, str]:
    """(scheme and host, path, query) of an address. Raises `LinkTooLong`, `LinkNotAnAddress`."""
    if len(text) > link_chars_max:
        raise errors.LinkTooLong(f"{len(text)} characters; at most {link_chars_max} are read")
    found = _address.fullmatch(text)
    if found is None or not _host.fullmatch(found.group(2)):
        raise errors.LinkNotAnAddress(_shown(text))
    return f"{found.group(1)}://{found.group(2)}", found.group(3), found.group(4) or ""


def parse_path(path: str, query: str = "") -> DigitalLink:
    """The path and query of an address, both still percent-encoded. Raises `LinkRefused`."""
    if len(path) + len(query) > link_chars_max:
        raise errors.LinkTooLong(f"at most {link_chars_max} characters are read")
    segments = path.removesuffix("/").split("/")[1:]
    wrong = next((part for part in segments if not _segment.fullmatch(part)), None)
    if wrong is not None:
        raise errors.LinkEncodingWrong(_shown(wrong))
    pairs = _pairs(segments)
    key, rest = (pairs[0][0], _decoded(pairs[0])), pairs[1:]
    asked, others = parse_query(query)
    return _checked(key, [(ai, _decoded((ai, value))) for ai, value in rest], asked, others)


def build(
    key: Pair, qualified: Mapping[str, str] | None = None, asked: Iterable[Pair] = ()
) -> DigitalLink:
    """A link of these values, its qualifiers brought into order, with all that they need. Raises `LinkRefused`."""
    made = ordered(key, qualified or {}, list(asked), ())
    made.require_whole()
    return made


def from_elements(pairs: Iterable[Pair]) -> DigitalLink:
    """A link of element strings in any order, one of which is the key, with all that they need. Raises `LinkRefused`."""
    made = of_elements(pairs)
    made.require_whole()
    return made


def of_elements(pairs: Iterable[Pair], others: tuple[str, ...] = ()) -> DigitalLink:
    """As `from_elements`, though something that is needed may be missing. Raises `LinkRefused`."""
    given = list(pairs)
    found = next((pair for ai in keys for pair in given if pair[0] == ai), None)
    if found is None:
        raise errors.LinkWithoutKey("none of these is a primary key")
    mine = keys[found[0]].all_qualifiers()
    rest = [pair for pair in given if pair is not found]
    qualified = [pair for pair in rest if pair[0] in mine]
    if len(dict(qualified)) != len(qualified):
        raise errors.LinkQualifierOrder("a qualifier is given twice")
    asked = [pair for pair in rest if pair[0] not in mine]
    return ordered(found, dict(qualified), asked, others)


def ordered(
    key: Pair, given: Mapping[str, str], asked: Sequence[Pair], others: tuple[str, ...]
) -> DigitalLink:
    """A link of a key and its qualifiers, brought into order; something needed may be missing. Raises `LinkRefused`."""
    if key[0] not in keys:
        raise errors.LinkWithoutKey(f"{_shown(key[0])} is no primary key")
    order = [ai for sequence in keys[key[0]].qualifiers for ai in sequence if ai in given]
    unknown = [ai for ai in given if ai not in order]
    return _checked(key, [(ai, given[ai]) for ai in (*order, *unknown)], asked, others)


def _pairs(segments: Sequence[str]) -> list[Pair]:
    """The pairs in which a path ends, from the first primary key that leaves an even number of segments."""
    starts = [at for at, part in enumerate(segments) if part in keys]
    whole = next((at for at in starts if (len(segments) - at) % 2 == 0), None)
    if whole is None:
        if starts:
            raise errors.LinkUnpaired(f"{_shown(segments[-1])} has no value")
        named = next((part for part in segments if part in short_names), None)
        if named is not None:
            raise errors.LinkShortName(f"/{named}/ is written /{short_names[named]}/")
        raise errors.LinkWithoutKey(_shown("/" + "/".join(segments)))
    return list(zip(segments[whole::2], segments[whole + 1 :: 2], strict=True))


def parse_query(query: str) -> tuple[list[Pair], tuple[str, ...]]:
    """(data attributes, decoded; other parameters as they are) of a query. Raises `LinkEncodingWrong`."""
    if not _query.fullmatch(query):
        raise errors.LinkEncodingWrong(_shown(query))
    found: list[Pair] = []
    others: list[str] = []
    for part in filter(None, re.split("[&;]", query)):
        name, _, value = part.partition("=")
        if name.isascii() and name.isdecimal():
            found.append((name, _decoded((name, value))))
        else:
            others.append(part)
    return found, tuple(others)


def _checked(
    key: Pair, qualified: Sequence[Pair], asked: Sequence[Pair], others: tuple[str, ...]
) -> DigitalLink:
    if key[0] == "01" and key[1].isdecimal() and len(key[1]) in _padded:
        key = (key[0], key[1].zfill(14))
    primary = keys[key[0]]
    _check_value(*key)
    _check_sequence(primary, [ai for ai, _ in qualified])
    for ai, value in qualified:
        _check_value(ai, value)
    if asked:
        _check_attributes(primary, [ai for ai, _ in qualified], asked)
    return DigitalLink(key, tuple(qualified), tuple(asked), others)


def _check_sequence(key: PrimaryKey, given: Sequence[str]) -> None:
    """Whether the qualifiers are some of one sequence of the key, in its order."""
    for ai in given:
        if ai in short_names:
            raise errors.LinkShortName(f"/{ai}/ is written /{short_names[ai]}/")
        if ai not in key.all_qualifiers():
            raise errors.LinkQualifierForeign(f"{_shown(ai)} behind {key.ai}")
    if key.required and key.required not in given:
        raise errors.LinkQualifierMissing(f"{key.ai} needs {key.required}")
    fitting = [sequence for sequence in key.qualifiers if set(given) <= set(sequence)]
    if given and not fitting:
        raise errors.LinkQualifiersExclusive(f"{', '.join(given)} behind {key.ai}")
    if given and list(given) != [ai for ai in fitting[0] if ai in given]:
        raise errors.LinkQualifierOrder(
            f"behind {key.ai}: {', '.join(fitting[0])}, each at most once"
        )


def _check_attributes(key: PrimaryKey, qualified: Sequence[str], asked: Sequence[Pair]) -> None:
    for ai, value in asked:
        if ai == key.ai or ai in key.all_qualifiers():
            raise errors.LinkAttributeMisplaced(f"{ai} with the key {key.ai}")
        if ai in not_in_links or (ai in qualifiers and ai != "10"):
            raise errors.LinkAttributeForeign(f"{ai} with the key {key.ai}")
        if ai not in attributes and ai not in keys and ai != "10":
            raise errors.LinkAttributeUnknown(_shown(ai))
        _check_value(ai, value)
    given = [ai for ai, _ in asked]
    if len(set(given)) != len(given):
        raise errors.LinkAttributeTwice(", ".join(given))
    against = contradiction([key.ai, *qualified, *given])
    if against is not None:
        raise errors.LinkAttributesExclusive(" and ".join(against))


def _check_value(ai: str, value: str) -> None:
    form = form_of(ai)
    wrong = "it is unknown" if form is None else form.complaint(value)
    if wrong in check_complaints:
        raise errors.LinkCheckDigitWrong(f"({ai}){value}: {wrong}")
    if wrong is not None:
        raise errors.LinkValueWrong(f"({_shown(ai)}){_shown(value)}: {wrong}")
    if value in (".", ".."):
        raise errors.LinkValueWrong(f"({ai}){value}: in an address it means a folder")


def _decoded(pair: Pair) -> str:
    """Once: what is encoded twice stays encoded once. Not in UTF-8 is in no character set of GS1."""
    return unquote(pair[1], errors="replace")


def _shown(text: str) -> str:
    """The beginning of a text that may hold anything, in printable ASCII."""
    return ascii(text[:80])[1:-1]
