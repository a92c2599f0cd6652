"""`/v1/documents`: documents in any form, signed by a key that the node holds for whoever sends them.

Whoever signs alone asks `/v1/documents/read` for the body, signs it and sends it to `/v1/entries`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from tallystick.app.documents.errors import DocumentNotWaiting
from tallystick.app.documents.forms.pdf import pdf_bytes_max
from tallystick.app.documents.forms.reading import read_document
from tallystick.app.documents.resolving import Hints, resolve
from tallystick.app.documents.waiting import Queue, page_rows_max
from tallystick.identity import Pen
from tallystick.ledger import read_limited

_Hint = Annotated[str, Query(max_length=400)]
_statuses = {"recorded": 201, "known": 200, "waiting": 202}


def router(queue: Queue, pen: Callable[..., Pen], reading: Callable[..., Any]) -> APIRouter:
    """`pen`: the dependency that says as whom is written; `reading`: who reads."""
    routes = APIRouter(prefix="/v1/documents", tags=["documents"])
    _add_writing(routes, queue, pen)
    _add_reading(routes, queue, reading)
    return routes


def _add_writing(routes: APIRouter, queue: Queue, pen: Callable[..., Pen]) -> None:
    @routes.post("", status_code=201, summary="Put a document on record, in any form")
    async def post_document(
        request: Request,
        response: Response,
        pen: Pen = Depends(pen),
        order: _Hint = "",
        contract: _Hint = "",
    ) -> dict[str, Any]:
        """UBL 2.x, CII or Factur-X (XML or PDF), 数电票 XML, or JSON; told apart by its bytes.

        201: on record. 200: it was, with the same content. 202: it lacks something, and waits. `order` and
        `contract` say what the document does not.
        """
        data = await read_limited(request, pdf_bytes_max)
        hints = Hints(order, contract)
        taken, waiting = await run_in_threadpool(queue.take, data, pen, hints)
        response.status_code = _statuses[taken.state]
        told = {**asdict(taken), "waiting": waiting}
        return {key: value for key, value in told.items() if value not in ("", -1, ())}

    @routes.post("/queue/retry", summary="Look at the documents that wait again")
    def retry(pen: Pen = Depends(pen)) -> dict[str, int]:
        """How many of the sender's went through."""
        return {"recorded": queue.retry(pen.organisation)}

    @routes.delete("/queue/{document}", status_code=204, summary="Drop a document that waits")
    def drop(document: str, pen: Pen = Depends(pen)) -> None:
        queue.drop(pen.organisation, document)


def _add_reading(routes: APIRouter, queue: Queue, reading: Callable[..., Any]) -> None:
    @routes.get("/queue", summary="Documents that wait, and what each lacks")
    def get_queue(
        reading: Any = Depends(reading),
        organisation: str | None = None,
        after: Annotated[str, Query(max_length=64)] = "",
        limit: Annotated[int, Query(ge=1, le=page_rows_max)] = 50,
    ) -> dict[str, Any]:
        """Of the reader's organisation. `missing`: what, at which line (0: the head), and what it says there."""
        whose = reading.reader.lists_of(organisation)
        if whose is None:
            raise DocumentNotWaiting("of nobody's")
        rows = queue.of(whose, after, limit)
        last = rows[-1].id if len(rows) == limit else None
        return {"documents": [asdict(row) for row in rows], "after": last}

    @routes.post("/read", summary="What a document comes to, without putting it on record")
    async def read(
        request: Request,
        reading: Any = Depends(reading),
        order: _Hint = "",
        contract: _Hint = "",
    ) -> dict[str, Any]:
        """`type` and `body` to be signed by whoever reads, or what is missing."""
        mine = reading.reader.lists_of(None)
        if mine is None:
            raise DocumentNotWaiting("nobody's")
        data = await read_limited(request, pdf_bytes_max)
        told = await run_in_threadpool(read_document, data)
        found = resolve(reading.view, mine, told, Hints(order, contract))
        if found.body is None:
            return {"type": found.type, "missing": [asdict(one) for one in found.missing]}
        body = found.body.model_dump(mode="json", exclude_none=True)
        return {"type": found.type, "name": found.name, "body": body}
