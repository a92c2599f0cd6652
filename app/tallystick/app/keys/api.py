"""Was a key valid at an index: the answer, and in the same call its proof. Open to everybody, as registrations are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from fastapi.responses import JSONResponse

from tallystick.app.access import Reading
from tallystick.app.bundles.api import Tally, media_type
from tallystick.app.bundles.make import make
from tallystick.identity import index_of, key_at, keys_at
from tallystick.ledger import Snapshot
from tallystick.ledger.bundle import Request

At = Annotated[str | None, Query(description="An index of the log, or a time (RFC 3339).")]


def router(reading: Callable[..., Any]) -> APIRouter:
    """Routes under `/v1/keys`."""
    routes = APIRouter(tags=["keys"])

    @routes.get("/v1/keys", summary="All keys ever registered for a handle")
    def get_keys(
        owner: Annotated[str, Query(max_length=300)],
        read: Reading = Depends(reading),
        at: At = None,
    ) -> list[dict[str, Any]]:
        return [one.document() for one in keys_at(read.view, owner, _index(read.snapshot, at))]

    @routes.get(
        "/v1/keys/{key:path}",
        summary="Was this key valid at this index, and in whose custody",
        responses={200: {"content": {media_type: {}}}},
    )
    def get_key(
        key: Annotated[str, Path(max_length=300, examples=["300:99.100.7/scanner-12"])],
        read: Reading = Depends(reading),
        at: At = None,
        accept: Annotated[str, Header()] = "",
    ) -> Response:
        """With `Accept: application/vnd.tallystick.bundle+zip` the answer is a bundle, which proves it offline."""
        index = _index(read.snapshot, at)
        found = key_at(read.view, key, index)
        headers = {"Vary": "Accept"}
        if media_type in accept:
            data = make(read.snapshot, read.reader, [Request.of("key-at", key=key, index=index)])
            name = f'attachment; filename="key-at-{index}.tally"'
            return Tally(data, headers={**headers, "Content-Disposition": name})
        proof = {"url": f"/v1/keys/{quote(key)}?at={index}", "accept": media_type}
        return JSONResponse({**found.document(), "proof": proof}, headers=headers)

    return routes


def _index(snapshot: Snapshot, at: str | None) -> int:
    """The last entry without `at`. Raises what `index_of` raises."""
    return snapshot.size() - 1 if at is None else index_of(snapshot, at)
