"""HTTP routes of a witness (C2SP tlog-witness)."""

from __future__ import annotations

from typing import Annotated, Protocol

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from tallystick.ledger.note import NoteSignature
from tallystick.ledger.receiving import read_limited
from tallystick.ledger.witness.errors import WitnessConflict
from tallystick.ledger.witness.memory import Remembered
from tallystick.ledger.witness.request import (
    AddCheckpoint,
    encode_lines,
    encode_size,
    request_bytes_max,
    size_media_type,
)

OriginHash = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


class Cosigns(Protocol):
    """A witness, or a mirror, as its routes need it."""

    def add_checkpoint(self, request: AddCheckpoint) -> NoteSignature: ...

    def newest(self, hashed: str) -> Remembered: ...


def router(witness: Cosigns, prefix: str = "") -> APIRouter:
    """The routes of a running witness, below `prefix`."""
    routes = APIRouter(prefix=prefix, tags=["witness"])

    @routes.post("/add-checkpoint", summary="Cosign a checkpoint that extends the newest one")
    async def add_checkpoint(request: Request) -> Response:
        """200 with the cosignature's line; 409 with the newest size, as `text/x.tlog.size`."""
        asked = AddCheckpoint.parse(await read_limited(request, request_bytes_max))
        try:
            line = await run_in_threadpool(witness.add_checkpoint, asked)
        except WitnessConflict as conflict:
            # As a header: a media type of text/ would be given a charset, which the protocol has not.
            headers = {"Content-Type": size_media_type}
            return Response(encode_size(conflict.size), conflict.status, headers)
        return Response(encode_lines([line]), media_type="text/plain; charset=utf-8")

    @routes.get("/{origin_sha256}/checkpoint", summary="The newest checkpoint that was cosigned")
    def get_checkpoint(origin_sha256: OriginHash) -> Response:
        """The log is named by the hex SHA-256 of its origin."""
        newest = witness.newest(origin_sha256)
        headers = {"Cache-Control": "public, max-age=1"}
        return Response(newest.note, media_type="text/plain; charset=utf-8", headers=headers)

    return routes
