"""/v1/drafts and /v1/handovers: what to sign, and signing it on another device."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError

import tallystick.scanners as scanners
from tallystick.app.access import Reading
from tallystick.app.login import Member, member_of
from tallystick.app.pages import refusals
from tallystick.app.pages.language import choose
from tallystick.app.problems import log_refused, problem_type
from tallystick.app.signing import told
from tallystick.app.signing.errors import DraftMalformed, DraftNotYours
from tallystick.app.signing.hand_over import HandOvers
from tallystick.ledger import TallystickError, instant, read_limited

_private = {"Cache-Control": "private, no-store"}
M = TypeVar("M", bound=BaseModel)


def router(hand_overs: HandOvers, reading: Callable[..., Any]) -> APIRouter:
    """`reading` finds out who asks."""
    routes = APIRouter(tags=["signing"])
    desk = hand_overs.desk

    @routes.post("/v1/drafts", summary="Draft an entry that you will sign")
    async def draft(request: Request, reading: Reading = Depends(reading)) -> JSONResponse:
        """The exact bytes, rehearsed: a refusal comes before anybody signs. Expires in a quarter of an hour.

        `keys`: those of yours that suffice alone, or any two of them if `together`; the second of another device if
        `apart`, which shows the act by itself. `cited`: the entries that the body names by hash. Labels, names and
        values are words to show beside what the bytes say.
        """
        member = _member(request)
        wish = await _read(told.Wish, request)

        def make() -> dict[str, Any]:
            made = desk.draft(
                member, wish.author or member.person, wish.type, wish.body, wish.fields, wish.id
            )
            host = request.url.hostname or ""
            return told.draft_told(made, reading.view, choose(request), host)

        return await answered(request, make)

    @routes.post("/v1/handovers", summary="Show a draft on another device", status_code=201)
    async def hand_over(request: Request, reading: Reading = Depends(reading)) -> JSONResponse:
        """An address and its code (PNG in base64), good for one signature of yours within five minutes."""
        member = _member(request)
        wish = await _read(told.HandedOver, request)
        parts = [_bytes(one) for one in (wish.payload, wish.body, wish.salt)]

        def make() -> dict[str, Any]:
            made = hand_overs.make(member, parts[0], parts[1], parts[2])
            code = base64.b64encode(scanners.code_png(made.address)).decode()
            ends = instant(made.ends_ms)
            return {"id": made.id, "address": made.address, "code": code, "ends": ends}

        return await answered(request, make, 201)

    @routes.post("/v1/handovers/look", summary="What a code asks to sign")
    async def look(request: Request, reading: Reading = Depends(reading)) -> JSONResponse:
        """For the device that read it; the token is in the body, so that no log of addresses has it."""
        token = (await _read(told.Look, request)).token

        def make() -> dict[str, Any]:
            found = hand_overs.look(token, reading.snapshot)
            host = request.url.hostname or ""
            return told.draft_told(found, reading.view, choose(request), host)

        return await answered(request, make)

    @routes.post("/v1/handovers/signature", summary="Sign what a code asks for")
    async def sign(request: Request, reading: Reading = Depends(reading)) -> JSONResponse:
        """One row of the envelope's signatures; the device that showed the code sends the entry."""
        wish = await _read(told.Signed, request)

        def make() -> dict[str, Any]:
            given = wish.signature.model_dump(exclude_none=True)
            hand_overs.sign(wish.token, given, reading.snapshot)
            return {"signed": True}

        return await answered(request, make)

    @routes.get("/v1/handovers/{known}", summary="Whether the other device has signed")
    async def signature(
        request: Request,
        known: Annotated[str, Path(pattern="^[0-9a-f]{32}$")],
        reading: Reading = Depends(reading),
    ) -> JSONResponse:
        member = _member(request)
        found = await run_in_threadpool(hand_overs.signature, member, known)
        return JSONResponse({"signature": found}, headers=_private)

    return routes


async def answered(
    request: Request, make: Callable[[], dict[str, Any]], status: int = 200
) -> JSONResponse:
    """What was made, or the refusal with title and advice in the reader's language."""
    try:
        made = await run_in_threadpool(make)
    except TallystickError as error:
        log_refused(error, request.url.path)
        return JSONResponse(
            _in_words(error, request), error.status, _private, media_type=problem_type
        )
    return JSONResponse(made, status, _private)


def _in_words(error: TallystickError, request: Request) -> dict[str, Any]:
    problem, found = error.problem(), refusals.in_words(error.code, choose(request))
    if found is not None:
        problem |= {"title": found[0], "advice": found[1]}
    return problem


def _member(request: Request) -> Member:
    """Raises `DraftNotYours` for who is not logged in."""
    member = member_of(request)
    if member is None:
        raise DraftNotYours("nobody is logged in")
    return member


async def _read(model: type[M], request: Request) -> M:
    """Raises `DraftMalformed` that names the first wrong field."""
    data = await read_limited(request, told.request_bytes_max)
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, wrong["loc"])) or "it"
        raise DraftMalformed(f"{where}: {wrong['msg']}") from None


def _bytes(text: str) -> bytes:
    """Raises `DraftMalformed`."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise DraftMalformed("this is no base64") from None
