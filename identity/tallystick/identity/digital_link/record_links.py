"""What links a record offers, out of the values that its reader may see.

In this order the default link is: a TALLYSTICK.LINK that says so, a place of `10320/loc`, a `URL`, the record's
own page here. Values that are not in their form, written before their form was checked, offer nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from tallystick.identity.digital_link import link_types, values
from tallystick.identity.digital_link.addresses import is_web_address
from tallystick.identity.digital_link.identifiers import keys
from tallystick.identity.digital_link.link import DigitalLink
from tallystick.identity.digital_link.locations import Locations, location_type, parse_locations
from tallystick.identity.digital_link.value_errors import LinkValueRefused
from tallystick.identity.views import Record, Value
from tallystick.ledger import canonical

_title_types = ("NAME", "NAME.EN", "NAME.ZH")
_own_type = link_types.whole("gs1:traceability")


@dataclass(frozen=True, slots=True)
class Link:
    """`rel`: the whole address of the link type. `fwqs`: whether a request's parameters are passed on."""

    rel: str
    href: str
    title: str
    hreflang: tuple[str, ...] = ()
    type: str | None = None
    context: tuple[str, ...] = ()
    fwqs: bool = True

    def kind(self) -> tuple[object, ...]:
        """What tells it from others of its type."""
        return (frozenset(self.hreflang), self.type, frozenset(self.context))


@dataclass(frozen=True, slots=True)
class Offer:
    """A record under one of its GS1 keys: the links, those to which the bare code leads, and its places."""

    link: DigitalLink
    handle: str
    description: str
    links: tuple[Link, ...]
    defaults: tuple[Link, ...]
    places: Locations | None = None
    place_title: str = ""
    place_type: str = ""

    def placed(self, href: str) -> Link:
        """A link to one of its places."""
        return Link(self.place_type, href, self.place_title)


def offer(link: DigitalLink, record: Record, shown: Iterable[Value], base_url: str) -> Offer:
    """`shown`: the values that the reader may see."""
    seen = list(shown)
    title = _title(seen) or record.handle
    page = link_types.whole(keys[link.key[0]].page)
    own = Link(_own_type, f"{base_url}/t/{quote(record.handle, safe='/')}", title, type="text/html")
    stated = [_stated(value) for value in seen if value.type == values.link_type]
    links = [(one, flagged) for one, flagged in filter(None, stated)]
    flagged = [one for one, is_default in links if is_default]
    places = next(filter(None, map(_places, seen)), None)
    urls = [_url(value, page, title) for value in seen if value.type == "URL"]
    fallback = [one for one in urls if one is not None]
    placed = [Link(page, place.href, title) for place in (places.shown() if places else ())]
    defaults = flagged or ([] if places else [*fallback[:1], own][:1])
    return Offer(
        link,
        record.handle,
        f"{title} {link.element_string()}",
        _once([*(one for one, _ in links), *placed, *fallback, own]),
        tuple(defaults),
        places,
        title,
        page,
    )


def _once(links: Sequence[Link]) -> tuple[Link, ...]:
    return tuple(dict.fromkeys(links))


def _title(shown: Sequence[Value]) -> str:
    told = {value.type: value.value for value in shown if isinstance(value.value, str)}
    return next((told[kind] for kind in _title_types if told.get(kind)), "")


def _stated(value: Value) -> tuple[Link, bool] | None:
    try:
        told = values.parse_link_value(canonical.encode(value.value))
    except (LinkValueRefused, canonical.NotCanonical):
        return None
    made = Link(
        link_types.whole(told.rel), told.href, told.title, told.hreflang or (), told.type,
        told.context or (), told.fwqs is None,
    )  # fmt: skip
    return made, told.default is True


def _places(value: Value) -> Locations | None:
    if value.type != location_type or not isinstance(value.value, str):
        return None
    try:
        return parse_locations(value.value)
    except LinkValueRefused:
        return None


def _url(value: Value, rel: str, title: str) -> Link | None:
    found = isinstance(value.value, str) and is_web_address(value.value)
    return Link(rel, value.value, title) if found else None
