"""EPC URNs and GS1 Digital Links to one form, for the CBV event hash.

CBV 2.0 §8.9.2: every GS1 key becomes `https://id.gs1.org/…` at its finest level, without query. EPC
patterns: GS1 EPC Tag Data Standard §6; Digital Links: GS1 Digital Link URI syntax. What is not
recognised stays as it is. As in the reference implementation a percent-encoded serial in a Digital Link
is not recognised, and a lot is dropped where a serial follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable

base = "https://id.gs1.org"
_serial = r"(?:%[2-7][0-9A-Fa-f]|[!')(*+,.0-9:;=A-Za-z_-])"
_plain = r"[\"'.\-0-9;<=>?A-Z_a-z]"
_encoded = str.maketrans({c: f"%{ord(c):02X}" for c in "!()*+,:"})


def normalise(text: str) -> str:
    """The canonical Digital Link of a GS1 key, or `text`."""
    if text.startswith("urn:epc:"):
        return _from_urn(text) or text
    if text.startswith(("https://", "http://")):
        return _from_link(text) or text
    return text


def check_digit(digits: str) -> str:
    """GS1 General Specifications §7.9.1."""
    total = sum(int(digit) * (1 if at % 2 else 3) for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


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


def _from_urn(text: str) -> str | None:
    kind, _, rest = text[len("urn:epc:") :].partition(":")
    scheme, _, key = rest.partition(":")
    pattern, build = _by_scheme.get(f"{kind}:{scheme}", (None, None))
    found = pattern.fullmatch(key) if pattern else None
    if found is None or build is None:
        return None
    first, *others = found.groups()
    return base + build(tuple(first.split(".", 1)), *others)


_short = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017",
    "gsrn": "8018", "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402",
    "grai": "8003", "giai": "8004", "cpv": "22", "lot": "10", "ser": "21",
}  # fmt: skip
#: Key AI → (form of its value, qualifier AIs from finest to coarsest with the form of theirs).
_keys: dict[str, tuple[str, dict[str, str]]] = {
    "00": (r"\d{18}", {}),
    "01": (r"\d{14}", {"21": _plain + "{0,20}", "235": _plain + "{0,28}", "10": _plain + "{0,20}"}),
    "253": (rf"\d{{13}}{_plain}{{0,17}}", {}),
    "255": (r"\d{13,25}", {}),
    "401": (rf"\d{{4}}{_plain}{{0,26}}", {}),
    "402": (r"\d{17}", {}),
    "414": (r"\d{13}", {"254": _plain + "{0,20}"}),
    "417": (r"\d{13}", {}),
    "8003": (rf"\d{{14}}{_plain}{{0,16}}", {}),
    "8004": (rf"\d{{4}}{_plain}{{0,26}}", {}),
    "8006": (r"\d{18}", {"21": _plain + "{0,20}", "10": _plain + "{0,20}"}),
    "8010": (r"\d{4}[#\-0-9A-Z]{0,26}", {"8011": r"\d{0,12}"}),
    "8017": (r"\d{18}", {}),
    "8018": (r"\d{18}", {}),
}


def _from_link(text: str) -> str | None:
    path = text.split("?", 1)[0].rstrip("/").split("/")[3:]
    path = [_short.get(part, part) for part in path]
    at = next((n for n, part in enumerate(path[:-1]) if part in _keys), None)
    if at is None or (len(path) - at) % 2:
        return None
    key, value, *rest = path[at:]
    form, qualifiers = _keys[key]
    if key == "01" and value.isdigit() and len(value) in (8, 12, 13):
        value = value.zfill(14)
    given = dict(zip(rest[::2], rest[1::2], strict=True))
    given.pop("22", None)
    if not re.fullmatch(form, value) or not given.keys() <= qualifiers.keys():
        return None
    finest = next((ai for ai in qualifiers if ai in given), None)
    if finest is None:
        return f"{base}/{key}/{value}"
    if not re.fullmatch(qualifiers[finest], given[finest]):
        return None
    return f"{base}/{key}/{value}/{finest}/{given[finest]}"
