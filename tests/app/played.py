"""Real sessions: people log in by their own keys, as browsers and programs do."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from fastapi.testclient import TestClient

from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast
from tallystick.app.login import session_cookie
from tallystick.app.readers import Readers
from tallystick.ledger import SigningKey

here = "https://testserver"
#: Who reads the demo's business, and for whom.
people = {
    "supplier": cast.suppliers[0].maker,
    "core": cast.core.maker,
    "bank": cast.bank.maker,
    "auditor": cast.auditor.person("reader"),
}


def proof(client: httpx.Client, person: str, signing: SigningKey) -> dict[str, Any]:
    """What logs the person in: a signature over a fresh challenge."""
    told = client.post("/v1/login/challenge").json()
    sig = signing.private.sign(base64.b64decode(told["message"]))
    return {
        "person": person,
        "nonce": told["nonce"],
        "sig": base64.b64encode(sig).decode(),
        "keyid": signing.keyid,
    }


def log_in(client: TestClient, person: str, signing: SigningKey | None = None) -> str:
    """From here on the client is this person, whose key is known if the demo plays it; the session's token."""
    client.cookies.delete(session_cookie)
    told = proof(client, person, signing or cast.key(f"300:{person}"))
    answer = client.post("/v1/login", json=told)
    assert answer.status_code == 200, answer.text
    return str(answer.cookies[session_cookie])


def look_as(client: TestClient, who: str) -> None:
    """The client is nobody (empty), or one of `people`. Who it was before is logged out: sessions of one person are limited."""
    if session_cookie in client.cookies:
        assert client.delete("/v1/login").status_code == 204
    client.cookies.delete(session_cookie)
    if who:
        log_in(client, people[who])


@contextmanager
def everything(client: TestClient, node: Node) -> Iterator[None]:
    """The client reads all of the log, by a token of its operator."""
    readers = Readers(node.settings.folder)
    client.headers["authorization"] = f"Bearer {readers.add('everything', None)}"
    try:
        yield
    finally:
        del client.headers["authorization"]
        readers.remove("everything")
