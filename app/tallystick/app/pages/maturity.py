"""What is due: the days on which an organisation pays, what it is owed, and the instructions of one day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.login import disposes
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.ledger import Handle, MoneyDate

rows_per_page = 50
_Mark = Annotated[str | None, Query(max_length=700)]
_Currency = Annotated[str, Query(pattern="^[A-Z]{3}$")]


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/maturity")
    def listed(
        request: Request,
        reading: Reading = Depends(reader),
        after: _Mark = None,
        owed_after: _Mark = None,
        ordinary_after: _Mark = None,
    ) -> Response:
        mine, due, views = reading.reader.lists_of(), finance.due, finance.views
        return pages.page(
            request,
            "maturity.html",
            runs=None if mine is None else due.runs(reading, mine, after, rows_per_page),
            owed=None if mine is None else due.owed_to(reading, mine, owed_after, rows_per_page),
            ordinary=None
            if mine is None
            else views.ordinary_payments(reading, mine, ordinary_after, rows_per_page),
            acting=disposes(request),
            exponent=finance.exponent,
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/maturity/instructions")
    def instructions(
        request: Request,
        issuer: Handle,
        currency: _Currency,
        paying_bank: Handle,
        pays_on: MoneyDate,
        reading: Reading = Depends(reader),
        after: _Mark = None,
    ) -> Response:
        run = finance.due.Run(issuer, currency, paying_bank, pays_on)
        found = finance.due.instructions(reading, run)
        return pages.page(
            request,
            "maturity_instructions.html",
            run=run,
            total=finance.due.total(found),
            stating=disposes(request) and reading.reader.takes_part(paying_bank),
            exponent=finance.exponent,
            instructions=finance.due.cut(found, after, rows_per_page),
            firm=firm_names(reading.view, choose(request)),
        )
