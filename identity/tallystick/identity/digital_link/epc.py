"""EPC URNs of GS1 keys, read and written (GS1 EPC Tag Data Standard §6).

`urn:epc:<kind>:<scheme>:<company prefix>.<reference>{.<part>}`: where the company prefix ends is known to the URN alone,
so whoever writes one says how many digits it has. Kind `id` names one thing, `class` a lot, and `idpat`, ending in `.*`,
a kind of things. The serial 0 of a location means that there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, unquote

from tallystick.identity.digital_link.check_digits import check_digit
from tallystick.identity.digital_link.errors import LinkNotAnEpc, LinkWithoutEpc
from tallystick.identity.digital_link.link import DigitalLink, build, canonical_host

head = "urn:epc:"
#: How many a company prefix has.
prefix_digits = range(6, 13)
_text = r"(?:%[2-7][0-9A-Fa-f]|[!')(*+,.0-9:;=A-Za-z_-])"
_component = r"(?:%[2-5][0-9A-Fa-f]|[0-9A-Z-])"
#: What a URN writes as it is, beside letters, digits and `_.-~`.
_plain_in_urn = "!'()*+,:;="
#: What the CBV event hash encodes although a URN does not (CBV 2.0 §8.9.2).
_encoded_for_hash = str.maketrans({c: f"%{ord(c):02X}" for c in "!()*+,:"})
_no_extension = "0"


@dataclass(frozen=True, slots=True)
class Part:
    """What follows the reference: the value of a qualifier, or more of the key (`ai` empty)."""

    ai: str
    characters: str
    least: int
    most: int

    @property
    def pattern(self) -> str:
        return f"{self.characters}{{{self.least},{self.most}}}"


@dataclass(frozen=True)
class Scheme:
    """`digits`: of prefix and reference together, 0 where the reference is the text `reference`. `leading`: so many digits of
    the reference stand before the prefix in the key; `zero`: what stands before all.
    """

    name: str
    ai: str
    digits: int = 0
    leading: int = 0
    zero: str = ""
    reference: Part | None = None
    parts: tuple[Part, ...] = ()

    @property
    def pattern_of_things(self) -> bool:
        return self.name.startswith("idpat:")

    @property
    def qualifiers(self) -> tuple[str, ...]:
        return tuple(part.ai for part in self.parts if part.ai)

    @cached_property
    def form(self) -> re.Pattern[str]:
        """Groups: prefix and reference, then a group for each part."""
        ways = (
            rf"[0-9]{{{length}}}\."
            + (self.reference.pattern if self.reference else f"[0-9]{{{self.digits - length}}}")
            for length in prefix_digits
        )
        end = r"\.\*" if self.pattern_of_things else ""
        parts = "".join(rf"\.({part.pattern})" for part in self.parts)
        return re.compile(f"({'|'.join(ways)}){parts}{end}")

    def key(self, prefix: str, reference: str) -> str:
        """The key's value as far as prefix and reference make it, with its check digit."""
        if self.reference is not None:
            return prefix + reference
        number = reference[: self.leading] + prefix + reference[self.leading :]
        return self.zero + number + check_digit(self.zero + number)

    def parted(self, key: str, length: int) -> tuple[str, str, str] | None:
        """(prefix, reference, what is left behind the check digit) of a key; None if it is too short."""
        if self.reference is not None:
            return (key[:length], key[length:], "") if len(key) > length else None
        number, rest = key[len(self.zero) :][: self.digits], key[len(self.zero) + self.digits + 1 :]
        lead, body = number[: self.leading], number[self.leading :]
        return body[:length], lead + body[length:], rest


def _serial(ai: str, most: int) -> Part:
    return Part(ai, _text, 1, most)


def _digits(ai: str, most: int, least: int = 1) -> Part:
    return Part(ai, "[0-9]", least, most)


_piece = (_digits("", 2, 2), _digits("", 2, 2))
_asset, _cpi = _serial("", 24), Part("", _component, 1, 24)
_all = (
    Scheme("id:sgtin", "01", 13, leading=1, parts=(_serial("21", 20),)),
    Scheme("id:sscc", "00", 17, leading=1),
    Scheme("id:sgln", "414", 12, parts=(_serial("254", 20),)),
    Scheme("id:grai", "8003", 12, zero="0", parts=(_serial("", 16),)),
    Scheme("id:giai", "8004", reference=_asset),
    Scheme("id:gsrn", "8018", 17),
    Scheme("id:gsrnp", "8017", 17),
    Scheme("id:gdti", "253", 12, parts=(_serial("", 20),)),
    Scheme("id:cpi", "8010", reference=_cpi, parts=(_digits("8011", 12),)),
    Scheme("id:sgcn", "255", 12, parts=(_digits("", 12),)),
    Scheme("id:ginc", "401", reference=_asset),
    Scheme("id:gsin", "402", 16),
    Scheme("id:itip", "8006", 13, leading=1, parts=(*_piece, _serial("21", 20))),
    Scheme("id:upui", "01", 13, leading=1, parts=(_serial("235", 28),)),
    Scheme("id:pgln", "417", 12),
    Scheme("class:lgtin", "01", 13, leading=1, parts=(_serial("10", 20),)),
    Scheme("idpat:sgtin", "01", 13, leading=1),
    Scheme("idpat:grai", "8003", 12, zero="0"),
    Scheme("idpat:gdti", "253", 12),
    Scheme("idpat:sgcn", "255", 12),
    Scheme("idpat:cpi", "8010", reference=_cpi),
    Scheme("idpat:itip", "8006", 13, leading=1, parts=_piece),
    Scheme("idpat:upui", "01", 13, leading=1),
)
schemes: Mapping[str, Scheme] = {one.name: one for one in _all}


@dataclass(frozen=True, slots=True)
class _Read:
    """A URN in its parts, still encoded as it was: key, and qualifiers."""

    key: tuple[str, str]
    qualifiers: tuple[tuple[str, str], ...]


def from_urn(text: str) -> str | None:
    """The Digital Link at id.gs1.org of an EPC URN, encoded as the CBV event hash wants it; None for what is none."""
    found = _read(text)
    if found is None:
        return None
    pairs = (found.key, *found.qualifiers)
    return canonical_host + "".join(
        f"/{ai}/{value.translate(_encoded_for_hash)}" for ai, value in pairs
    )


def parse_urn(text: str) -> DigitalLink:
    """The key of an EPC URN with its qualifier. Raises `LinkNotAnEpc`, and what `build` raises."""
    found = _read(text)
    if found is None:
        raise LinkNotAnEpc(ascii(text[:80])[1:-1])
    ai, value = found.key
    return build((ai, unquote(value)), {name: unquote(told) for name, told in found.qualifiers})


def to_urn(link: DigitalLink, length: int) -> str:
    """The EPC URN of a key, whose company prefix has so many digits (`length`). A serial stands for the lot that it is of.

    Raises `LinkWithoutEpc`.
    """
    finest = link.finest()
    fitting = (one for one in _all if one.ai == link.key[0] and length in prefix_digits)
    for told in filter(None, (_written(scheme, finest, length) for scheme in fitting)):
        # What a URN cannot hold comes back as nothing, or as another key.
        if _read(told) is not None and parse_urn(told) == finest:
            return told
    raise LinkWithoutEpc(f"{link.element_string()} with a prefix of {length} digits")


def _read(text: str) -> _Read | None:
    kind, _, rest = text.removeprefix(head).partition(":")
    name, _, told = rest.partition(":")
    scheme = schemes.get(f"{kind}:{name}") if text.startswith(head) else None
    found = scheme.form.fullmatch(told) if scheme else None
    if scheme is None or found is None:
        return None
    prefix, _, reference = found[1].partition(".")
    values = found.groups()[1:]
    inner = "".join(v for part, v in zip(scheme.parts, values, strict=True) if not part.ai)
    outer = [(part.ai, v) for part, v in zip(scheme.parts, values, strict=True) if part.ai]
    return _Read(
        (scheme.ai, scheme.key(prefix, reference) + inner),
        tuple(pair for pair in outer if pair != ("254", _no_extension)),
    )


def _written(scheme: Scheme, link: DigitalLink, length: int) -> str | None:
    parted = scheme.parted(link.key[1], length)
    if parted is None or {ai for ai, _ in link.qualifiers} - set(scheme.qualifiers):
        return None
    prefix, reference, inner = parted
    given = dict(link.qualifiers)
    if scheme.ai == "414":
        given.setdefault("254", _no_extension)
    values = _values(scheme.parts, inner, given)
    if values is None:
        return None
    told = [prefix, _encoded(reference), *map(_encoded, values)]
    return f"{head}{scheme.name}:" + ".".join((*told, *["*"] * scheme.pattern_of_things))


def _values(parts: Sequence[Part], inner: str, given: Mapping[str, str]) -> list[str] | None:
    """The value of each part, of which those inside the key take what is left of it; None if one has none."""
    found: list[str] = []
    for part in parts:
        value = given.get(part.ai, "") if part.ai else inner[: part.most]
        if not value:
            return None
        inner = inner if part.ai else inner[part.most :]
        found.append(value)
    return found if not inner else None


def _encoded(value: str) -> str:
    return quote(value, safe=_plain_in_urn)
