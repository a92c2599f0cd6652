"""Pages of GS1 codes: where a code leads, which of several it should be, and what there is when it leads nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response

from tallystick.app.pages import code_words
from tallystick.app.pages.render import Pages
from tallystick.app.routing import add_routes
from tallystick.app.strangers import StrangersDesk
from tallystick.identity import digital_link, minting
from tallystick.identity.digital_link import DigitalLink, Offer, OfferedLink
from tallystick.ledger import Snapshot, TallystickError


@dataclass(frozen=True, slots=True)
class Named:
    """A part of a code: its number, what that stands for, and its value."""

    ai: str
    title: str
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """Links of one kind; `known` says whether `title` is a message and not a name as it was written."""

    title: str
    known: bool
    links: tuple[OfferedLink, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """What a level of the code offers. `of`: that level in words; `exact`: it is the one that was asked for."""

    of: tuple[Named, ...]
    title: str
    handle: str
    leads: str
    groups: tuple[Group, ...]
    exact: bool


class CodePages:
    """Pages for the resolver of GS1 Digital Links."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def links(
        self,
        request: Request,
        reading: Any,
        link: DigitalLink,
        offers: Sequence[Offer],
        at: int | None,
    ) -> Response:
        """All that a code leads to."""
        return self._shown(request, link, offers, "all", as_of=_then(reading.snapshot, at))

    def choices(
        self, request: Request, _reading: Any, link: DigitalLink, offers: Sequence[Offer]
    ) -> Response:
        """Several links of one kind."""
        return self._shown(request, link, offers, "choice", 300)

    def missing(
        self,
        request: Request,
        _reading: Any,
        link: DigitalLink,
        offers: Sequence[Offer],
        error: TallystickError,
    ) -> Response:
        """Nothing, or not what was asked for."""
        if error.status != 404:
            return self._pages.error(request, error.status, error.code)
        state = "type-missing" if offers else "unknown"
        return self._shown(request, link, offers, state, error.status)

    def refused(self, request: Request, status: int, code: str) -> Response:
        """No code at all."""
        return self._pages.error(request, status, code)

    def _shown(
        self,
        request: Request,
        link: DigitalLink,
        offers: Sequence[Offer],
        state: str,
        status: int = 200,
        as_of: tuple[int, str] | None = None,
    ) -> Response:
        return self._pages.page(
            request,
            "codes.html",
            status,
            state=state,
            verdict=code_words.verdicts[state],
            code=link.element_string(),
            parts_of_code=tuple(_named((link.key, *link.qualifiers, *link.attributes))),
            levels=tuple(_level(link, offer) for offer in offers),
            as_of=as_of,
            linkset=f"{link.path}?linkType=linkset",
        )


def install(
    app: FastAPI,
    reading: Callable[..., Any],
    pages: Pages,
    base_url: str,
    issued: minting.IssuedCodes,
    strangers: StrangersDesk,
) -> None:
    """The resolver, when all other routes are there; `issued` finds codes of batches that nobody has seen yet, and
    `strangers` answers whoever says nothing of who it is.
    """
    title, people = f"Tallystick {pages.origin}", CodePages(pages)
    links, compressed = digital_link.routers(
        reading, base_url, title, people, (issued.named,), issued, strangers
    )
    # What consumers scan is looked for first.
    add_routes(app, links, before=True)
    add_routes(app, compressed)


def _then(snapshot: Snapshot, at: int | None) -> tuple[int, str] | None:
    return None if at is None else (at, snapshot.row(at).time)


def _named(pairs: Sequence[tuple[str, str]]) -> Iterator[Named]:
    for ai, value in pairs:
        yield Named(ai, code_words.identifiers.get(ai, code_words.other_identifier), value)


def _level(asked: DigitalLink, offer: Offer) -> Level:
    pairs = (offer.link.key, *offer.link.qualifiers)
    groups: dict[str, list[OfferedLink]] = {}
    for one in offer.links:
        groups.setdefault(one.rel, []).append(one)
    return Level(
        tuple(_named(pairs)),
        offer.description.removesuffix(offer.link.element_string()).strip(),
        offer.handle,
        digital_link.default_of(offer).href,
        tuple(_group(rel, links) for rel, links in groups.items()),
        (offer.link.key, offer.link.qualifiers) == (asked.key, asked.qualifiers),
    )


def _group(rel: str, links: list[OfferedLink]) -> Group:
    name = rel.removeprefix(digital_link.gs1_vocabulary)
    found = code_words.link_types.get(name)
    return Group(found or name, found is not None, tuple(links))
