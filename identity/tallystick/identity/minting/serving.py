"""Batches over HTTP: which there are, where a leaf stands, and their leaves for who may keep a copy.

Leaves tell no code, but how many were looked up by whom: the whole file goes to the batch's owner and to readers of
everything, such as full mirrors. The path of one leaf goes to anybody who shows the leaf: nobody makes it without the
code and its salt. What is handed in counts by its root alone, which the log has.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as InPath
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from tallystick.identity.directory import prefix_holder
from tallystick.identity.minting import batches, keeping
from tallystick.identity.minting.batches import Batch
from tallystick.identity.minting.folder import Folder
from tallystick.identity.minting.issuing import batches_of
from tallystick.identity.minting.leaves import file_bytes
from tallystick.identity.saying import batch_types, said_by
from tallystick.ledger import Reader, TallystickError, Thing, View

media_type = "application/octet-stream"
listed_max = 100
written_at_once = 1 << 20
Prefix = Annotated[str, InPath(pattern=r"^[0-9]+(\.[0-9]+)*$", max_length=100)]
Number = Annotated[str, InPath(pattern=r"^[0-9A-HJKMNP-TV-Z]{4}$")]
Leaf = Annotated[str, InPath(pattern=r"^[0-9a-f]{64}$")]


class LeavesMissing(TallystickError):
    code = "leaves-missing"
    status = 404
    title = "The leaves of this batch are not here"
    advice = "Ask a full mirror, or whoever issued the batch, to hand them in."


class LeavesWithheld(TallystickError):
    code = "leaves-withheld"
    status = 403
    title = "Whoever asks may neither fetch nor hand in the leaves of this batch"
    advice = "They are for the batch's owner and for readers of everything: ask the operator for a token (`tallystick reader add`)."


class LeafUnknown(TallystickError):
    code = "leaf-unknown"
    status = 404
    title = "The batch has no such leaf"
    advice = "A leaf follows from code and salt: check both, and the batch in the code's first four characters."


class ReadingBatches(Protocol):
    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...


def router(reading: Callable[..., Any], folder: Folder, *, takes: bool = True) -> APIRouter:
    """`reading`: the dependency that says who asks; `takes`: whether leaves may be handed in."""
    routes = APIRouter(tags=["batches"])

    @routes.get("/v1/batches", summary="The batches of a prefix")
    def get_batches(
        prefix: Annotated[str, Query(pattern=r"^[0-9]+(\.[0-9]+)*$", max_length=100)],
        after: Annotated[str, Query(pattern=r"^([0-9A-HJKMNP-TV-Z]{4})?$")] = "",
        reading: ReadingBatches = Depends(reading),
    ) -> list[dict[str, Any]]:
        """In order, at most 100 behind `after`; of those with private values others get the number alone."""
        found = batches_of(reading.view, prefix, after, listed_max)
        return [_told(one, folder, reading.reader) for one in found]

    @routes.get("/v1/batches/{prefix}/{batch}/leaves", response_class=FileResponse)
    def get_leaves(
        prefix: Prefix, batch: Number, reading: ReadingBatches = Depends(reading)
    ) -> FileResponse:
        """The whole file, for the batch's owner and readers of everything (docs/reference/formats.md)."""
        found = _require(reading, prefix, batch)
        path = folder.leaves_path(prefix, batch)
        if not path.exists():
            raise LeavesMissing(found.name)
        return FileResponse(path, media_type=media_type)

    @routes.get("/v1/batches/{prefix}/{batch}/leaves/{leaf}", summary="Where a leaf stands")
    def get_path(
        prefix: Prefix, batch: Number, leaf: Leaf, reading: ReadingBatches = Depends(reading)
    ) -> dict[str, Any]:
        """Position and path (leaf first) under the batch's root, for anybody who has code and salt."""
        found = batches.require(reading.view, prefix, batch)
        return _path(folder, found, bytes.fromhex(leaf))

    if takes:
        _taking(routes, reading, folder)
    return routes


def _taking(routes: APIRouter, reading: Callable[..., Any], folder: Folder) -> None:
    @routes.put("/v1/batches/{prefix}/{batch}/leaves", summary="Hand in the leaves of a batch")
    async def put_leaves(
        prefix: Prefix, batch: Number, request: Request, reading: ReadingBatches = Depends(reading)
    ) -> Response:
        """By its owner, whoever made it elsewhere. 201 when they are kept, 200 if they were here before."""
        found = await run_in_threadpool(_require, reading, prefix, batch)
        if folder.leaves_path(prefix, batch).exists():
            return Response(status_code=200)
        async with _received(request, folder, found) as path:
            await run_in_threadpool(keeping.take, folder, found, path)
        return Response(status_code=201)


@asynccontextmanager
async def _received(request: Request, folder: Folder, batch: Batch) -> AsyncIterator[Path]:
    """The body in a file beside its place, while it is looked at; raises `LeavesRefused` if it is too long."""
    place = folder.leaves_path(batch.row["prefix"], batch.row["batch"])
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, most = place.with_suffix(f".{secrets.token_hex(8)}.sent"), file_bytes(batch.count)
    try:
        with path.open("xb") as file:
            rest, size = bytearray(), 0
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise keeping.LeavesRefused(f"{batch.name}: more than {most} bytes")
                rest += chunk
                if len(rest) >= written_at_once:
                    await run_in_threadpool(file.write, bytes(rest))
                    rest.clear()
            await run_in_threadpool(file.write, bytes(rest))
        yield path
    finally:
        path.unlink(missing_ok=True)


def _require(reading: ReadingBatches, prefix: str, number: str) -> Batch:
    """Raises `LeavesWithheld`, whether there is one or not, unless the reader is its owner's or reads everything; to
    the prefix's holder `BatchUnknown`."""
    found = batches.find(reading.view, prefix, number)
    owner = prefix_holder(reading.view, prefix) if found is None else found.owner
    if not reading.reader.may_read("parties", (owner or "",)):
        raise LeavesWithheld(f"{prefix}/{number}")
    if found is None:
        raise batches.BatchUnknown(f"{prefix}/{number}")
    return found


def _told(batch: Batch, folder: Folder, reader: Reader) -> dict[str, Any]:
    names: tuple[str, ...] = ("prefix", "batch", "since")
    thing = Thing("batches", batch.name, said=said_by(batch_types, batch.owner))
    if not reader.may_read("public" if batch.public else "parties", (batch.owner,), thing=thing):
        return {name: batch.row[name] for name in names}
    names += ("count", "root", "owner", "author")
    here = folder.leaves_path(batch.row["prefix"], batch.row["batch"]).exists()
    return {**{name: batch.row[name] for name in names}, "leaves": here}


def _path(folder: Folder, batch: Batch, leaf: bytes) -> dict[str, Any]:
    try:
        leaves = folder.leaves(batch.row["prefix"], batch.row["batch"])
    except FileNotFoundError:
        raise LeavesMissing(batch.name) from None
    with leaves:
        position = leaves.find(leaf) if leaves.count == batch.count else None
        if position is None:
            raise LeafUnknown(batch.name)
        path = [one.hex() for one in leaves.path_of(position)]
    told = {"entry": batch.row["since"], "count": batch.count}
    return {**told, "root": batch.root.hex(), "position": position, "path": path}
