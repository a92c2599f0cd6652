"""GET /api/prefixes: prefixes as data, and how often their handles are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query

from tallystick.identity.prefixes.answers import data
from tallystick.identity.prefixes.listing import PrefixNotFound, listed, statistics_of
from tallystick.ledger import Reader, View

#: (prefix, first day, last day) → day → outcome → how often.
Statistics = Callable[[str, str, str], Mapping[str, Mapping[str, int]]]
page_max = 1000
Day = Annotated[str, Query(pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]$")]


class ReadingPrefixes(Protocol):
    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...


def router(reading: Callable[..., Any], statistics: Statistics) -> APIRouter:
    """`reading` is the dependency that says who asks; `statistics` reads what was counted."""
    routes = APIRouter(tags=["prefixes"])

    @routes.get("/api/prefixes", summary="Prefixes of this log")
    def get_prefixes(
        reading: ReadingPrefixes = Depends(reading),
        after: Annotated[str, Query(max_length=100)] = "",
        limit: Annotated[int, Query(ge=1, le=page_max)] = 100,
        holder: Annotated[str, Query(max_length=255)] = "",
    ) -> dict[str, Sequence[Mapping[str, Any]]]:
        """In the order of their texts, after the given one; `holder`: only those of an organisation."""
        return {"prefixes": listed(reading.view, after, limit, holder)}

    @routes.get("/api/prefixes/{prefix}", summary="A prefix: holder, lease, state, home")
    def get_prefix(prefix: str, reading: ReadingPrefixes = Depends(reading)) -> Mapping[str, Any]:
        found = data(reading.view, prefix)
        if found is None:
            raise PrefixNotFound(prefix)
        return found

    @routes.get("/api/prefixes/{prefix}/statistics", summary="How often its handles were asked for")
    def get_statistics(
        prefix: str,
        reading: ReadingPrefixes = Depends(reading),
        first: Day = "0000-01-01",
        last: Day = "9999-12-31",
    ) -> Mapping[str, Any]:
        """By day (UTC), for the prefix's holder and auditors. Nothing is kept about who asked."""
        days = statistics_of(reading.view, reading.reader, prefix, statistics, first, last)
        return {"prefix": prefix, "days": days}

    return routes
