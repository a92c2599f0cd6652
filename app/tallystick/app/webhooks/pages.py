"""Pages of webhooks: the list with its form, and one webhook with what was sent to it. Plain forms, no script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, get_args
from urllib.parse import parse_qs

import orjson
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from tallystick.app.access import Reading
from tallystick.app.joining.api import require_member
from tallystick.app.login import Member, member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.app.pages.route import html_route
from tallystick.app.routing import add_routes
from tallystick.app.webhooks.api import Known, request_bytes_max
from tallystick.app.webhooks.desk import (
    WebhookDesk,
    delivery_shown,
    overlap_hours_default,
    overlap_hours_max,
)
from tallystick.app.webhooks.errors import (
    WebhookAddressRefused,
    WebhookMalformed,
    WebhooksTooMany,
)
from tallystick.app.webhooks.hooks import Content, Hook, Wish, read_wish
from tallystick.app.webhooks.signing import Scheme
from tallystick.ledger import digits, read_limited

rows_per_page = 25
fields_max = 20
_refusals = (WebhookAddressRefused, WebhookMalformed, WebhooksTooMany)


def install(app: FastAPI, desk: WebhookDesk, pages: Pages, reader: Callable[..., Any]) -> None:
    """Add the pages' routes."""
    routes = APIRouter(route_class=html_route(pages), include_in_schema=False)

    def page(request: Request, reading: Reading, status: int = 200, **more: Any) -> Response:
        own = reading.reader.lists_of()
        member = member_of(request)
        filled = {**dict.fromkeys(Wish.model_fields, ""), **more.pop("filled", {})}
        context: dict[str, Any] = {"refused": "", "detail": "", "filled": filled, **more}
        return pages.page(
            request,
            "webhooks.html",
            status,
            own=own,
            hooks=desk.of(own) if own else [],
            acts=member is not None and member.organisation == own,
            types=sorted(desk.node.rules.types),
            contents=get_args(Content),
            schemes=get_args(Scheme),
            firm=firm_names(reading.view, choose(request)),
            **context,
        )

    def shown(request: Request, reading: Reading, hook: Hook, **more: Any) -> Response:
        before, state = more.pop("before", ""), more.pop("state", "")
        rows = desk.deliveries(hook, before, state, rows_per_page)
        member = member_of(request)
        answer = pages.page(
            request,
            "webhook.html",
            hook=desk.shown(hook),
            rows=[delivery_shown(row) for row in rows],
            state=state,
            next=rows[-1].id if len(rows) == rows_per_page else None,
            acts=member is not None and member.organisation == hook.organisation,
            hours=overlap_hours_default,
            hours_max=overlap_hours_max,
            secret=more.get("secret", ""),
        )
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    @routes.get("/webhooks")
    def listed(request: Request, reading: Reading = Depends(reader)) -> Response:
        return page(request, reading)

    @routes.post("/webhooks")
    async def make(request: Request, reading: Reading = Depends(reader)) -> Response:
        """What is refused is shown with what was filled in."""
        member, filled = require_member(request), await _filled(request)
        try:
            wish = read_wish(orjson.dumps(_wish(filled)), desk.node.rules)
            hook, secret = await run_in_threadpool(desk.make, member, wish)
        except _refusals as error:
            more = {"refused": error.code, "detail": error.detail, "filled": filled}
            return await run_in_threadpool(page, request, reading, error.status, **more)
        return await run_in_threadpool(shown, request, reading, hook, secret=secret.shown())

    @routes.get("/webhooks/{webhook}")
    def one(
        webhook: Known,
        request: Request,
        reading: Reading = Depends(reader),
        before: Annotated[str, Query(max_length=40)] = "",
        state: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:
        hook = desk.one(reading.reader.lists_of() or "", webhook)
        return shown(request, reading, hook, before=before, state=state)

    @routes.post("/webhooks/{webhook}")
    async def act(webhook: Known, request: Request, reading: Reading = Depends(reader)) -> Response:
        """One button of the page: what it does is in `act`."""
        member, filled = require_member(request), await _filled(request)
        if filled.get("act") == "rotate":
            hours = digits.whole(filled.get("hours", ""), overlap_hours_max + 1)
            overlap = -1 if hours is None else hours
            hook, secret = await run_in_threadpool(desk.rotate, member, webhook, overlap)
            return await run_in_threadpool(shown, request, reading, hook, secret=secret.shown())
        await run_in_threadpool(_do, desk, member, webhook, filled)
        where = "/webhooks" if filled.get("act") == "remove" else f"/webhooks/{webhook}"
        return RedirectResponse(where, 303)

    add_routes(app, routes)


def _do(desk: WebhookDesk, member: Member, webhook: str, filled: dict[str, str]) -> None:
    """Raises `WebhookMalformed` for what no button asks."""
    match filled.get("act"):
        case "pause":
            desk.pause(member, webhook)
        case "resume":
            desk.resume(member, webhook)
        case "test":
            desk.test(member, webhook)
        case "remove":
            desk.remove(member, webhook)
        case "replay":
            desk.replay(member, webhook, filled.get("delivery", ""))
        case other:
            raise WebhookMalformed(f"act: {other!r} is none")


def _wish(filled: dict[str, str]) -> dict[str, Any]:
    """The form's fields as the body of `POST /v1/webhooks`; words are parted by blanks or commas."""
    told: dict[str, Any] = {
        name: filled[name] for name in filled if name not in ("types", "parties")
    }
    for name in ("types", "parties"):
        words = filled.get(name, "").replace(",", " ").split()
        if words:
            told[name] = words
    return told


async def _filled(request: Request) -> dict[str, str]:
    """Of a form, `application/x-www-form-urlencoded`. Raises `WebhookMalformed`."""
    data = await read_limited(request, request_bytes_max)
    try:
        told = parse_qs(data.decode("ascii"), strict_parsing=bool(data), max_num_fields=fields_max)
    except ValueError as error:
        raise WebhookMalformed(str(error)) from None
    return {name: values[0].strip() for name, values in told.items()}
