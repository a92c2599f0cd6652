"""The way in of every request, before its route: who sends it, if it is a program, and whether it may now.

A request that shows something and proves nothing goes no further. Whoever bears a token of `tallystick reader` for
an organisation is counted as its programs are; passwords and sessions are for those behind, who know them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tallystick.app.handles import transport
from tallystick.app.machines import signatures, tokens
from tallystick.app.machines.errors import (
    CredentialsAmbiguous,
    MachineRefused,
    NotInTheClear,
    TokenRefused,
)
from tallystick.app.machines.limits import Limits, caller
from tallystick.app.machines.metrics import MachineMetrics
from tallystick.app.machines.principal import Principal, note
from tallystick.app.machines.signatures import Proven, Signatures
from tallystick.app.machines.tokens import Tokens
from tallystick.app.problems import problem_response
from tallystick.app.readers import Readers, TokenExpired, TokenUnknown
from tallystick.ledger import TallystickError, read_limited

#: Asked by machines every few seconds: never limited, whoever asks.
unlimited = ("/healthz", "/readyz")
#: What clients send there proves who they are by itself.
own_proof = ("/oauth/token", "/oauth/revoke")
_Headers = dict[str, str]


@dataclass(slots=True)
class Door:
    """The ASGI middleware."""

    app: ASGIApp
    tokens: Tokens
    signatures: Signatures
    readers: Readers
    limits: Limits
    metrics: MachineMetrics
    body_bytes_max: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in unlimited:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            told, receive = await self._let_in(request, receive)
        except ClientDisconnect:
            return
        except TallystickError as error:
            self.metrics.refused(error.code)
            await problem_response(error)(scope, receive, send)
            return
        await self.app(scope, receive, _with_headers(send, told) if told else send)

    async def _let_in(self, request: Request, receive: Receive) -> tuple[_Headers, Receive]:
        """Headers for the answer, and what is left to receive. Raises `MachineRefused` and its kin."""
        address = caller(request)
        shown, read_by = _shown(request), _reads(request)
        organisation = None
        if address is not None and (shown or read_by is not None):
            self.limits.failures.require(address)
        try:
            if shown is not None:
                principal, receive = await self._proven(request, shown, receive)
                note(request, principal)
                organisation = principal.organisation
            elif read_by is not None:
                found = await run_in_threadpool(self.readers.admitted, read_by)
                organisation = found.organisation
        except (MachineRefused, TokenUnknown, TokenExpired):
            if address is not None:
                self.limits.failures.take(address)
            raise
        return await self._counted(organisation, address), receive

    async def _counted(self, organisation: str | None, address: str | None) -> _Headers:
        """One request of the organisation, or of whoever asks for none. Raises `LimitReached`."""
        if organisation is None:
            if address is not None:
                self.limits.strangers.take(address)
            return {}
        told, quotas = self.limits.of_organisation(organisation), self.limits.quotas
        if quotas.has(organisation):
            quotas.take(organisation)
        else:
            await run_in_threadpool(quotas.take, organisation)
        return told

    async def _proven(
        self, request: Request, shown: _Shown, receive: Receive
    ) -> tuple[Principal, Receive]:
        bearer = None
        if shown.token is not None:
            if not transport.is_safe(request):
                raise NotInTheClear
            bearer = await self._bearer(shown.token)
        if not shown.signed:
            if bearer is None:
                raise TokenRefused
            return bearer, receive
        proven = await run_in_threadpool(
            self.signatures.proven, request, has_body=_has_body(request)
        )
        body = await read_limited(request, self.body_bytes_max)
        await run_in_threadpool(self._spend, proven, body)
        return _both(proven.principal, bearer), _again(body, receive)

    async def _bearer(self, token: str) -> Principal:
        if self.tokens.is_remembered(token):
            return self.tokens.principal(token)
        return await run_in_threadpool(self.tokens.principal, token)

    def _spend(self, proven: Proven, body: bytes) -> None:
        proven.require_body(body)
        self.signatures.spend(proven)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a request shows: a token of ours, a signature, or both."""

    token: str | None
    signed: bool


def _shown(request: HTTPConnection) -> _Shown | None:
    """None: nothing that is looked at here. Raises `CredentialsAmbiguous`."""
    headers = request.headers.getlist("authorization")
    signed = signatures.is_signed(request)
    if len(headers) > 1:
        raise CredentialsAmbiguous("there are several Authorization headers")
    if request.scope["path"] in own_proof:
        if signed:
            raise CredentialsAmbiguous("the token endpoint takes no signed requests")
        return None
    token = _signed_token(headers[0]) if headers else None
    if signed and headers and token is None:
        raise CredentialsAmbiguous("beside the signature there is another way to log in")
    return _Shown(token, signed) if signed or token is not None else None


def _reads(request: HTTPConnection) -> str | None:
    """The token of a reader, which is what is borne and no signed token."""
    header = request.headers.get("authorization", "")
    token = _borne(header) if request.scope["path"] not in own_proof else None
    return token if token is not None and not tokens.is_one(token) else None


def _signed_token(header: str) -> str | None:
    token = _borne(header)
    return token if token is not None and tokens.is_one(token) else None


def _borne(header: str) -> str | None:
    """Raises `CredentialsAmbiguous` for two credentials in one header."""
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer":
        return None
    token = token.strip()
    if "," in token or " " in token:
        raise CredentialsAmbiguous("there are several credentials in one header")
    return token


def _both(signer: Principal, bearer: Principal | None) -> Principal:
    """Whoever signs a request with a token in it may what both may. Raises `CredentialsAmbiguous`."""
    if bearer is None:
        return signer
    if bearer.organisation != signer.organisation:
        raise CredentialsAmbiguous("the token is another organisation's than the signature")
    scopes = signer.scopes & bearer.scopes
    return Principal(
        signer.organisation, scopes, "signature", signer.name, signer.author, signer.types
    )


def _has_body(request: HTTPConnection) -> bool:
    length = request.headers.get("content-length", "0")
    return length.strip() != "0" or "transfer-encoding" in request.headers


def _again(body: bytes, receive: Receive) -> Receive:
    """What was read, once more; then what comes, which is that the caller went away."""
    told = False

    async def call() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return call


def _with_headers(
    send: Send, told: _Headers
) -> Callable[[MutableMapping[str, Any]], Awaitable[None]]:
    more = [(name.lower().encode(), value.encode()) for name, value in told.items()]

    async def call(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await send(message)

    return call
