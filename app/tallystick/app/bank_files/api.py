"""HTTP: a bank's notification against what waits, without putting anything on record.

Payments are stated by keys of people, which no node holds for them: whoever reads signs the proposed bodies and sends
them to `/v1/entries`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.bank_files.camt import read_notification
from tallystick.app.bank_files.matching import matched
from tallystick.app.bank_files.waiting import waiting
from tallystick.ledger import read_limited

sent_bytes_max = 8 << 20
_Organisation = Annotated[str | None, Query(max_length=255)]


class MatchedModel(BaseModel):
    """`lines`: each payment of the file with what it comes to (`state`, `why`); `proposals`: `type` and `body` of entries
    that it is evidence of, with `record`, the lines themselves in base64, which may be sent along as an attachment of the entry;
    `digest`: hex SHA-256 of the file."""

    model_config = ConfigDict(frozen=True)

    digest: str
    counts: dict[str, int]
    lines: list[dict[str, Any]]
    proposals: list[dict[str, Any]]


def router(reader: Callable[..., Any]) -> APIRouter:
    """`reader` is the dependency that says who asks."""
    routes = APIRouter(prefix="/finance/v1/notifications", tags=["finance"])

    @routes.post("/read", summary="Hold a bank's notification (camt.054) against what waits")
    async def read(
        request: Request, reading: Reading = Depends(reader), organisation: _Organisation = None
    ) -> MatchedModel:
        """Nothing is put on record: whoever may, signs the proposed bodies and sends them to `/v1/entries`."""
        mine = finance.views.readable_organisation(reading, organisation)
        data = await read_limited(request, sent_bytes_max)
        return await run_in_threadpool(_matched, reading, mine, data)

    return routes


def _matched(reading: Reading, mine: str, data: bytes) -> MatchedModel:
    notification = read_notification(data)
    found = matched(notification, waiting(reading, mine))
    return MatchedModel(
        digest=notification.digest,
        counts={str(state): count for state, count in found.counts.items()},
        lines=[line.document() for line in found.lines],
        proposals=[one.document() for one in found.proposals],
    )
