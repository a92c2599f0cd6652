"""Values of the type `10320/loc`: several places of one thing, one of which is chosen (Handle System, "locations").

`<locations chooseby="locatt,country,weighted"><location href="…" weight="1" country="cn"/>…</locations>`. What is
asked for (`?locatt=id:1`) comes first, then the reader's country, then chance by weight; a weight of 0 is given only
if asked for. XML is read without document types, entities or anything from outside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree as Safe
from defusedxml.common import DefusedXmlException

from tallystick.identity.digital_link.addresses import is_web_address
from tallystick.identity.digital_link.value_errors import LinkValueRefused

location_type = "10320/loc"
locations_max = 64
location_chars_max = 4_096
usual_order = ("locatt", "country", "weighted")
_weight = re.compile(r"(\d{1,6})(?:\.(\d{1,6}))?")
_country = re.compile(r"[A-Za-z]{2}")
_millionths = 1_000_000


@dataclass(frozen=True, slots=True)
class Location:
    """`weight` in millionths; `attributes`: all of them, as written."""

    href: str
    weight: int
    attributes: Mapping[str, str]

    @property
    def country(self) -> str:
        return self.attributes.get("country", "").lower()


@dataclass(frozen=True, slots=True)
class Locations:
    """In their order; `choose_by`: the ways to choose one, tried in turn, chance last of all."""

    places: tuple[Location, ...]
    choose_by: tuple[str, ...] = usual_order

    def choose(
        self, asked: tuple[str, str] | None, country: str, pick: Callable[[int], int]
    ) -> Location | None:
        """`asked`: an attribute and its value; `pick`: a random number below the one it is given."""
        left: Sequence[Location] = self.shown()
        for way in self.choose_by:
            if way == "locatt" and asked is not None:
                wanted = [p for p in self.places if p.attributes.get(asked[0]) == asked[1]]
                if wanted:
                    return _by_weight(wanted, pick) or wanted[0]
            elif way == "country":
                left = _of_country(left, country.lower())
            elif way == "weighted":
                break
        return _by_weight(left, pick)

    def shown(self) -> tuple[Location, ...]:
        """Those that are given unasked, the heaviest first."""
        return tuple(sorted((p for p in self.places if p.weight), key=lambda p: -p.weight))


def parse_locations(text: str) -> Locations:
    """Raises `LinkValueRefused`."""
    if len(text) > location_chars_max:
        raise LinkValueRefused(f"{location_type} is longer than {location_chars_max} characters")
    try:
        root = Safe.fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise LinkValueRefused(f"{location_type} is not plain XML: {_said(error)}") from None
    if root.tag != "locations" or any(child.tag != "location" for child in root):
        raise LinkValueRefused(f"{location_type} is <locations> of <location> alone")
    if not 1 <= len(root) <= locations_max:
        raise LinkValueRefused(f"{location_type} holds 1 to {locations_max} locations")
    order = tuple(word.strip() for word in root.get("chooseby", "").split(",") if word.strip())
    if not set(order) <= set(usual_order):
        raise LinkValueRefused(f"chooseby names {', '.join(usual_order)} alone")
    return Locations(tuple(_location(child) for child in root), order or usual_order)


def _location(element: Element) -> Location:
    href, weight = element.get("href", ""), _weight.fullmatch(element.get("weight", "1"))
    if not is_web_address(href):
        raise LinkValueRefused("each location has an href, an http or https address")
    if weight is None:
        raise LinkValueRefused(
            "a weight is a number of at most six digits before and after the point"
        )
    if not _country.fullmatch(element.get("country", "xx")):
        raise LinkValueRefused("a country is the two letters of ISO 3166")
    if len(element):
        raise LinkValueRefused("a location holds attributes alone")
    whole, part = weight.group(1), weight.group(2) or ""
    return Location(href, int(whole) * _millionths + int(part.ljust(6, "0")), dict(element.attrib))


def _of_country(places: Sequence[Location], country: str) -> Sequence[Location]:
    """Those of the country, else those of none, else all."""
    for wanted in (country, ""):
        found = [place for place in places if place.country == wanted]
        if found:
            return found
    return places


def _by_weight(places: Sequence[Location], pick: Callable[[int], int]) -> Location | None:
    """By chance in proportion to weight; None where all weigh nothing."""
    total = sum(place.weight for place in places)
    if not total:
        return None
    at = pick(total)
    for place in places:
        at -= place.weight
        if at < 0:
            return place
    return None


def _said(error: Exception) -> str:
    return ascii(str(error)[:100])[1:-1]
