"""/v1/devices: invitations, requests of devices, approvals; and an organisation's devices.

Who asks for a token's request proves a key; who approves proves theirs by the signature that goes into the log. Who
invites, refuses and lists speaks for the organisation by whatever lets a request read for it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

import tallystick.scanners as scanners
from tallystick.app.access import Reading
from tallystick.app.devices import asked as on_devices
from tallystick.app.devices.enrolments import Enrolment, Enrolments, draft_of, owner, told
from tallystick.app.devices.errors import NotYourDevices
from tallystick.app.devices.listing import listed, shown
from tallystick.app.enrolling import asked
from tallystick.app.enrolling.errors import EnrolmentMalformed, InvitationUnknown
from tallystick.identity import Organisation, organisation
from tallystick.ledger import TallystickError, Thing, read_limited

Known = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Of = Annotated[str, Query(max_length=300)]
_private = {"Cache-Control": "private, no-store"}


def router(enrolments: Enrolments, reading: Callable[..., Any]) -> APIRouter:
    """`reading`: the dependency that gives a `Reading`."""
    routes = APIRouter(tags=["devices"])

    @routes.post(
        "/v1/devices/invitations", summary="Invite a device of your organisation", status_code=201
    )
    async def invite(request: Request, reading: Reading = Depends(reading)) -> JSONResponse:
        """The address, with a token that is good for one device within minutes, and its code as a picture (PNG)."""
        wish = asked.read(on_devices.Invite, await _body(request))
        require_own(reading, wish.organisation)
        made = await run_in_threadpool(enrolments.invite, wish)
        picture = base64.b64encode(scanners.code_png(made.address)).decode()
        answer = {"id": made.id, "address": made.address, "expires": made.expires, "code": picture}
        return JSONResponse(answer, 201, _private)

    @routes.post("/v1/devices/invitations/look", summary="What an invitation is for")
    async def look(request: Request) -> JSONResponse:
        """For the device that scanned it; the token is in the body, so that no log of addresses has it."""
        token = asked.read(asked.Look, await _body(request)).token
        found = await run_in_threadpool(enrolments.by_token, token)
        return JSONResponse(_invitation(enrolments, found), headers=_private)

    @routes.post("/v1/devices/requests", summary="Ask to be enrolled", status_code=201)
    async def ask(request: Request) -> JSONResponse:
        """By a device, which signs with the key that it made. The invitation is used up."""
        wish = asked.read(on_devices.Request, await _body(request))
        return _told(await run_in_threadpool(enrolments.request, wish), 201)

    @routes.post("/v1/devices/renewals", summary="Ask for a fresh key of a device", status_code=201)
    async def renew(request: Request) -> JSONResponse:
        """By the device, in the place of a key that it still has: both keys sign. It waits as a request does."""
        wish = asked.read(on_devices.Renewal, await _body(request))
        return _told(await run_in_threadpool(enrolments.renew, wish), 201)

    @routes.get("/v1/devices/requests", summary="Requests that wait for you")
    def waiting(organisation: Of, reading: Reading = Depends(reading)) -> dict[str, Any]:
        require_readable(reading, organisation)
        return {"requests": [told(one) for one in enrolments.waiting(organisation)]}

    @routes.get("/v1/devices/requests/{known}", summary="How a request stands")
    def status(known: Known) -> JSONResponse:
        """For the device that asked, and for whoever was given its number. `entry`: what the device is to sign."""
        return _told(enrolments.by_id(known))

    @routes.get("/v1/devices/requests/{known}/draft", summary="The entry that approves a request")
    def draft(
        known: Known,
        author: Of,
        device: Of,
    ) -> JSONResponse:
        """The exact bytes to sign, for whoever does not make them: payload, body and salt in base64."""
        made = drafted(enrolments, known, author, device)
        return JSONResponse(made, headers=_private)

    @routes.post("/v1/devices/requests/{known}/approval", summary="Approve a request")
    async def approve(known: Known, request: Request) -> JSONResponse:
        """By an administrator's own signature under the entry. The device signs next."""
        wish = asked.read(asked.Approval, await _body(request))
        return _told(await run_in_threadpool(enrolments.approve, known, wish))

    @routes.post("/v1/devices/requests/{known}/signature", summary="The device's own signature")
    async def sign(known: Known, request: Request) -> JSONResponse:
        """Under what was approved; with it the entry goes into the log. The key that ends signs too (`by_old`)."""
        wish = asked.read(on_devices.Signed, await _body(request))
        found, answer = await run_in_threadpool(enrolments.sign, known, wish)
        problem = answer.problem or answer.refusal
        if problem is not None:
            raise problem
        return _told(found)

    @routes.post("/v1/devices/requests/{known}/refusal", summary="Refuse a request")
    async def refuse(known: Known, reading: Reading = Depends(reading)) -> JSONResponse:
        """Whoever does not speak for the organisation is not told whether there is one."""
        found = await run_in_threadpool(enrolments.by_id, known)
        if not reading.reader.takes_part(found.row.organisation):
            raise InvitationUnknown
        return _told(await run_in_threadpool(enrolments.refuse, known))

    @routes.get("/v1/devices", summary="Devices of an organisation")
    def devices_of(
        organisation: Of, reading: Reading = Depends(reading), after: Of = ""
    ) -> dict[str, Any]:
        """With state, class, place, calibration and how far each stream is; for the organisation and auditors."""
        require_readable(reading, organisation)
        found = listed(enrolments.node, reading.snapshot, organisation, after)
        return {"devices": [shown(one) for one in found]}

    return routes


def require_own(reading: Reading, handle: str) -> Organisation:
    """Raises `NotYourDevices`: whoever does not speak for it is not told whether there is such an organisation."""
    if not reading.reader.takes_part(handle):
        raise NotYourDevices(handle)
    return _organisation(reading, handle)


def require_readable(reading: Reading, handle: str) -> Organisation:
    """Raises `NotYourDevices`."""
    if not reading.reader.may_read("parties", (handle,), thing=Thing("devices")):
        raise NotYourDevices(handle)
    return _organisation(reading, handle)


def drafted(enrolments: Enrolments, known: str, author: str, device: str) -> dict[str, str]:
    """Raises `EnrolmentNotWaiting`, or what is wrong with a handle."""
    wish = on_devices.read_handles(author, device)
    found = enrolments.by_id(known)
    if found.kept.old is not None and wish[1] != owner(found):
        raise EnrolmentMalformed(f"device: the key of {owner(found)} is replaced")
    return draft_of(found).unsigned(enrolments.origin, *wish, enrolments.clock.now_ms()).told()


def _organisation(reading: Reading, handle: str) -> Organisation:
    try:
        return organisation(reading.view, handle)
    except TallystickError:
        raise NotYourDevices(handle) from None


def _invitation(enrolments: Enrolments, found: Enrolment) -> dict[str, Any]:
    with enrolments.node.look() as view:
        firm = organisation(view, found.row.organisation)
    return {**told(found), "origin": enrolments.origin, "name": dict(firm.name)}


def _told(found: Enrolment, status: int = 200) -> JSONResponse:
    return JSONResponse(told(found), status, _private)


async def _body(request: Request) -> bytes:
    return await read_limited(request, asked.request_bytes_max)
