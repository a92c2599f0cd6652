"""Codes by which things and organisations are known elsewhere: one table of schemes."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.identity.codes.digital_link import code_of, link_scheme
from tallystick.identity.codes.gs1 import gs1_schemes
from tallystick.identity.codes.organisations import organisation_schemes
from tallystick.identity.codes.own import own, own_scheme, scope
from tallystick.identity.codes.scheme import (
    Code,
    CodeNotCanonical,
    CodeRefused,
    Scheme,
    SchemeUnknown,
    code_chars_max,
)
from tallystick.identity.codes.transport import transport_schemes
from tallystick.identity.codes.web import web_schemes

__all__ = [
    "Code",
    "CodeNotCanonical",
    "CodeRefused",
    "Scheme",
    "SchemeUnknown",
    "canonical",
    "code_chars_max",
    "code_of",
    "own",
    "parse",
    "scheme",
    "schemes",
    "scope",
]

schemes: Mapping[str, Scheme] = {
    one.name: one
    for one in (
        *gs1_schemes,
        link_scheme,
        *organisation_schemes,
        *transport_schemes,
        *web_schemes,
        own_scheme,
    )
}


def scheme(name: str) -> Scheme:
    """The scheme of this name; raises `SchemeUnknown`."""
    found = schemes.get(name)
    if found is None:
        raise SchemeUnknown(name)
    return found


def parse(name: str, text: str) -> Code:
    """The code that a text spells in a scheme, as people may write it. Raises `SchemeUnknown`, `CodeRefused`."""
    return scheme(name).parse(text)


def canonical(name: str, text: str) -> Code:
    """The code, which must stand in its canonical spelling. Raises also `CodeNotCanonical`."""
    found = parse(name, text)
    if found.value != text:
        raise CodeNotCanonical(f"{name}: {text} is written {found.value}")
    return found
