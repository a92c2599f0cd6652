"""POST /v1/handles: register many handles by NDJSON, answered row by row while they come in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from tallystick.identity.minting.bulk import Bulk, RowRefused, row_bytes_max, rows_per_write_max
from tallystick.identity.minting.folder import Folder
from tallystick.identity.minting.issuing import Look
from tallystick.identity.pen import Pen
from tallystick.ledger import TallystickError

rows_max = 100_000
group_bytes_max = 8 * 1024 * 1024
ndjson = "application/x-ndjson"


class RowsTooMany(TallystickError):
    code = "rows-too-many"
    status = 413
    title = f"A call has at most {rows_max} rows"
    advice = "The rows answered so far stand; send the others in another call."


def router(pen: Callable[..., Any], look: Look, folder: Folder) -> APIRouter:
    """`pen`: the dependency that says who writes; `look` opens the state."""
    routes = APIRouter(tags=["handles"])

    @routes.post("/v1/handles", summary="Register many handles", response_class=Streamed)
    async def post_handles(request: Request, pen: Pen = Depends(pen)) -> Streamed:
        """NDJSON in and out, a result for each row, in order; see docs/how-to/mint-identifiers.md.

        A row that is registered stands, whatever becomes of later ones. Repeat a call that broke off.
        """
        secret = await run_in_threadpool(folder.minting_key)
        bulk = Bulk(pen, look, secret)
        return Streamed(_answered(request, bulk), media_type=ndjson)

    return routes


class Streamed(StreamingResponse):
    """Answers while the request is still coming in: nobody but its reader takes what comes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.stream_response(send)


async def _answered(request: Request, bulk: Bulk) -> AsyncIterator[bytes]:
    count = 0
    try:
        async for group in _groups(request):
            count += len(group)
            if count > rows_max:
                raise RowsTooMany(f"row {rows_max} and all behind it")
            told = await run_in_threadpool(bulk.take, group)
            yield b"".join(orjson.dumps(one) + b"\n" for one in told)
    except TallystickError as error:
        # The status is sent already: the last line says why no more follow.
        yield orjson.dumps({"outcome": "stopped", "problem": error.problem()}) + b"\n"


async def _groups(request: Request) -> AsyncIterator[Sequence[bytes]]:
    """Lines as they come, several at once; raises `RowRefused` for one without end."""
    rest, group, size = b"", list[bytes](), 0
    async for chunk in request.stream():
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > row_bytes_max:
            raise RowRefused(f"a line of more than {row_bytes_max} bytes")
        for line in lines:
            if line.strip():
                group.append(line)
                size += len(line)
            if len(group) >= rows_per_write_max or size >= group_bytes_max:
                yield group
                group, size = [], 0
    if rest.strip():
        group.append(rest)
    if group:
        yield group
