"""Logging in by passkey, and out. The page needs its script: only the browser can ask an authenticator."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, Any

from cryptography.hazmat.primitives.asymmetric import ec, utils
from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import TypeAdapter

from tallystick.app.access import Reading
from tallystick.app.directory.offered import offered
from tallystick.app.directory.secrets import Secrets
from tallystick.app.login import LoginDesk, member_of
from tallystick.app.login.api import begin, require_safe
from tallystick.app.login.desk import Proof, session_cookie
from tallystick.app.login.errors import LoginRefused
from tallystick.app.login.same_site import ForeignSite
from tallystick.app.pages.forms import form_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.links import is_local
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.identity import organisation as organisation_of
from tallystick.ledger import Assertion, Handle, TallystickError, challenge

_form_bytes_max = 16_384
_handle: TypeAdapter[str] = TypeAdapter(Handle)
_signature_bytes = 64
_der_begins = 0x30


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any], desk: LoginDesk) -> None:
    @routes.get("/login")
    def page(
        request: Request,
        reading: Reading = Depends(reader),
        then: Annotated[str, Query(alias="next", max_length=400)] = "/",
        organisation: Annotated[str, Query(max_length=255)] = "",
    ) -> HTMLResponse:
        """One button, and a link to each directory; or, for who is logged in, who that is.

        A link, for no form of ours may send a browser elsewhere. `organisation`: whose directory is looked for.
        """
        member, firm = member_of(request), None
        if member is not None:
            firm = organisation_of(reading.view, member.organisation).name
        secrets = Secrets.of(desk.node.settings.folder, desk.clock)
        nonce = desk.challenges.nonce()
        return pages.page(
            request,
            "login.html",
            nonce=nonce,
            challenge=challenge(desk.challenges.message(nonce)),
            then=then if is_local(then) else "/",
            firm=firm,
            directories=offered(reading.view, secrets, organisation.strip()),
            looked_for=organisation.strip(),
            called=firm_names(reading.view, choose(request)),
        )

    @routes.post("/login")
    async def login(request: Request) -> RedirectResponse:
        """What the authenticator said, and back to where one was."""
        _same_site(request)
        require_safe(request)
        form = await form_of(request, _form_bytes_max)
        token = await run_in_threadpool(desk.login, _proof(form))
        then = form.get("next", "/")
        response = RedirectResponse(then if is_local(then) else "/", 303)
        begin(request, response, token)
        return response

    @routes.post("/logout")
    async def logout(request: Request) -> RedirectResponse:
        _same_site(request)
        form = await form_of(request, _form_bytes_max)
        token, everywhere = request.cookies.get(session_cookie, ""), "everywhere" in form
        await run_in_threadpool(desk.logout, token, everywhere=everywhere)
        response = RedirectResponse("/", 303)
        response.delete_cookie(session_cookie, path="/")
        return response


def _same_site(request: Request) -> None:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForeignSite


def _proof(form: dict[str, str]) -> Proof:
    """Raises `LoginRefused` for what is not of the form."""
    try:
        told = {name: _bytes(form[name]) for name in ("person", "sig", "data", "client")}
        # Behind the person stands a number, which tells passkeys of one person apart.
        person = _handle.validate_python(told["person"].decode().partition(" ")[0])
        assertion = Assertion.read(
            {
                "authenticatorData": base64.b64encode(told["data"]).decode(),
                "clientDataJSON": base64.b64encode(told["client"]).decode(),
            }
        )
        return Proof(person, form["nonce"], _plain(told["sig"]), assertion)
    except (KeyError, ValueError, TallystickError):
        raise LoginRefused from None


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, altchars=b"-_", validate=True)


def _plain(sig: bytes) -> bytes:
    """Authenticators encode ECDSA in DER, and do not care for a low s (formats §2)."""
    if len(sig) == _signature_bytes and sig[0] != _der_begins:
        return sig
    try:
        r, s = utils.decode_dss_signature(sig)
    except ValueError:
        return sig
    order = ec.SECP256R1().group_order
    if not (0 < r < order and 0 < s < order):
        return sig
    s = min(s, order - s)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
