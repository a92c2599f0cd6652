"""What the interface description (OpenAPI 3.1) says of how programs prove themselves, for each operation."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from tallystick.app.machines.oauth_api import revoke_path, token_path
from tallystick.app.machines.scopes import needed, scopes
from tallystick.app.machines.signatures import lasts_s_max, tag

Security = list[dict[str, list[str]]]
_methods = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
#: Entries are signed themselves, and who was invited, a device or a person, proves a key and the token of the
#: invitation: no other proof is needed.
signed_by_itself = frozenset(
    {
        ("post", "/v1/entries"),
        ("post", "/v1/erasures/statements"),
        ("post", "/v1/devices/invitations/look"),
        ("post", "/v1/devices/requests"),
        ("post", "/v1/devices/renewals"),
        ("post", "/v1/devices/requests/{known}/approval"),
        ("post", "/v1/devices/requests/{known}/signature"),
        ("post", "/v1/invitations/look"),
        ("post", "/v1/invitations/requests"),
        ("post", "/v1/invitations/requests/{known}/approval"),
        ("post", "/v1/invitations/requests/{known}/signature"),
        ("post", "/v1/applications"),
    }
)
login_path, session_cookie = "/v1/login", "tallystick_session"
#: Of the Handle API, where its users log in too.
handle_routes = ("/api/handles", "/api/sessions", "/hrls/handles", "/v1/handles")


def schemes(issuer: str) -> dict[str, Any]:
    """`components.securitySchemes`."""
    flow = {"tokenUrl": issuer + token_path, "scopes": scopes}
    return {
        "oauth2": {
            "type": "oauth2",
            "description": "Access tokens for minutes, for programs of organisations (RFC 6749, RFC 9068).",
            "flows": {"clientCredentials": flow},
        },
        "signature": {
            "type": "apiKey", "in": "header", "name": "Signature",
            "description": "A request signed by a registered key of the organisation or of its service (RFC 9421): "
            "Signature-Input with keyid, created, expires (at most "
            f'{lasts_s_max} s later), nonce and tag="{tag}", over @method, @target-uri, content-digest (RFC 9530) '
            "if there is a body, and authorization if there is one.",
        },
        "reader": {
            "type": "http", "scheme": "bearer",
            "description": "A token of `tallystick reader`: to begin with, until there are clients; for mirrors and "
            "auditors.",
        },
        "handle": {
            "type": "http", "scheme": "basic",
            "description": "A user of the Handle API, `index:handle` percent-encoded, and its secret key.",
        },
        "handleSession": {
            "type": "apiKey", "in": "header", "name": "Authorization",
            "description": "The Handle API's scheme `Handle`: a session, or the answer to its nonce.",
        },
        "session": {
            "type": "apiKey", "in": "cookie", "name": session_cookie,
            "description": "A person who logged in by the key with which it signs; reads what its roles read.",
        },
        "client": {
            "type": "http", "scheme": "basic",
            "description": "Id and secret of a client; or client_assertion in the form (RFC 7523).",
        },
    }  # fmt: skip


def security(method: str, path: str) -> Security:
    """By which of the schemes an operation may be called; an empty one: without any."""
    if path in (token_path, revoke_path):
        return [{"client": []}]
    if (method, path) in signed_by_itself:
        return [{}]
    if path == login_path and method != "post":
        return [{"session": []}]
    asked = sorted(needed(method.upper(), path))
    by_handle: Security = []
    if path.startswith(handle_routes):
        by_handle = [{"handle": []}, {"handleSession": []}]
    if not asked:
        return by_handle or [{}]
    program: Security = [{"oauth2": asked}, {"signature": []}]
    writes = any(scope.endswith(":write") for scope in asked)
    if writes or path == "/api/handles":
        # A list of handles is for administrators alone.
        return [*program, *by_handle]
    return [{}, *program, {"reader": []}, {"session": []}, *by_handle]


def describe(app: FastAPI, issuer: str) -> None:
    """Let the description name schemes and operations' security."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        told = plain()
        told.setdefault("components", {})["securitySchemes"] = schemes(issuer)
        for path, operations in told["paths"].items():
            for method, operation in operations.items():
                if method in _methods:
                    operation["security"] = security(method, path)
        return told

    app.openapi = described  # type: ignore[method-assign]
