"""Pages of trade: 四流一致 of an order or certificate, and what waits for somebody's answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.documents.waiting import Queue
from tallystick.app.login import Member, member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages

rows_per_page = 25
_Name = Annotated[str, Query(max_length=400)]


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any], queue: Queue) -> None:
    @routes.get("/flows")
    def flows(
        request: Request,
        reading: Reading = Depends(reader),
        order: _Name = "",
        certificate: _Name = "",
    ) -> Response:
        """Contract, goods, invoice and money of the one that is named."""
        found = None
        if order:
            found = finance.views.flows_of_order(reading, order)
        elif certificate:
            found = finance.views.flows_of_certificate(reading, certificate)
        return pages.page(
            request,
            "flows.html",
            flows=found,
            order=order,
            certificate=certificate,
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/documents")
    def documents(
        request: Request,
        reading: Reading = Depends(reader),
        after: _Name = "",
        behind: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:
        """What the reader's organisation has yet to answer, and which of its documents lack something."""
        own = reading.reader.lists_of()
        waiting = queue.of(own, behind, rows_per_page) if own else []
        page = None
        if own:
            page = finance.views.agreements(
                reading, own, after or None, rows_per_page, waiting=True
            )
        return pages.page(
            request,
            "documents.html",
            own=own,
            answers=_answers(member_of(request)),
            asked=page.rows if page else (),
            after=page.after if page else None,
            waiting=waiting,
            next=waiting[-1].id if len(waiting) == rows_per_page else None,
            firm=firm_names(reading.view, choose(request)),
        )


def _answers(member: Member | None) -> bool:
    """Whether whoever looks may answer; the rule judges it again."""
    return member is not None and bool(member.roles & {"maker", "checker"})
