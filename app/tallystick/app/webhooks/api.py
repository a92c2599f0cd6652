"""/v1/webhooks: an officer's webhooks. Writing needs a person who is logged in; what is sent, nobody's signature.

Order: deliveries are unordered. Each names the entry's index, by which a receiver sorts them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, ValidationError

from tallystick.app.access import Reading
from tallystick.app.joining.api import require_member
from tallystick.app.webhooks.desk import (
    WebhookDesk,
    deliveries_page_max,
    delivery_shown,
    overlap_hours_default,
)
from tallystick.app.webhooks.errors import WebhookMalformed
from tallystick.app.webhooks.hooks import Hook, read_wish
from tallystick.ledger import NotReadable, read_limited

request_bytes_max = 64 * 1024
Known = Annotated[str, Path(pattern="^wh_[0-9a-f]{24}$")]
Sent = Annotated[str, Path(pattern="^[0-9]{20}(-test-[0-9a-f]{8})?$")]
States = Literal["", "waiting", "delivered", "failed", "withheld"]
_private = {"Cache-Control": "private, no-store"}
M = TypeVar("M", bound=BaseModel)


class Wanted(BaseModel):
    """Whether it runs."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    state: Literal["active", "paused"]


class Overlap(BaseModel):
    """For how many hours the secret before signs too."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    overlap_hours: int = overlap_hours_default


def router(desk: WebhookDesk, reading: Callable[..., Any]) -> APIRouter:
    """`reading`: the dependency that finds out who asks."""
    routes = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

    @routes.get("", summary="Webhooks of your organisation")
    def listed(response: Response, reading: Reading = Depends(reading)) -> dict[str, Any]:
        """Without secrets; `public_keys` verify what is signed with `v1a`."""
        response.headers.update(_private)
        return {"webhooks": [desk.shown(one) for one in desk.of(own(reading))]}

    @routes.post("", summary="Be told of entries at an address", status_code=201)
    async def make(request: Request, _reading: Reading = Depends(reading)) -> JSONResponse:
        """`secret` is shown once, of `v1` alone: with `v1a` you verify by a public key, and keep no secret."""
        member = require_member(request)
        wish = read_wish(await read_limited(request, request_bytes_max), desk.node.rules)
        hook, secret = await run_in_threadpool(desk.make, member, wish)
        return JSONResponse(with_secret(desk, hook, secret.shown()), 201, _private)

    @routes.get("/{webhook}", summary="One webhook")
    def one(
        webhook: Known, response: Response, reading: Reading = Depends(reading)
    ) -> dict[str, Any]:
        response.headers.update(_private)
        return desk.shown(desk.one(own(reading), webhook))

    @routes.delete("/{webhook}", summary="Remove a webhook, with its address", status_code=204)
    def remove(webhook: Known, request: Request, _reading: Reading = Depends(reading)) -> Response:
        desk.remove(require_member(request), webhook)
        return Response(status_code=204)

    @routes.post("/{webhook}/state", summary="Pause a webhook, or let it go on")
    async def change(
        webhook: Known, request: Request, _reading: Reading = Depends(reading)
    ) -> JSONResponse:
        """It goes on where it stopped: nothing is left out."""
        member = require_member(request)
        wanted = _read(Wanted, await read_limited(request, request_bytes_max)).state
        act = desk.resume if wanted == "active" else desk.pause
        hook = await run_in_threadpool(act, member, webhook)
        return JSONResponse(desk.shown(hook), headers=_private)

    @routes.post("/{webhook}/secret", summary="Replace the secret of a webhook")
    async def rotate(
        webhook: Known, request: Request, _reading: Reading = Depends(reading)
    ) -> JSONResponse:
        """Until the overlap is over each delivery has both signatures."""
        member = require_member(request)
        hours = _read(Overlap, await read_limited(request, request_bytes_max)).overlap_hours
        hook, secret = await run_in_threadpool(desk.rotate, member, webhook, hours)
        return JSONResponse(with_secret(desk, hook, secret.shown()), headers=_private)

    @routes.post("/{webhook}/test", summary="Send a test", status_code=202)
    def test(
        webhook: Known, request: Request, _reading: Reading = Depends(reading)
    ) -> dict[str, Any]:
        """It is due at once; its row says how it ended."""
        return delivery_shown(desk.test(require_member(request), webhook))

    @routes.get("/{webhook}/deliveries", summary="What was sent to a webhook, and how it ended")
    def deliveries(
        webhook: Known,
        response: Response,
        reading: Reading = Depends(reading),
        state: States = "",
        before: Annotated[str, Query(pattern="^([0-9]{20}(-test-[0-9a-f]{8})?)?$")] = "",
        limit: Annotated[int, Query(ge=1, le=deliveries_page_max)] = 50,
    ) -> dict[str, Any]:
        """The newest first. `next`, if there, is the `before` of the next page."""
        response.headers.update(_private)
        rows = desk.deliveries(desk.one(own(reading), webhook), before, state, limit)
        more = {"next": rows[-1].id} if len(rows) == limit else {}
        return {"deliveries": [delivery_shown(row) for row in rows], **more}

    @routes.post(
        "/{webhook}/deliveries/{delivery}/replay", summary="Send one again", status_code=202
    )
    def replay(
        webhook: Known, delivery: Sent, request: Request, _reading: Reading = Depends(reading)
    ) -> dict[str, Any]:
        """Under the same id, so that a receiver that had it knows."""
        return delivery_shown(desk.replay(require_member(request), webhook, delivery))

    return routes


def own(reading: Reading) -> str:
    """Whose webhooks are looked at: one's own alone. Raises `NotReadable`."""
    found = reading.reader.lists_of()
    if found is None:
        raise NotReadable("webhooks")
    return found


def with_secret(desk: WebhookDesk, hook: Hook, secret: str) -> dict[str, Any]:
    """What a new secret is answered with."""
    shown = {"secret": secret} if hook.told.wish.scheme == "v1" else {}
    return {**desk.shown(hook), **shown}


def _read(model: type[M], data: bytes) -> M:
    try:
        return model.model_validate_json(data or b"{}")
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, wrong["loc"])) or "it"
        raise WebhookMalformed(f"{where}: {wrong['msg']}") from None
