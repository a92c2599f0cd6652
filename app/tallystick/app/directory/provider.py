"""A directory as a provider of OpenID Connect: discovery, the code's exchange, and ID tokens that are believed.

Rules (OpenID Connect Core 1.0 §3.1.3.7; RFC 8725): the issuer calls itself as it was bound; the algorithm is the one
that was bound, never one that a token names, and never `none` or one with a shared secret; the key is of the issuer's
own set, by `kid`; `crit` is refused; audience is this client, and `azp` if there are more; nonce, expiry and age hold.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tallystick.app.directory.errors import DirectoryAway, DirectoryRefused

timeout_s = 10.0
answer_bytes_max = 256 * 1024
token_chars_max = 16_384
leeway_s = 60
age_s_max = 600
subject_chars_max = 255
_endpoints = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_kinds = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}


@dataclass(frozen=True, slots=True)
class Binding:
    organisation: str
    issuer: str
    client_id: str
    algorithm: str


@dataclass(frozen=True, slots=True)
class Provider:
    """What its discovery document says."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


def discover(http: httpx.Client, issuer: str) -> Provider:
    """Raises `DirectoryAway`."""
    told = _ask(http, "GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != issuer:
        raise DirectoryAway("it calls itself otherwise than it was bound")
    found = [told.get(name) for name in _endpoints]
    local = issuer.startswith("http://localhost")
    for url in found:
        safe = isinstance(url, str) and (url.startswith("https://") or local)
        if not safe:
            raise DirectoryAway("an address of it is missing, or not https")
    return Provider(*map(str, found))


def exchange(
    http: httpx.Client,
    provider: Provider,
    binding: Binding,
    secret: str,
    code: str,
    verifier: str,
    redirect: str,
) -> str:
    """The ID token for a code (RFC 6749 §4.1.3, with PKCE, RFC 7636). Raises `DirectoryAway` or `DirectoryRefused`."""
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": redirect,
        "code_verifier": verifier, "client_id": binding.client_id,
    }  # fmt: skip
    told = _ask(http, "POST", provider.token_endpoint, form, (binding.client_id, secret))
    token = told.get("id_token")
    if not isinstance(token, str):
        raise DirectoryRefused("no ID token came")
    return token


def subject(
    http: httpx.Client, provider: Provider, binding: Binding, token: str, nonce: str, now_s: int
) -> str:
    """Who logged in there. Raises `DirectoryRefused` or `DirectoryAway`."""
    header = _header(token, binding.algorithm)
    keys = _ask(http, "GET", provider.jwks_uri)
    claims = _verified(token, keys, header, binding.algorithm)
    audience = claims.get("aud")
    one = audience == binding.client_id or audience == [binding.client_id]
    several = isinstance(audience, list) and binding.client_id in audience
    held = (
        claims.get("iss") == binding.issuer,
        one or (several and claims.get("azp") == binding.client_id),
        claims.get("azp", binding.client_id) == binding.client_id,
        claims.get("nonce") == nonce,
        _number(claims, "exp") > now_s - leeway_s,
        now_s - age_s_max <= _number(claims, "iat") <= now_s + leeway_s,
    )
    found = claims.get("sub")
    if not all(held) or not isinstance(found, str) or not 0 < len(found) <= subject_chars_max:
        raise DirectoryRefused
    return found


def _header(token: str, algorithm: str) -> Mapping[str, Any]:
    parts = token.split(".")
    if len(token) > token_chars_max or len(parts) != 3:
        raise DirectoryRefused
    try:
        told = json.loads(base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (ValueError, UnicodeError, RecursionError):
        raise DirectoryRefused from None
    if (
        not isinstance(told, dict)
        or told.get("alg") != algorithm
        or "crit" in told
        or "b64" in told
    ):
        raise DirectoryRefused
    return told


def _verified(
    token: str, keys: Mapping[str, Any], header: Mapping[str, Any], algorithm: str
) -> Mapping[str, Any]:
    """Keys and addresses in a header count for nothing: the key is one of the issuer's set."""
    rows = keys.get("keys")
    fitting = [
        row
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
        and row.get("kty") == _kinds[algorithm]
        and row.get("use", "sig") == "sig"
        and row.get("alg", algorithm) == algorithm
        and ("kid" not in header or row.get("kid") == header["kid"])
    ]
    if len(fitting) != 1:
        raise DirectoryRefused
    try:
        (key,) = KeySet.import_key_set({"keys": fitting}).keys
        registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
        opened = jws.deserialize_compact(token, key, registry=registry)
        claims = json.loads(opened.payload or b"")
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise DirectoryRefused from None
    if not isinstance(claims, dict):
        raise DirectoryRefused
    return claims


def _number(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int:
        raise DirectoryRefused
    return value


def _ask(
    http: httpx.Client,
    method: str,
    url: str,
    form: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> Mapping[str, Any]:
    """An object in JSON, of bounded size, from exactly there. Raises `DirectoryAway`, for a refusal `DirectoryRefused`."""
    try:
        with http.stream(method, url, data=form, auth=auth, timeout=timeout_s) as answer:
            data = b""
            for part in answer.iter_bytes():
                data += part
                if len(data) > answer_bytes_max:
                    raise DirectoryAway("it says too much")
        status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DirectoryAway(type(error).__name__) from None
    if status in (400, 401, 403) and form is not None:
        raise DirectoryRefused
    if status != 200:
        raise DirectoryAway(f"it answers {status}")
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise DirectoryAway("it does not answer in JSON") from None
    if not isinstance(told, dict):
        raise DirectoryAway("it does not answer with an object")
    return told
