"""OAuth 2.0 for programs: token endpoint (RFC 6749 §4.4), revocation (RFC 7009), metadata (RFC 8414), keys (RFC 7517)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from tallystick.app.handles import transport
from tallystick.app.machines import client_keys, grants
from tallystick.app.machines.errors import (
    FailuresTooMany,
    NotInTheClear,
    OAuthRefused,
)
from tallystick.app.machines.grants import Desk, Form
from tallystick.app.machines.limits import Limits, caller
from tallystick.app.machines.metrics import MachineMetrics
from tallystick.app.machines.scopes import scopes
from tallystick.app.machines.token_keys import TokenKeys
from tallystick.app.problems import log_refused
from tallystick.ledger import read_limited

token_path, revoke_path, keys_path = "/oauth/token", "/oauth/revoke", "/oauth/jwks.json"
metadata_path = "/.well-known/oauth-authorization-server"
form_type = "application/x-www-form-urlencoded"
_private = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_public = {"Cache-Control": "public, max-age=60"}
_form_schema = {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}
_takes_form = {"requestBody": {"required": True, "content": {form_type: _form_schema}}}


def router(
    desk: Desk, keys: TokenKeys, issuer: str, limits: Limits, metrics: MachineMetrics
) -> APIRouter:
    routes = APIRouter(tags=["oauth"])

    async def judged(request: Request, judge: Callable[[Form, str | None], Any]) -> Response:
        address = caller(request)
        try:
            if address is not None:
                limits.failures.require(address)
            form = await _form(request)
            header = request.headers.get("authorization")
            told = await run_in_threadpool(judge, form, header)
        except OAuthRefused as error:
            if address is not None:
                limits.failures.take(address)
            metrics.refused(error.code)
            log_refused(error)
            headers = {**error.headers, **_private}
            return JSONResponse(error.answer(), error.status, headers=headers)
        except FailuresTooMany as error:
            metrics.refused(error.code)
            raise
        return JSONResponse(told or {}, headers=_private)

    @routes.post(token_path, summary="Get an access token", openapi_extra=_takes_form)
    async def post_token(request: Request) -> Response:
        """grant_type=client_credentials, and `scope` for less than the client may.

        The client proves itself by HTTP Basic, or by client_assertion (RFC 7523).
        """
        return await judged(request, desk.give)

    @routes.post(revoke_path, summary="Take an access token back", openapi_extra=_takes_form)
    async def post_revocation(request: Request) -> Response:
        """`token`, by the client that got it. A token that is none of its own is answered alike."""
        return await judged(request, desk.take_back)

    @routes.get(keys_path, summary="The keys that sign access tokens")
    def get_keys() -> JSONResponse:
        """A JWK set. A key stays for as long as tokens that it signed."""
        return JSONResponse(keys.published(), headers=_public)

    @routes.get(metadata_path, summary="Where and how programs get access tokens")
    def get_metadata() -> JSONResponse:
        return JSONResponse(metadata(issuer), headers=_public)

    return routes


def metadata(issuer: str) -> dict[str, Any]:
    """RFC 8414 §2."""
    methods = ["client_secret_basic", "private_key_jwt"]
    return {
        "issuer": issuer,
        "token_endpoint": issuer + token_path,
        "jwks_uri": issuer + keys_path,
        "revocation_endpoint": issuer + revoke_path,
        "scopes_supported": list(scopes),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": list(client_keys.algorithms),
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": list(client_keys.algorithms),
    }


async def _form(request: Request) -> Form:
    """Raises `OAuthRefused` or `NotInTheClear`."""
    if not transport.is_safe(request):
        raise NotInTheClear
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != form_type:
        raise OAuthRefused(f"the body is no {form_type}")
    if request.url.query:
        raise OAuthRefused("parameters belong into the body, not into the address")
    return grants.read_form(await read_limited(request, grants.form_bytes_max))
