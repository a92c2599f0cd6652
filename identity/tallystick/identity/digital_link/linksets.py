"""Linksets: RFC 9264 §4.2, with what the GS1 resolver standard asks of them.

One object for each level that has a record: `anchor`, `itemDescription`, then links by type, each with `href` and
`title`; exactly one default link, with no other member; every default also stands under a type that describes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.identity.digital_link import link_types
from tallystick.identity.digital_link.record_links import Link, Offer
from tallystick.identity.digital_link.resolving import default_of

Linkset = dict[str, list[dict[str, Any]]]


def linkset(offers: Iterable[Offer], base_url: str) -> Linkset:
    """Everything, the finest level first."""
    return {"linkset": [_context(offer, base_url) for offer in offers]}


def choices(offer: Offer, links: Iterable[Link], base_url: str) -> Linkset:
    """These links alone, as a linkset of their record."""
    return {"linkset": [{**_head(offer, base_url), **_by_type(links)}]}


def _context(offer: Offer, base_url: str) -> dict[str, Any]:
    first = default_of(offer)
    told = {**_head(offer, base_url), **_by_type(offer.links)}
    told[link_types.default_link] = [{"href": first.href, "title": first.title}]
    if len(offer.defaults) > 1:
        told[link_types.default_link_multi] = [_target(link) for link in offer.defaults]
    return told


def _head(offer: Offer, base_url: str) -> dict[str, Any]:
    return {"anchor": offer.link.uri(base_url), "itemDescription": offer.description}


def _by_type(links: Iterable[Link]) -> dict[str, Any]:
    found: dict[str, list[dict[str, Any]]] = {}
    for link in links:
        found.setdefault(link.rel, []).append(_target(link))
    return found


def _target(link: Link) -> dict[str, Any]:
    told: dict[str, Any] = {"href": link.href, "title": link.title}
    if link.type:
        told["type"] = link.type
    if link.hreflang:
        told["hreflang"] = list(link.hreflang)
    if link.context:
        told["context"] = list(link.context)
    if not link.fwqs:
        told["fwqs"] = False
    return told
