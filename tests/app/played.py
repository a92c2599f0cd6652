"""Real sessions: people log in by their own keys, as browsers and programs do."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
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
}
auditor = "auditor"


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


def look_as(client: TestClient, node: Node, who: str) -> None:
    """The client reads as nobody (empty), as one of `people`, or as the auditor of the whole log."""
    client.cookies.delete(session_cookie)
    client.headers.pop("authorization", None)
    if who == auditor:
        client.headers["authorization"] = f"Bearer {_token(node.settings.folder)}"
    elif who:
        log_in(client, people[who])


@cache
def _token(home: Path) -> str:
    return Readers(home).add(auditor, None)
