"""Who asks: what a token and a person's session cost a request, what a route's table does, and signed requests verified.

The application is asked in this process, without a socket: what is between the two figures is the way in alone.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
from bench import pens as cast
from bench.context import Bench
from bench.log import bench_log
from bench.measure import Result, Row, in_turn, median_cpu, median_rate, times
from starlette.requests import Request

from tallystick.app import permissions
from tallystick.app.bootstrap import Node
from tallystick.app.http import create_app
from tallystick.app.login import session_cookie
from tallystick.app.machines.clients import Clients, NewClient
from tallystick.app.machines.machines import Machines
from tallystick.app.machines.signing import sign
from tallystick.app.operations import configure_logs
from tallystick.app.settings import Settings
from tallystick.ledger import InvariantError, Reader, SystemClock

base_url = "http://127.0.0.1:8000"
path = f"/api/handles/{cast.gate}"
requests_per_few = 20


def rows(bench: Bench) -> Iterator[Result]:
    with _node(bench) as node:
        yield _by_token(bench, node)
        yield _by_session(bench, node)
        yield _by_route(bench)
        yield _by_signature(bench, node)


@contextmanager
def _node(bench: Bench) -> Iterator[Node]:
    folder = bench.new_folder()
    url = f"sqlite:///{folder / 'ledger.sqlite3'}"
    with bench_log(url, folder, bench.new_pens()):
        pass
    settings = Settings(
        home=folder, database_url=url, verify_processes=0, base_url=base_url, log_level="error",
        organisation_requests_per_s=0, organisation_requests_per_day=10**12,
    )  # fmt: skip
    configure_logs(settings)
    node = Node.at(settings)
    try:
        yield node
    finally:
        node.store.close()


@dataclass
class _Asked:
    """One request, asked of the application again and again."""

    app: Any
    headers: list[tuple[bytes, bytes]]

    def scope(self) -> dict[str, Any]:
        return {
            "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
            "raw_path": path.encode(), "query_string": b"", "root_path": "", "asgi": {"version": "3.0"},
            "headers": [(b"host", b"127.0.0.1:8000"), *self.headers], "client": ("127.0.0.1", 5),
            "server": ("127.0.0.1", 8000), "state": {},
        }  # fmt: skip

    async def ask(self, count: int) -> None:
        for _ in range(count):
            status: list[int] = []

            async def receive() -> dict[str, Any]:
                return {"type": "http.request", "body": b"", "more_body": False}

            async def send(message: Any, told: list[int] = status) -> None:
                if message["type"] == "http.response.start":
                    told.append(message["status"])

            await self.app(self.scope(), receive, send)
            if status != [200]:
                raise InvariantError(f"answered {status}")


def _by_token(bench: Bench, node: Node) -> Row:
    client, _ = Clients(node.store, SystemClock()).add(
        NewClient("bench", cast.core, cast.core, ("identity:read",))
    )
    token = Machines(node, _Silent()).tokens.issue(client, client.scopes)
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return _authorised(bench, create_app(node), headers, "an access token")


def _by_session(bench: Bench, node: Node) -> Row:
    """A person's cookie: the session, and what person and key are worth now, looked up at each request."""
    app = create_app(node)
    cookie = asyncio.run(_logged_in(app, cast.maker(cast.core)))
    return _authorised(bench, app, [(b"cookie", cookie.encode())], "a person's session")


async def _logged_in(app: Any, person: str) -> str:
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 5))
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
        asked = (await client.post("/v1/login/challenge")).json()
        signed = cast.key(f"300:{person}").private.sign(base64.b64decode(asked["message"]))
        sig = base64.b64encode(signed).decode()
        proof = {"person": person, "nonce": asked["nonce"], "sig": sig}
        (await client.post("/v1/login", json=proof)).raise_for_status()
        return f"{session_cookie}={client.cookies[session_cookie]}"


def _authorised(bench: Bench, app: Any, headers: list[tuple[bytes, bytes]], by: str) -> Row:
    bare, bearing = _Asked(app, []), _Asked(app, headers)
    count = bench.scale.few * requests_per_few
    with asyncio.Runner() as loop:

        def asked(one: _Asked) -> int:
            loop.run(one.ask(count))
            return count

        asked(bare)
        asked(bearing)
        spent = in_turn(
            bench.scale.rounds + 1, bare=lambda: asked(bare), bearing=lambda: asked(bearing)
        )
    more_s = median_cpu(spent["bearing"]) - median_cpu(spent["bare"])
    return Row(
        f"requests with {by}, a record of handles resolved",
        median_rate(spent["bearing"]),
        median_rate(spent["bare"]),
        "requests/s",
        "the same requests by nobody in particular",
        details={"processor time of the overhead, microseconds": 1e6 * more_s},
    )


def _by_route(bench: Bench) -> Row:
    """As whom a maker reads by each beginning of a route: what is decided before any thing is looked at."""
    own, paths = Reader.party(cast.core), tuple(permissions.of_route)
    known = {path: permissions.resource_of(path).read_by for path in paths}

    def decide() -> None:
        for path in paths:
            with suppress(permissions.RoleMissing):
                permissions.reader_of(path, ("maker",), own)

    def look_up() -> None:
        for path in paths:
            known[path].intersection(("maker",))

    spent = in_turn(
        bench.scale.rounds + 1,
        decide=times(bench.scale.few, decide), look_up=times(bench.scale.few, look_up),
    )  # fmt: skip
    ours = median_rate(spent["decide"]) * len(paths)
    return Row(
        "permission decisions by route and role",
        ours,
        median_rate(spent["look_up"]) * len(paths),
        "decisions/s",
        "the roles of each route in a dict, and one intersection",
        details={"microseconds for a decision": 1e6 / ours},
    )


class _Silent:
    """Metrics of nobody."""

    def refused(self, code: str) -> None:
        raise InvariantError(code)


def _by_signature(bench: Bench, node: Node) -> Row:
    key = cast.key(f"300:{cast.core}")
    machines = Machines(node, _Silent())
    count = bench.scale.few * requests_per_few
    request = httpx.Request("GET", base_url + path)
    sign(request, key)
    headers = [(n.lower().encode(), v.encode()) for n, v in request.headers.items()]
    sent = Request(_Asked(None, [one for one in headers if one[0] != b"host"]).scope())
    message = secrets.token_bytes(400)
    signature, public = key.private.sign(message), key.private.public

    def verify() -> None:
        machines.signatures.proven(sent, has_body=False)

    def raw() -> None:
        if not public.verifies(signature, message):
            raise InvariantError("a signature of our own does not verify")

    def spend() -> None:
        name, until = secrets.token_urlsafe(18), SystemClock().now_ms() + 60_000
        if not machines.once.take("nonce", key.keyid, name, until):
            raise InvariantError("a nonce was there before")

    verify()
    spent = in_turn(
        bench.scale.rounds + 1,
        verify=times(count, verify), raw=times(count * 10, raw), spend=times(bench.scale.few, spend),
    )  # fmt: skip
    return Row(
        "signed requests verified (RFC 9421), Ed25519",
        median_rate(spent["verify"]),
        median_rate(spent["raw"]),
        "requests/s",
        "verifying a signature of 400 bytes alone",
        details={
            "nonces spent durably, one after the other, nonces/s": median_rate(spent["spend"])
        },
    )
