"""EPC URIs, as EPCIS events spell keys of GS1, turned into element strings (EPC Tag Data Standard 6.3)."""

from __future__ import annotations

import re
from urllib.parse import unquote

from tallystick.identity.codes.scheme import CodeRefused
from tallystick.identity.digital_link.check_digits import check_digit

_head = "urn:epc:"
#: After which words the URI of a scheme goes on; its parts; how many digits company and reference have together.
_shapes = {
    "gtin": ("idpat:sgtin:", 3, 13),
    "sgtin": ("id:sgtin:", 3, 13),
    "lgtin": ("class:lgtin:", 3, 13),
    "sscc": ("id:sscc:", 2, 17),
    "sgln": ("id:sgln:", 3, 12),
    "grai": ("id:grai:", 3, 12),
    "giai": ("id:giai:", 2, 0),
}
_qualifier = {"sgtin": "(21)", "lgtin": "(10)", "sgln": "(254)", "grai": ""}


def spelled(scheme: str, text: str) -> str:
    """The element string of an EPC URI of this scheme; any other text as it is. Raises `CodeRefused`."""
    if not text.startswith(_head):
        return text
    start, count, length = _shapes.get(scheme, ("", 0, 0))
    rest = text.removeprefix(_head)
    parts = rest.removeprefix(start).split(".", max(count - 1, 0))
    if not start or not rest.startswith(start) or len(parts) != count or not parts[0].isdecimal():
        raise CodeRefused(f"{scheme}: {text} is no EPC URI of this scheme")
    company, reference, last = parts[0], parts[1], _decoded(parts[-1], scheme)
    if scheme == "giai":
        return company + last
    number = _number(scheme, company, reference, length)
    if scheme == "gtin" and last != "*":
        raise CodeRefused(f"gtin: {text} names one thing: its scheme is sgtin")
    if scheme == "sgln" and last == "0":
        raise CodeRefused(f"sgln: {text} has no extension: its scheme is gln")
    return number + (_qualifier[scheme] + last if scheme in _qualifier else "")


def _number(scheme: str, company: str, reference: str, length: int) -> str:
    """With the check digit; a first digit of the reference stands before the company, where the key has one."""
    first = 1 if length in (13, 17) else 0
    number = reference[:first] + company + reference[first:]
    if not re.fullmatch(f"[0-9]{{{length}}}", number):
        raise CodeRefused(f"{scheme}: company and reference have {length} digits together")
    return ("0" if scheme == "grai" else "") + number + check_digit(number)


def _decoded(text: str, scheme: str) -> str:
    if "%" in re.sub("%[0-9A-Fa-f]{2}", "", text):
        raise CodeRefused(f"{scheme}: a % is followed by no two hex digits")
    return unquote(text, encoding="latin-1")
