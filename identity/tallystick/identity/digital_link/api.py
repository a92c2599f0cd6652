"""The GS1-conformant resolver: `/01/…`, `/00/…` and every other key, and `/.well-known/gs1resolver`.

GET, HEAD and OPTIONS from anywhere (CORS). A key leads to its default link by 307; `linkType` asks for another, or for
the linkset, which `Accept: application/linkset+json` gives as well. Addresses in answers stand under the node's own
base URL, whatever host a request names.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.convertors import StringConvertor, register_url_convertor

from tallystick.identity.digital_link import link_types
from tallystick.identity.digital_link.errors import LinkEncodingWrong
from tallystick.identity.digital_link.identifiers import keys
from tallystick.identity.digital_link.link import DigitalLink, parse_path
from tallystick.identity.digital_link.linksets import choices, linkset
from tallystick.identity.digital_link.naming import Naming, offers, usual_namings
from tallystick.identity.digital_link.resolving import Everything, Redirect, answer
from tallystick.identity.digital_link.wishes import linkset_media, wishes
from tallystick.identity.views import CodesOfBatches
from tallystick.ledger import Reader, TallystickError, View

description_path = "/.well-known/gs1resolver"
context_file = "https://ref.gs1.org/standards/resolver/linkset-context"
_methods = "GET, HEAD, OPTIONS"
_open: dict[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": _methods,
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Authorization",
    "Access-Control-Expose-Headers": "Link, Location",
}
_vary = {"Vary": "Accept, Accept-Language, Authorization"}


class _Key(StringConvertor):
    """One of the primary keys, in a path."""

    regex = "|".join(sorted(keys))


register_url_convertor("gs1key", _Key())


class ReadingLinks(Protocol):
    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...


def router(
    reading: Callable[..., Any],
    base_url: str,
    title: str,
    namings: Sequence[Naming] = usual_namings,
    issued: CodesOfBatches | None = None,
) -> APIRouter:
    """`reading` is the dependency that says who asks; `title`: what this resolver calls itself.

    `issued`: also codes of batches that nobody has seen yet.
    """
    routes = APIRouter(tags=["digital link"])
    root = base_url.rstrip("/")

    @routes.head("/{key:gs1key}/{path:path}", include_in_schema=False)
    @routes.get("/{key:gs1key}/{path:path}", summary="Resolve a GS1 Digital Link")
    def resolve_link(request: Request, reading: ReadingLinks = Depends(reading)) -> Response:
        """307 to the default link or to `linkType`; the linkset for `linkType=linkset`; 300, 400 and 404."""
        try:
            return _resolved(request, reading, root, namings, issued)
        except TallystickError as error:
            return _problem(error)

    @routes.options("/{key:gs1key}/{path:path}", include_in_schema=False)
    @routes.options(description_path, include_in_schema=False)
    def options() -> Response:
        return Response(status_code=204, headers={"Allow": _methods, **_open})

    @routes.get(description_path, summary="What this GS1 resolver is and can do")
    def describe() -> JSONResponse:
        return JSONResponse(description(root, title), headers=_open)

    return routes


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
        "validatesAIcombinations": False,
        "jsonLdContextLocation": context_file,
        "contact": {"fn": title},
    }


def _resolved(
    request: Request,
    reading: ReadingLinks,
    root: str,
    namings: Sequence[Naming],
    issued: CodesOfBatches | None,
) -> Response:
    path, query = _raw(request)
    link = parse_path(path, query)
    asked = wishes(
        query,
        link.others,
        request.headers.get("accept", ""),
        request.headers.get("accept-language", ""),
    )
    found = offers(reading.view, reading.reader, link, root, namings, issued)
    told = answer(found, asked, secrets.randbelow)
    headers = {**_open, **_vary, "Link": _link_header(link, root)}
    if isinstance(told, Redirect):
        return Response(status_code=307, headers={**headers, "Location": told.href})
    if isinstance(told, Everything):
        return _linkset(linkset(told.offers, root), 200, headers)
    headers["Location"] = told.links[0].href
    return _linkset(choices(told.offer, told.links, root), 300, headers)


def _linkset(told: Any, status: int, headers: dict[str, str]) -> JSONResponse:
    context = (
        f'<{context_file}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    )
    headers = {**headers, "Link": f"{headers['Link']}, {context}"}
    return JSONResponse(told, status_code=status, media_type=linkset_media, headers=headers)


def _link_header(link: DigitalLink, root: str) -> str:
    where = DigitalLink(link.key, link.qualifiers).uri(root)
    return f'<{where}?linkType=linkset>; rel="linkset"; type="{linkset_media}"'


def _raw(request: Request) -> tuple[str, str]:
    """(path, query) as they were sent: decoded, a `%2F` in a serial would look like a slash."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    try:
        path = raw.partition(b"?")[0].decode("ascii")
        return path, request.scope["query_string"].decode("ascii")
    except UnicodeDecodeError:
        raise LinkEncodingWrong("the address is not in ASCII") from None


def _problem(error: TallystickError) -> JSONResponse:
    return JSONResponse(
        error.problem(),
        status_code=error.status,
        media_type="application/problem+json",
        headers={**_open, **_vary},
    )
