"""EPC URNs as GS1 Digital Links (GS1 EPC Tag Data Standard §6).

The result is percent-encoded as the CBV event hash wants it (CBV 2.0 §8.9.2): `!()*+,:` and nothing else that
the URN does not encode itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tallystick.identity.digital_link.check_digits import check_digit
from tallystick.identity.digital_link.link import canonical_host

_serial = r"(?:%[2-7][0-9A-Fa-f]|[!')(*+,.0-9:;=A-Za-z_-])"
_encoded = str.maketrans({c: f"%{ord(c):02X}" for c in "!()*+,:"})


def _closed(digits: str) -> str:
    return digits + check_digit(digits)


def _gtin(prefix: str, item: str) -> str:
    return _closed(item[0] + prefix + item[1:])


def _escape(text: str) -> str:
    return text.translate(_encoded)


def _location(prefix: str, reference: str, extension: str) -> str:
    tail = "" if extension == "0" else "/254/" + _escape(extension)
    return f"/414/{_closed(prefix + reference)}{tail}"


def _split(width: int) -> str:
    """A company prefix of 6 to 12 digits, a dot, and as many digits as make up `width`."""
    return r"(?:" + "|".join(rf"\d{{{n}}}\.\d{{{width - n}}}" for n in range(6, 13)) + ")"


_Build = Callable[..., str]
_schemes: list[tuple[str, str, _Build]] = [
    (
        "id:sgtin",
        rf"({_split(13)})\.({_serial}{{1,20}})",
        lambda k, s: f"/01/{_gtin(*k)}/21/{_escape(s)}",
    ),
    ("id:sscc", rf"({_split(17)})", lambda k: f"/00/{_closed(k[1][0] + k[0] + k[1][1:])}"),
    ("id:sgln", rf"({_split(12)})\.({_serial}{{1,20}})", lambda k, e: _location(k[0], k[1], e)),
    (
        "id:grai",
        rf"({_split(12)})\.({_serial}{{1,16}})",
        lambda k, s: f"/8003/{_closed('0' + k[0] + k[1])}{_escape(s)}",
    ),
    ("id:giai", rf"(\d{{6,12}}\.{_serial}{{1,24}})", lambda k: f"/8004/{k[0]}{_escape(k[1])}"),
    ("id:gsrn", rf"({_split(17)})", lambda k: f"/8018/{_closed(k[0] + k[1])}"),
    ("id:gsrnp", rf"({_split(17)})", lambda k: f"/8017/{_closed(k[0] + k[1])}"),
    (
        "id:gdti",
        rf"({_split(12)})\.({_serial}{{1,20}})",
        lambda k, s: f"/253/{_closed(k[0] + k[1])}{_escape(s)}",
    ),
    (
        "id:cpi",
        r"(\d{6,12}\.(?:%[2-5][0-9A-Fa-f]|[0-9A-Z-]){1,24})\.(\d{1,12})",
        lambda k, s: f"/8010/{k[0]}{_escape(k[1])}/8011/{s}",
    ),
    ("id:sgcn", rf"({_split(12)})\.(\d{{1,12}})", lambda k, s: f"/255/{_closed(k[0] + k[1])}{s}"),
    ("id:ginc", rf"(\d{{6,12}}\.{_serial}{{1,24}})", lambda k: f"/401/{k[0]}{_escape(k[1])}"),
    ("id:gsin", rf"({_split(16)})", lambda k: f"/402/{_closed(k[0] + k[1])}"),
    (
        "id:itip",
        rf"({_split(13)})\.(\d\d)\.(\d\d)\.({_serial}{{1,20}})",
        lambda k, p, t, s: f"/8006/{_gtin(*k)}{p}{t}/21/{_escape(s)}",
    ),
    (
        "id:upui",
        rf"({_split(13)})\.({_serial}{{1,28}})",
        lambda k, s: f"/01/{_gtin(*k)}/235/{_escape(s)}",
    ),
    ("id:pgln", rf"({_split(12)})", lambda k: f"/417/{_closed(k[0] + k[1])}"),
    (
        "class:lgtin",
        rf"({_split(13)})\.({_serial}{{1,20}})",
        lambda k, lot: f"/01/{_gtin(*k)}/10/{_escape(lot)}",
    ),
    ("idpat:sgtin", rf"({_split(13)})\.\*", lambda k: f"/01/{_gtin(*k)}"),
    ("idpat:grai", rf"({_split(12)})\.\*", lambda k: f"/8003/{_closed('0' + k[0] + k[1])}"),
    ("idpat:gdti", rf"({_split(12)})\.\*", lambda k: f"/253/{_closed(k[0] + k[1])}"),
    ("idpat:sgcn", rf"({_split(12)})\.\*", lambda k: f"/255/{_closed(k[0] + k[1])}"),
    (
        "idpat:cpi",
        r"(\d{6,12}\.(?:%[2-5][0-9A-Fa-f]|[0-9A-Z-]){1,24})\.\*",
        lambda k: f"/8010/{k[0]}{_escape(k[1])}",
    ),
    (
        "idpat:itip",
        rf"({_split(13)})\.(\d\d)\.(\d\d)\.\*",
        lambda k, p, t: f"/8006/{_gtin(*k)}{p}{t}",
    ),
    ("idpat:upui", rf"({_split(13)})\.\*", lambda k: f"/01/{_gtin(*k)}"),
]
_by_scheme = {scheme: (re.compile(pattern), build) for scheme, pattern, build in _schemes}


def from_urn(text: str) -> str | None:
    """The Digital Link at id.gs1.org of `urn:epc:…`; None for what is no EPC of a GS1 key."""
    kind, _, rest = text[len("urn:epc:") :].partition(":")
    scheme, _, key = rest.partition(":")
    pattern, build = _by_scheme.get(f"{kind}:{scheme}", (None, None))
    found = pattern.fullmatch(key) if pattern else None
    if found is None or build is None:
        return None
    first, *others = found.groups()
    return canonical_host + build(tuple(first.split(".", 1)), *others)
