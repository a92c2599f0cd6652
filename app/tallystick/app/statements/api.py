"""HTTP: a statement's table with answers, as the entry that a firm signs; nothing is put on record here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.statements.answers import answers_bytes_max, read_answers
from tallystick.ledger import read_limited

workbook_begins = b"PK\x03\x04"


class AnswersModel(BaseModel):
    """`body` is what the firm signs as `finance.statement.answer/1`; `open`: lines that stay open."""

    model_config = ConfigDict(frozen=True)

    body: dict[str, Any]
    agreed: int
    disputed: int
    open: int


def router(reader: Callable[..., Any]) -> APIRouter:
    """`reader` is the dependency that says who asks."""
    routes = APIRouter(prefix="/finance/v1/statements", tags=["finance"])

    @routes.post("/answers/read", summary="Read a statement's table with answers (CSV or Excel)")
    async def read(
        request: Request,
        statement: Annotated[str, Query(max_length=400)],
        reading: Reading = Depends(reader),
        others: finance.statements.Others = "open",
    ) -> AnswersModel:
        """Nothing is put on record: whoever may, signs the body and sends it to `/v1/entries`."""
        data = await read_limited(request, answers_bytes_max)
        return await run_in_threadpool(_read, reading, statement, data, others)

    return routes


def _read(
    reading: Reading, statement: str, data: bytes, others: finance.statements.Others
) -> AnswersModel:
    view = finance.statements.views.statement(reading, statement)
    with TemporaryDirectory(prefix="tallystick-answers-") as folder:
        # Readers of workbooks go by the name.
        file = Path(folder) / f"answers.{'xlsx' if data.startswith(workbook_begins) else 'csv'}"
        file.write_bytes(data)
        body = read_answers(reading.view, view, file, others)
    disputed = len(body.disputed)
    still = int(view.head["open"]) - disputed
    agreed = still if others == "agree" else len(body.agreed)
    return AnswersModel(
        body=body.model_dump(mode="json", exclude_defaults=True),
        agreed=agreed,
        disputed=disputed,
        open=still - agreed,
    )
