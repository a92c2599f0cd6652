"""GET /hrls/handles: handles by their values, in the form that PyHandle asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse

from tallystick.identity import searching
from tallystick.identity.rest.administering import ReadingHandles
from tallystick.identity.rest.errors import (
    AuthenticationNeeded,
    RequestNotUnderstood,
    SearchTooWide,
)
from tallystick.identity.searching import SearchWide, Term

limit_default = 1000
_not_terms = ("limit", "prefix")


def add(routes: APIRouter, reading: Callable[..., Any]) -> None:
    """For whoever is known here, and over what each may read."""

    def search_handles(
        request: Request,
        reading: ReadingHandles = Depends(reading),
        prefix: Annotated[str, Query(max_length=100)] = "",
        limit: Annotated[int, Query(ge=1, le=searching.found_max)] = limit_default,
    ) -> JSONResponse:
        """Each other parameter is a type and the value it has, with `*` for any characters; all must fit."""
        if not reading.reader.is_known():
            raise AuthenticationNeeded("searching is for those who log in")
        terms = [Term(*pair) for pair in request.query_params.multi_items() if _is_term(*pair)]
        if not terms or len(terms) > searching.terms_max:
            raise RequestNotUnderstood(f"name 1 to {searching.terms_max} types with their values")
        try:
            found = searching.find(reading.view, reading.reader, terms, prefix=prefix, limit=limit)
            return JSONResponse([record.handle for record in found])
        except SearchWide as error:
            raise SearchTooWide(error.detail) from None

    for path in ("/hrls/handles", "/hrls/handles/"):
        routes.get(path, summary="Search handles by value")(search_handles)


def _is_term(name: str, _value: str) -> bool:
    return name not in _not_terms
