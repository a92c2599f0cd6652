"""The GS1-conformant resolver: `/01/…`, `/00/…` and every other key, compressed links, and `/.well-known/gs1resolver`.

GET, HEAD and OPTIONS from anywhere (CORS). A key leads to its default link by 307; `linkType` asks for another, or for
the linkset, which `Accept: application/linkset+json` gives as well. Addresses in answers stand under the node's own
base URL, whatever host a request names. A browser that would get JSON gets a page, where the application has pages.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException

from tallystick.identity import strangers
from tallystick.identity.asof.moment import index_of
from tallystick.identity.digital_link import link_types
from tallystick.identity.digital_link.compressed import expand_path
from tallystick.identity.digital_link.errors import (
    LinkEncodingWrong,
    LinkNotCompressed,
    LinkRefused,
    LinkUnpaired,
)
from tallystick.identity.digital_link.identifiers import keys
from tallystick.identity.digital_link.link import DigitalLink, parse_path
from tallystick.identity.digital_link.linksets import choices, linkset
from tallystick.identity.digital_link.naming import Naming, offers, usual_namings
from tallystick.identity.digital_link.people import People, ReadingLinks
from tallystick.identity.digital_link.record_links import Offer
from tallystick.identity.digital_link.resolving import (
    Everything,
    LinkTypeMissing,
    Redirect,
    answer,
)
from tallystick.identity.digital_link.wishes import Wishes, linkset_media, wishes
from tallystick.identity.views import CodesOfBatches
from tallystick.ledger import TallystickError

description_path = "/.well-known/gs1resolver"
context_file = "https://ref.gs1.org/standards/resolver/linkset-context"
preflight_s = 86_400
_methods = "GET, HEAD, OPTIONS"
_open: dict[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": _methods,
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Authorization",
    "Access-Control-Expose-Headers": "Content-Language, Link, Location",
}
_vary = {"Vary": "Accept, Accept-Language, Authorization"}
_redirect, _several = 307, 300


class _Key(StringConvertor):
    """One of the primary keys, in a path."""

    regex = "|".join(sorted(keys))


class _Characters(StringConvertor):
    """What may be a compressed link: the shortest key makes six characters."""

    regex = "[A-Za-z0-9_-]{6,}"


register_url_convertor("gs1key", _Key())
register_url_convertor("gs1compressed", _Characters())


@dataclass(frozen=True, slots=True)
class Resolver:
    """What answers rest on beside the request. `people`: who makes pages, if anybody does."""

    root: str
    namings: Sequence[Naming]
    people: People | None = None
    issued: CodesOfBatches | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, understood: `plain` is what a compressed link says."""

    link: DigitalLink
    wish: Wishes
    at: int | None
    plain: bool = False


def routers(
    reading: Callable[..., Any],
    base_url: str,
    title: str,
    people: People | None = None,
    namings: Sequence[Naming] = usual_namings,
    issued: CodesOfBatches | None = None,
    desk: strangers.Strangers | None = None,
) -> tuple[APIRouter, APIRouter]:
    """`reading` is the dependency that says who asks; `title`: what this resolver calls itself.

    `issued`: also codes of batches that nobody has seen yet; `desk`: who answers strangers. The first router has what begins like nothing else; the
    second belongs behind all others: a path of one part may be a compressed link.
    """
    routes, last = APIRouter(tags=["digital link"]), APIRouter(tags=["digital link"])
    served = Resolver(base_url.rstrip("/"), namings, people, issued)

    @routes.head("/{key:gs1key}/{path:path}", include_in_schema=False)
    @routes.get("/{key:gs1key}/{path:path}", summary="Resolve a GS1 Digital Link")
    def resolve_link(request: Request, reading: ReadingLinks = Depends(reading)) -> Response:
        """307 to the default link or to `linkType`; the linkset for `linkType=linkset`; 300, 400 and 404."""
        return _answered(request, reading, served)

    if desk is not None:
        for route in routes.routes:
            strangers.serve(route, desk, partial(_prepared, served))

    @last.head("/{compressed:gs1compressed}", include_in_schema=False)
    @last.get("/{compressed:gs1compressed}", summary="Resolve a compressed GS1 Digital Link")
    def resolve_compressed(request: Request, reading: ReadingLinks = Depends(reading)) -> Response:
        """As the link that it stands for, which `Link: …; rel="owl:sameAs"` tells; 404 for what is no such link."""
        return _answered(request, reading, served)

    @routes.options("/{key:gs1key}/{path:path}", include_in_schema=False)
    @last.options("/{compressed:gs1compressed}", include_in_schema=False)
    @routes.options(description_path, include_in_schema=False)
    def options() -> Response:
        headers = {"Allow": _methods, "Access-Control-Max-Age": str(preflight_s), **_open}
        return Response(status_code=204, headers=headers)

    @routes.get(description_path, summary="What this GS1 resolver is and can do")
    def describe() -> JSONResponse:
        return JSONResponse(description(served.root, title), headers=_open)

    return routes, last


def _prepared(served: Resolver, request: Request) -> strangers.Prepared:
    """Of a program that asks as of now. Pages, and what took place, may take long, and go the ordinary way."""
    pages = "html" in request.headers.get("accept", "").lower()
    if pages or b"asof" in request.scope["query_string"].lower():
        return None
    return (lambda reading: _answered(request, reading, served)), {}


def description(root: str, title: str) -> dict[str, Any]:
    """The resolver description file (GS1-Conformant Resolver Standard §6)."""
    return {
        "name": title,
        "resolverRoot": root,
        "supportedPrimaryKeys": ["all"],
        "supportedLinkType": [{"namespace": link_types.gs1_vocabulary, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
        "supportsLanguageVariants": True,
        "supportsSemanticInterpretation": False,
        "supportsCompression": True,
        "validatesAIcombinations": True,
        "jsonLdContextLocation": context_file,
        "contact": {"fn": title},
    }


def _answered(request: Request, reading: ReadingLinks, served: Resolver) -> Response:
    asked: _Asked | None = None
    try:
        asked = _understood(request, reading)
        return _resolved(request, reading, served, asked)
    except TallystickError as error:
        return _refused(request, reading, served, asked, error)
    except HTTPException as error:
        # What is no link fits no route: it is nobody's code, and stands in no log of requests.
        request.scope["route"] = None
        if served.people is None or not _wants_page(request):
            raise
        return served.people.refused(request, error.status_code, f"http-{error.status_code}")


def _wants_page(request: Request) -> bool:
    return wishes("", (), request.headers.get("accept", "")).page


def _understood(request: Request, reading: ReadingLinks) -> _Asked:
    path, query = _raw(request)
    link, plain = _link(path, query, whole="compressed" in request.path_params)
    if plain:
        query = link.uri("").partition("?")[2]
    headers = request.headers
    told = headers.get("accept", ""), headers.get("accept-language", "")
    wish = wishes(query, link.others, *told)
    at = index_of(reading.snapshot, wish.as_of) if wish.as_of else None
    return _Asked(link, wish, at, plain)


def _link(path: str, query: str, *, whole: bool) -> tuple[DigitalLink, bool]:
    """The link of an address, and whether it was compressed. Raises `LinkRefused`, `HTTPException`."""
    try:
        return (expand_path(path, query), True) if whole else (parse_path(path, query), False)
    except LinkUnpaired as error:
        return _partly(path, query, error)
    except LinkRefused:
        if whole:
            # Any word may stand alone in a path, and most are no links.
            raise HTTPException(404) from None
        raise


def _partly(path: str, query: str, unpaired: LinkUnpaired) -> tuple[DigitalLink, bool]:
    try:
        return expand_path(path, query), True
    except LinkNotCompressed:
        raise unpaired from None


def _offers(reading: ReadingLinks, served: Resolver, asked: _Asked) -> Iterator[Offer]:
    return offers(
        reading.view,
        reading.reader,
        asked.link,
        served.root,
        served.namings,
        at=asked.at,
        issued=served.issued,
    )


def _resolved(request: Request, reading: ReadingLinks, served: Resolver, asked: _Asked) -> Response:
    root, people = served.root, served.people if asked.wish.page else None
    told = answer(_offers(reading, served, asked), asked.wish, secrets.randbelow)
    headers = {**_open, **_vary, "Link": _link_header(asked, root)}
    if isinstance(told, Redirect):
        return Response(status_code=_redirect, headers={**headers, "Location": told.href})
    if isinstance(told, Everything):
        if people is not None:
            return _page(people.links(request, reading, asked.link, told.offers, asked.at), headers)
        return _linkset(linkset(told.offers, root), 200, headers)
    if people is not None:
        shown = (replace(told.offer, links=told.links),)
        return _page(people.choices(request, reading, asked.link, shown), headers)
    headers["Location"] = told.links[0].href
    return _linkset(choices(told.offer, told.links, root), _several, headers)


def _refused(
    request: Request,
    reading: ReadingLinks,
    served: Resolver,
    asked: _Asked | None,
    error: TallystickError,
) -> Response:
    if served.people is None or not _wants_page(request):
        headers = {**_open, **_vary}
        problem = error.problem()
        return JSONResponse(
            problem, error.status, headers=headers, media_type="application/problem+json"
        )
    if asked is None:
        return _page(served.people.refused(request, error.status, error.code), _open)
    found: tuple[Offer, ...] = ()
    if isinstance(error, LinkTypeMissing):
        found = tuple(_offers(reading, served, asked))
    return _page(served.people.missing(request, reading, asked.link, found, error), _open)


def _page(page: Response, headers: Mapping[str, str]) -> Response:
    page.headers.update(headers)
    page.headers["Vary"] = f"{_vary['Vary']}, Cookie"
    return page


def _linkset(told: Any, status: int, headers: dict[str, str]) -> JSONResponse:
    context = (
        f'<{context_file}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    )
    headers = {**headers, "Link": f"{headers['Link']}, {context}"}
    return JSONResponse(told, status_code=status, media_type=linkset_media, headers=headers)


def _link_header(asked: _Asked, root: str) -> str:
    link = asked.link
    where = f'<{root}{link.path}?linkType=linkset>; rel="linkset"; type="{linkset_media}"'
    return f'{where}, <{link.uri(root)}>; rel="owl:sameAs"' if asked.plain else where


def _raw(request: Request) -> tuple[str, str]:
    """(path, query) as they were sent: decoded, a `%2F` in a serial would look like a slash."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    try:
        path = raw.partition(b"?")[0].decode("ascii")
        return path, request.scope["query_string"].decode("ascii")
    except UnicodeDecodeError:
        raise LinkEncodingWrong("the address is not in ASCII") from None
