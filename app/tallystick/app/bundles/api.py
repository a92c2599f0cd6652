"""Proofs to download: a bundle of an entry, an item's events or a certificate's life, for who may read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from tallystick.app.access import Reading
from tallystick.app.bundles import asked
from tallystick.app.bundles.make import make, promise
from tallystick.identity import index_of
from tallystick.ledger.bundle import Request

media_type = "application/vnd.tallystick.bundle+zip"
_unplain = re.compile(r"[^0-9A-Za-z.-]+")


class Tally(Response):
    """A bundle."""

    media_type = media_type


def router(reading: Callable[..., Any]) -> APIRouter:
    """Routes under `/v1/bundles`."""
    routes = APIRouter(prefix="/v1/bundles", tags=["proofs"])

    @routes.get("/entries/{index}", summary="Proof of an entry in one file", response_class=Tally)
    def entry(
        index: Annotated[int, Path(ge=0, lt=10**15)], read: Reading = Depends(reading)
    ) -> Response:
        return _file(read, [Request.of("entry", index=index)], f"entry-{index}")

    @routes.get(
        "/items/{identifier:path}", summary="Proof of an item's events", response_class=Tally
    )
    def item(
        identifier: Annotated[str, Path(max_length=300)], read: Reading = Depends(reading)
    ) -> Response:
        return _file(read, [Request.of("custody", item=identifier)], identifier)

    @routes.get(
        "/certificates/{name:path}/promise",
        summary="Proof of what the issuer promised, and of one's own hops",
        response_class=Tally,
    )
    def promised(
        name: Annotated[str, Path(max_length=300)], read: Reading = Depends(reading)
    ) -> Response:
        """For any party of it. The trade behind it, and hops of others, are not in it."""
        return _sent(promise(read.snapshot, read.reader, name), f"{name}-promise")

    @routes.get(
        "/certificates/{name:path}",
        summary="Proof of a certificate from issue to payment",
        response_class=Tally,
    )
    def certificate(
        name: Annotated[str, Path(max_length=300)], read: Reading = Depends(reading)
    ) -> Response:
        return _file(read, [Request.of("certificate", certificate=name)], name)

    return routes


def record_router(reading: Callable[..., Any]) -> APIRouter:
    """The proof of what a handle resolves to, beside its history."""
    routes = APIRouter(prefix="/v1/records", tags=["proofs"])

    @routes.get(
        "/{handle:path}/proof",
        summary="Proof of what a record said, and that nothing newer exists",
        response_class=Tally,
    )
    def record(
        handle: Annotated[str, Path(max_length=300)],
        read: Reading = Depends(reading),
        as_of: Annotated[str | None, Query(alias="asOf")] = None,
    ) -> Response:
        """`asOf`: an index of the log or a time (RFC 3339); without it, the newest final checkpoint."""
        index = None if as_of is None else index_of(read.snapshot, as_of)
        name = handle if index is None else f"{handle}-as-of-{index}"
        return _file(read, asked.as_of(read, handle, index), name)

    return routes


def _file(read: Reading, requests: list[Request], name: str) -> Response:
    return _sent(make(read.snapshot, read.reader, requests), name)


def _sent(made: bytes, name: str) -> Response:
    """Under a plain name, and kept by no cache: it is for this reader."""
    plain = _unplain.sub("-", name).strip("-.") or "proof"
    headers = {
        "Content-Disposition": f'attachment; filename="{plain}.tally"',
        "Cache-Control": "private, no-store",
    }
    return Tally(made, headers=headers)
