"""Signing requests to a node with a registered key: RFC 9421, with Content-Digest, for five minutes at most.

with httpx.Client(auth=RequestSigner(SigningKey(reference, private))) as client: ...
"""

# The library exports by a comment for mypy alone.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

import datetime
import secrets
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import httpx
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPSignatureAlgorithm,
    HTTPSignatureKeyResolver,
)

from tallystick.app.machines.signatures import tag
from tallystick.ledger import Clock, PrivateKey, SigningKey, SystemClock

lasts_s = 60
nonce_bytes = 18
covered = ("@method", "@target-uri")


class _Key(HTTPSignatureAlgorithm):
    """A key of ours, whichever suite it is of: both sign by 64 bytes, as RFC 9421 has them."""

    algorithm_id = "registered"

    def __init__(self, public_key: object = None, private_key: PrivateKey | None = None) -> None:
        self._private = private_key

    def sign(self, message: bytes) -> bytes:
        if self._private is None:
            raise ValueError("no private key")
        return self._private.sign(message)


@dataclass(frozen=True, slots=True)
class _Resolver(HTTPSignatureKeyResolver):
    private: PrivateKey

    def resolve_public_key(self, key_id: str) -> Any:
        raise LookupError(key_id)

    def resolve_private_key(self, key_id: str) -> Any:
        return self.private


@dataclass
class RequestSigner(httpx.Auth):
    """Signs each request of a client of httpx. A token beside it is covered, if it is set as a header."""

    key: SigningKey
    clock: Clock = field(default_factory=SystemClock)
    requires_request_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        sign(request, self.key, self.clock)
        yield request


def sign(request: httpx.Request, key: SigningKey, clock: Clock | None = None) -> None:
    """Add Content-Digest, Signature-Input and Signature to a request whose body was read."""
    created_s = (clock or SystemClock()).now_ms() // 1000
    more = ("authorization",) if "authorization" in request.headers else ()
    signer = HTTPMessageSigner(signature_algorithm=_Key, key_resolver=_Resolver(key.private))
    signer.sign(
        request,
        key_id=key.keyid,
        created=datetime.datetime.fromtimestamp(created_s, datetime.UTC),
        expires=datetime.datetime.fromtimestamp(created_s + lasts_s, datetime.UTC),
        nonce=secrets.token_urlsafe(nonce_bytes),
        label="node",
        tag=tag,
        include_alg=False,
        covered_component_ids=(*covered, *more),
        body=request.content or None,
    )
