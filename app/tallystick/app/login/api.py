"""Logging in as data: for programs of a person, and for who signs with a plain key."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from tallystick.app.handles import transport
from tallystick.app.login.desk import LoginDesk, Proof, session_cookie, session_lasts_ms
from tallystick.app.login.errors import LoginInTheClear, LoginRefused
from tallystick.app.login.members import member_of
from tallystick.ledger import Assertion, Handle, KeyRef, TallystickError

Base64 = Annotated[str, Field(max_length=8192, pattern=r"^[0-9A-Za-z+/]+={0,2}$")]


class WebAuthnTold(BaseModel):
    model_config = ConfigDict(extra="forbid")

    authenticatorData: Base64
    clientDataJSON: Base64


class ProofTold(BaseModel):
    """`sig`: 64 bytes over the challenge's bytes, or, with `webauthn`, as a passkey signs them."""

    model_config = ConfigDict(extra="forbid")

    person: Handle
    nonce: Annotated[str, Field(max_length=200)]
    sig: Base64
    keyid: KeyRef | None = None
    webauthn: WebAuthnTold | None = None


def router(desk: LoginDesk, reading: Callable[..., Any]) -> APIRouter:
    """`reading` finds out who asks."""
    routes = APIRouter(prefix="/v1/login", tags=["login"])

    @routes.get("", summary="Who you are here")
    def me(request: Request, _reading: Any = Depends(reading)) -> dict[str, Any]:
        """The person that is logged in, with its roles as they are now."""
        member = member_of(request)
        if member is None:
            raise LoginRefused
        return {
            "person": member.person,
            "organisation": member.organisation,
            "roles": sorted(member.roles),
            "key": member.key,
        }

    @routes.post("/challenge", summary="What to sign")
    def challenge() -> dict[str, Any]:
        """`message` is what a plain key signs; a passkey's challenge is its SHA-256 (formats §2)."""
        nonce = desk.challenges.nonce()
        message = base64.b64encode(desk.challenges.message(nonce)).decode()
        return {"nonce": nonce, "message": message}

    @routes.post("", summary="Log in")
    def login(request: Request, response: Response, told: ProofTold) -> dict[str, Any]:
        """Sets the cookie of the session, which lasts eight hours."""
        begin(request, response, desk.login(proof_of(told)))
        return {"lasts_s": session_lasts_ms // 1000}

    @routes.delete("", summary="Log out", status_code=204)
    def logout(request: Request, response: Response, everywhere: bool = False) -> None:
        """This session, or all of yours."""
        if session_cookie not in request.cookies:
            raise LoginRefused
        desk.logout(request.cookies.get(session_cookie, ""), everywhere=everywhere)
        response.delete_cookie(session_cookie, path="/")

    return routes


def begin(request: Request, response: Response, token: str) -> None:
    """The browser keeps the token, where no script reads it. Raises `LoginInTheClear`."""
    require_safe(request)
    response.set_cookie(
        session_cookie,
        token,
        max_age=session_lasts_ms // 1000,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )


def require_safe(request: Request) -> None:
    if not transport.is_safe(request):
        raise LoginInTheClear


def proof_of(told: ProofTold) -> Proof:
    """Raises `LoginRefused` for what is no base64."""
    try:
        assertion = None if told.webauthn is None else Assertion.read(told.webauthn.model_dump())
        sig = base64.b64decode(told.sig, validate=True)
    except (TallystickError, ValueError):
        raise LoginRefused from None
    return Proof(told.person, told.nonce, sig, assertion, told.keyid or "")
