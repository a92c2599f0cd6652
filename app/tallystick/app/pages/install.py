"""Adds the pages to the application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

from tallystick.app.bootstrap import Node
from tallystick.app.documents.waiting import Queue
from tallystick.app.login import LoginDesk
from tallystick.app.pages import (
    accounts,
    calendars,
    certificates,
    confirmations,
    facilities,
    freezes,
    guarantees,
    insurance,
    item,
    limits,
    log,
    login,
    matching,
    maturity,
    organisations,
    papers,
    policies,
    prefix,
    qualifications,
    start,
    statements,
    subcontracts,
    tenders,
    trade,
)
from tallystick.app.pages.render import Pages
from tallystick.app.pages.route import html_route
from tallystick.app.played import Playbill
from tallystick.app.routing import add_routes
from tallystick.identity import CodesOfBatches, Pen, UnknownParty


def _nobody(author: str) -> Pen:
    """Pages show what waits, and write nothing themselves."""
    raise UnknownParty(author)


def install(
    app: FastAPI,
    node: Node,
    reading: Callable[..., Any],
    bill: Playbill | None,
    origin: str,
    statistics: prefix.Statistics,
    issued: CodesOfBatches,
    desk: LoginDesk,
) -> Pages:
    """Routes of all pages.

    `bill`: whom a demo store lets anybody play. `statistics`: what was asked for under a prefix; `issued` finds codes of batches that nobody has seen yet.
    """
    pages = Pages(origin, bill, node.rules)
    routes = APIRouter(route_class=html_route(pages), include_in_schema=False)
    for part in (
        start,
        certificates,
        confirmations,
        matching,
        maturity,
        policies,
        tenders,
        facilities,
        guarantees,
        insurance,
        limits,
        papers,
        qualifications,
        calendars,
        freezes,
        accounts,
        organisations,
        statements,
        subcontracts,
    ):
        part.add(routes, pages, reading)
    trade.add(routes, pages, reading, Queue(node, _nobody))
    item.add(routes, pages, reading, issued)
    prefix.add(routes, pages, reading, statistics)
    log.add(routes, pages, reading, node.memory().fence)
    login.add(routes, pages, reading, desk)
    add_routes(app, routes)
    app.mount("/static", StaticFiles(packages=[("tallystick.app.pages", "static")]), name="static")
    return pages
