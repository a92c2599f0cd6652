"""/v1/rotations: a person's key in the place of an older one, signed on the page, countersigned by an administrator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse

from tallystick.app.access import Reading
from tallystick.app.enrolling.asked import read, request_bytes_max
from tallystick.app.enrolling.errors import EnrolmentProofWrong
from tallystick.app.joining.api import require_member
from tallystick.app.login import Member, member_of
from tallystick.app.pages.language import choose
from tallystick.app.rotating import asked
from tallystick.app.rotating.desk import Rotations, Waiting
from tallystick.app.signing.api import answered
from tallystick.app.signing.hand_over import signature_of
from tallystick.app.signing.told import draft_told, key_told
from tallystick.ledger import Signature, TallystickError, read_limited

Known = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_private = {"Cache-Control": "private, no-store"}


def router(desk: Rotations, reading: Callable[..., Any]) -> APIRouter:
    """`reading`: the dependency that finds out who asks."""
    routes = APIRouter(prefix="/v1/rotations", tags=["people"])

    @routes.post("/drafts", summary="Draft the replacement of a key of yours")
    async def draft(request: Request, reading: Reading = Depends(reading)) -> JSONResponse:
        """The exact bytes that the old key and the new one sign. `more`: keys of another suite that sign them too."""
        member = require_member(request)
        wish = read(asked.Wish, await read_limited(request, request_bytes_max))

        def make() -> dict[str, Any]:
            made, more = desk.draft(member, wish)
            host = request.url.hostname or ""
            told = draft_told(made, reading.view, choose(request), host)
            return {**told, "more": [key_told(one, host) for one in more]}

        return await answered(request, make)

    @routes.post("", summary="Let it wait for an administrator", status_code=201)
    async def ask(request: Request, _reading: Reading = Depends(reading)) -> JSONResponse:
        """The drafted entry with its owner's signatures. It waits for a day; one of a person at a time."""
        member = require_member(request)
        wish = read(asked.Signed, await read_limited(request, request_bytes_max))
        return await answered(request, lambda: desk.told(desk.ask(member, wish)), 201)

    @routes.get("", summary="What waits of you and for you")
    def waiting(request: Request, reading: Reading = Depends(reading)) -> JSONResponse:
        """`own`: of whoever asks; `others`: what an administrator may countersign, with the bytes. Nothing for programs."""
        member = member_of(request)
        if member is None:
            return JSONResponse({"own": [], "others": []}, headers=_private)
        host = request.url.hostname or ""

        def with_draft(found: Waiting, who: Member) -> dict[str, Any]:
            made = desk.to_countersign(found, who)
            draft = draft_told(made, reading.view, choose(request), host)
            return {**desk.told(found), "draft": draft}

        own = [desk.told(one) for one in desk.of_owner(member)]
        others = [with_draft(one, member) for one in desk.for_administrator(member)]
        return JSONResponse({"own": own, "others": others}, headers=_private)

    @routes.post("/{known}/signature", summary="Countersign the replacement of a key")
    async def countersign(
        known: Known, request: Request, _reading: Reading = Depends(reading)
    ) -> JSONResponse:
        """By an administrator who is not its owner; with it the entry goes into the log."""
        member = require_member(request)
        wish = read(asked.Countersigned, await read_limited(request, request_bytes_max))

        def make() -> dict[str, Any]:
            found, answer = desk.countersign(known, member, _given(wish))
            problem = answer.problem or answer.refusal
            if problem is not None:
                raise problem
            return desk.told(found)

        return await answered(request, make)

    @routes.post("/{known}/refusal", summary="Refuse, or take back, the replacement of a key")
    async def refuse(
        known: Known, request: Request, _reading: Reading = Depends(reading)
    ) -> JSONResponse:
        member = require_member(request)
        return await answered(request, lambda: desk.told(desk.refuse_as(known, member)))

    return routes


def _given(wish: asked.Countersigned) -> Signature:
    """Raises `EnrolmentProofWrong`."""
    try:
        return signature_of(wish.signature.model_dump(exclude_none=True))
    except TallystickError as error:
        raise EnrolmentProofWrong(error.detail) from None
