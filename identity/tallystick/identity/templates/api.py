"""GET /v1/templates: what the holders of prefixes say that records hold. Templates are public."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query

from tallystick.identity import names
from tallystick.identity.templates.template import part_of
from tallystick.identity.templates.views import page_max, templates_of, versions_of
from tallystick.ledger import NotReadable, Reader, View


class ReadingTemplates(Protocol):
    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...


def router(reading: Callable[..., Any]) -> APIRouter:
    """`reading` is the dependency that says who asks."""
    routes = APIRouter(tags=["templates"])

    @routes.get("/v1/templates", summary="Templates of a prefix")
    def list_templates(
        prefix: str,
        reading: ReadingTemplates = Depends(reading),
        after: Annotated[str | None, Query(pattern=r"^[1-9][0-9]{0,3}:.+/.+$")] = None,
        limit: Annotated[int, Query(ge=1, le=page_max)] = 100,
    ) -> dict[str, Any]:
        """Every version, by handle and number. `next`, if there, is the `after` of the next page."""
        begin = None
        if after is not None:
            version, _, handle = after.partition(":")
            begin = (names.fold(handle), part_of(int(version)))
        found = list(templates_of(reading.view, prefix, after=begin, limit=limit + 1))
        page = [_shown(row) for row in found[:limit]]
        more = {"next": page[-1]["reference"]} if len(found) > limit else {}
        return {"prefix": prefix, "templates": page, **more}

    @routes.get("/v1/templates/{handle:path}", summary="A template")
    def get_template(
        handle: str,
        reading: ReadingTemplates = Depends(reading),
        version: Annotated[int | None, Query(ge=1)] = None,
    ) -> dict[str, Any]:
        """All its versions, or one. 404 `not-readable` if there is none."""
        found = [
            _shown(row)
            for row in versions_of(reading.view, handle)
            if version is None or row["version"] == version
        ]
        if not found:
            raise NotReadable(handle)
        return {"template": found[0]["template"], "versions": found}

    return routes


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """As it stands in the state, with the name by which records refer to it."""
    return {"reference": f"{row['version']}:{row['template']}", **row}
