"""/v1/invitations: people and keys that come in. Who invites and approves is a person who is logged in.

Who asks for a token's request proves a key; who approves proves theirs by the signatures that go into the log.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

import tallystick.scanners as scanners
from tallystick.app.access import Reading
from tallystick.app.enrolling.asked import Look, read, request_bytes_max
from tallystick.app.joining import asked
from tallystick.app.joining.desk import Invitations
from tallystick.app.joining.drafts import suites_for
from tallystick.app.joining.errors import LogInFirst
from tallystick.app.login import Member, member_of
from tallystick.app.pages.language import choose
from tallystick.app.signing.told import draft_told
from tallystick.identity import organisation
from tallystick.ledger import read_limited

Known = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_private = {"Cache-Control": "private, no-store"}


def router(desk: Invitations, reading: Callable[..., Any]) -> APIRouter:
    """`reading`: the dependency that finds out who asks."""
    routes = APIRouter(prefix="/v1/invitations", tags=["people"])

    @routes.post("", summary="Invite a person, or a key", status_code=201)
    async def invite(request: Request, _reading: Reading = Depends(reading)) -> JSONResponse:
        """The address, with a token that is good for one key within minutes, and its code as a picture (PNG)."""
        member = require_member(request)
        wish = read(asked.Invite, await _body(request))
        made = await run_in_threadpool(desk.invite, member, wish)
        picture = base64.b64encode(scanners.code_png(made.address)).decode()
        answer = {"id": made.id, "address": made.address, "expires": made.expires, "code": picture}
        return JSONResponse(answer, 201, _private)

    @routes.get("", summary="Requests that wait for you")
    def waiting(request: Request, _reading: Reading = Depends(reading)) -> JSONResponse:
        """With name and contact, and the digits to compare. Nothing waits for whoever is no person."""
        member = member_of(request)
        found = [] if member is None else desk.waiting_for(member)
        told = [desk.told_to_approver(one) for one in found]
        return JSONResponse({"requests": told}, headers=_private)

    @routes.post("/look", summary="What an invitation is for")
    async def look(request: Request) -> JSONResponse:
        """For whoever opened it; the token is in the body, so that no log of addresses has it."""
        token = read(Look, await _body(request)).token
        found = await run_in_threadpool(desk.by_token, token)
        with desk.node.look() as view:
            firm = organisation(view, found.kept.firm)
            usual = suites_for(view, found.kept)
        more = {"origin": desk.origin, "name": dict(firm.name), "suites": usual}
        told = {**desk.told(found), **more}
        return JSONResponse(told, headers=_private)

    @routes.post("/requests", summary="Ask with a fresh key", status_code=201)
    async def ask(request: Request) -> JSONResponse:
        """By whoever was invited, who signs with the key that it made. The invitation is used up."""
        wish = read(asked.Request, await _body(request))
        found = await run_in_threadpool(desk.request, wish)
        return JSONResponse(desk.told(found), 201, _private)

    @routes.get("/requests/{known}", summary="How a request stands")
    def status(known: Known) -> JSONResponse:
        """For whoever asked. `entry`: what the new key is to sign."""
        return JSONResponse(desk.told(desk.by_id(known)), headers=_private)

    @routes.get("/requests/{known}/drafts", summary="The entries that approve a request")
    def drafts(known: Known, request: Request, reading: Reading = Depends(reading)) -> JSONResponse:
        """The exact bytes to sign, one after the other, by the person who is logged in."""
        host = request.url.hostname or ""
        found = desk.drafts(known, require_member(request))
        told = [draft_told(one, reading.view, choose(request), host) for one in found]
        return JSONResponse({"drafts": told}, headers=_private)

    @routes.post("/requests/{known}/approval", summary="Approve a request")
    async def approve(known: Known, request: Request) -> JSONResponse:
        """By a person's own signatures under the entries. The new key signs next."""
        wish = read(asked.Approvals, await _body(request))
        found = await run_in_threadpool(desk.approve, known, wish)
        return JSONResponse(desk.told(found), headers=_private)

    @routes.post("/requests/{known}/signature", summary="The new key's own signature")
    async def sign(known: Known, request: Request) -> JSONResponse:
        """Under what was approved; with it the entries go into the log."""
        wish = read(asked.Proof, await _body(request))
        found, answer = await run_in_threadpool(desk.sign, known, wish)
        problem = answer.problem or answer.refusal
        if problem is not None:
            raise problem
        return JSONResponse(desk.told(found), headers=_private)

    @routes.post("/requests/{known}/refusal", summary="Refuse a request")
    async def refuse(
        known: Known, request: Request, _reading: Reading = Depends(reading)
    ) -> JSONResponse:
        found = await run_in_threadpool(desk.refuse_as, known, require_member(request))
        return JSONResponse(desk.told(found), headers=_private)

    return routes


def require_member(request: Request) -> Member:
    """The person who is logged in. Raises `LogInFirst`."""
    member = member_of(request)
    if member is None:
        raise LogInFirst
    return member


async def _body(request: Request) -> bytes:
    return await read_limited(request, request_bytes_max)
