"""What a conformant resolver answers (GS1-Conformant Resolver Standard 1.2), as values: no network, no clock.

`offers` stand from the finest level that has a record to the key. A type of link is looked for at the finest
level that offers it; the default is the finest record's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain

from tallystick.identity.digital_link.addresses import with_query
from tallystick.identity.digital_link.record_links import Link, Offer
from tallystick.identity.digital_link.wishes import Wishes, best_languages, best_media
from tallystick.ledger import TallystickError


class LinkUnknown(TallystickError):
    code = "digital-link-unknown"
    status = 404
    title = "No record here has this GS1 key"
    advice = "The key is well-formed; whoever issued it may keep it at another resolver."


class LinkTypeMissing(TallystickError):
    code = "digital-link-type-missing"
    status = 404
    title = "There is no link of this type"
    advice = "`?linkType=linkset` lists what there is."


@dataclass(frozen=True, slots=True)
class Redirect:
    """One place to go."""

    href: str


@dataclass(frozen=True, slots=True)
class Choices:
    """Several links between which the request does not decide."""

    offer: Offer
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Everything:
    """The linkset, of all that is offered."""

    offers: tuple[Offer, ...]


def answer(
    offers: Iterable[Offer], wish: Wishes, pick: Callable[[int], int]
) -> Redirect | Choices | Everything:
    """Looks no further up than it must. Raises `LinkUnknown` and `LinkTypeMissing`."""
    left = iter(offers)
    finest = next(left, None)
    if finest is None:
        raise LinkUnknown
    if wish.linkset:
        return Everything((finest, *left))
    if wish.link_type is None:
        return _default(finest, wish, pick)
    for offer in chain((finest,), left):
        found = [link for link in offer.links if link.rel == wish.link_type]
        if found:
            return _one_of(offer, found, wish)
    raise LinkTypeMissing(ascii(wish.link_type[:100])[1:-1])


def default_of(offer: Offer) -> Link:
    """The one default link that a linkset tells: of places, the heaviest."""
    if offer.defaults or offer.places is None:
        return offer.defaults[0]
    heaviest = offer.places.shown() or offer.places.places
    return offer.placed(heaviest[0].href)


def _default(offer: Offer, wish: Wishes, pick: Callable[[int], int]) -> Redirect | Choices:
    if not offer.defaults and offer.places is not None:
        place = offer.places.choose(wish.locatt, wish.country, pick)
        href = place.href if place is not None else default_of(offer).href
        return Redirect(with_query(href, wish.query))
    return _one_of(offer, list(offer.defaults), wish)


def _one_of(offer: Offer, links: list[Link], wish: Wishes) -> Redirect | Choices:
    """By context, language and media type; several that nothing tells apart are a choice for the reader."""
    if len(links) == 1:
        return _to(links[0], wish)
    if wish.context:
        links = [link for link in links if wish.context in link.context] or links
    tongues = best_languages(wish.languages, (link.hreflang for link in links))
    links = [link for link in links if link.hreflang in tongues] or links
    media = best_media(wish.media, (link.type for link in links))
    links = [link for link in links if link.type in media] or links
    alike = tuple(link for link in links if link.kind() == links[0].kind())
    if len({link.href for link in alike}) > 1:
        return Choices(offer, alike)
    return _to(alike[0], wish)


def _to(link: Link, wish: Wishes) -> Redirect:
    return Redirect(with_query(link.href, wish.query) if link.fwqs else link.href)
