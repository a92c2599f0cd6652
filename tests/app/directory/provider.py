"""A real OpenID provider for the tests, a process of its own: it logs in whoever it is told, and lies as it is told.

`python -m tests.app.directory.provider FILE` writes its address there. `POST /lie` changes what its next tokens say.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jws
from joserfc.jwk import RSAKey
from tests import loopback

client_id, client_secret = "tallystick", "a secret of the tests"


def create_app(issuer: str) -> FastAPI:
    """It gives codes to anybody: who logs in stands in `lie`."""
    app = FastAPI()
    own, foreign = (RSAKey.generate_key(2048, auto_kid=True) for _ in range(2))
    codes: dict[str, dict[str, str]] = {}
    lie: dict[str, Any] = {}

    @app.get("/.well-known/openid-configuration")
    def discovery() -> dict[str, str]:
        found = {"issuer": issuer, "authorization_endpoint": f"{issuer}/authorize",
                 "token_endpoint": f"{issuer}/token", "jwks_uri": f"{issuer}/keys"}  # fmt: skip
        return {**found, **lie.get("discovery", {})}

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        return {"keys": [{**own.as_dict(private=False), "use": "sig"}]}

    @app.get("/authorize")
    def authorize(request: Request) -> RedirectResponse:
        told = dict(request.query_params)
        code = secrets.token_urlsafe(16)
        codes[code] = told
        return RedirectResponse(f"{told['redirect_uri']}?state={told['state']}&code={code}", 302)

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        form = dict(parse_qsl((await request.body()).decode()))
        basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        told = codes.pop(str(form["code"]), None)
        verifier = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        good = told is not None and told["code_challenge"] == challenge
        if not good or request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"error": "invalid_grant"}, 400)
        assert told is not None
        now = int(time.time())
        claims = {"iss": issuer, "aud": client_id, "sub": "wang", "nonce": told["nonce"],
                  "iat": now, "exp": now + 300, **lie.get("claims", {})}  # fmt: skip
        answer = {"id_token": signed(claims), "token_type": "Bearer"}
        return JSONResponse({**answer, **lie.get("beside", {})})

    @app.post("/lie")
    async def change(request: Request) -> dict[str, str]:
        lie.clear()
        lie.update(await request.json())
        return {}

    def signed(claims: dict[str, Any]) -> str:
        if "replay" in lie and "token" in kept:
            return str(kept["token"])
        header = {"alg": "RS256", "kid": own.kid, "typ": "JWT", **lie.get("header", {})}
        data = json.dumps(claims).encode()
        how = lie.get("signed", "")
        if how == "none":
            return f"{_part(header)}.{_part(claims)}."
        if how == "public-key":
            unsigned = f"{_part(header)}.{_part(claims)}"
            mark = hmac.digest(own.as_pem(private=False), unsigned.encode(), hashlib.sha256)
            return f"{unsigned}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"
        registry = jws.JWSRegistry(algorithms=["RS256", "PS256"], strict_check_header=False)
        made = jws.serialize_compact(
            header, data, foreign if how == "foreign" else own, registry=registry
        )
        kept["token"] = made
        return made

    kept: dict[str, str] = {}
    return app


def _part(told: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()


def main() -> None:
    port = loopback.listening()
    issuer = loopback.address(port, "localhost")
    server = uvicorn.Config(create_app(issuer), log_level="error")
    Path(sys.argv[1]).write_text(issuer)
    uvicorn.Server(server).run(sockets=[port])


if __name__ == "__main__":
    main()
