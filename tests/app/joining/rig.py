"""A node with the founded firm; an officer's browser, and one of somebody who was invited."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from fastapi.testclient import TestClient
from tests.app.captures import lend_keys
from tests.identity.people.firm import first, found
from tests.ledger.authenticator import Authenticator, plainly
from tests.ledger.world import World, key

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.identity import devices
from tallystick.ledger import (
    P256,
    Envelope,
    PrivateKey,
    Signature,
    SigningKey,
    pae,
)

site = "https://testserver"
path = "/v1/invitations"


@dataclass
class Guest:
    """Somebody with a fresh key: a passkey made on this node's page, or a plain one."""

    client: TestClient
    passkey: bool = True
    private: PrivateKey = field(default_factory=lambda: PrivateKey.generate(P256))
    invitation: dict[str, Any] = field(default_factory=dict)

    def look(self, address: str) -> str:
        """The token."""
        token = address.partition("#t=")[2]
        answer = self.client.post(f"{path}/look", json={"token": token})
        if answer.status_code == 200:
            self.invitation = answer.json()
        return token

    def proof(self, message: bytes) -> dict[str, Any]:
        if not self.passkey:
            return {"sig": base64.b64encode(self.private.sign(message)).decode()}
        made = Authenticator(SigningKey("300:nobody", self.private), "testserver", site)
        signed = made.sign(message)
        assert signed.webauthn is not None
        return {"sig": base64.b64encode(signed.sig).decode(), "webauthn": signed.webauthn.members()}

    def asks(self, address: str, name: str = "Wang", **change: Any) -> Any:
        told = self.request(address, name) | change
        return self.client.post(f"{path}/requests", json=told)

    def request(self, address: str, name: str = "Wang") -> dict[str, Any]:
        """What the page sends."""
        token = self.look(address)
        jwk = self.private.public.jwk()
        name = "" if self.invitation.get("purpose") in ("key", "recovery") else name
        context = devices.key_request_context
        origin = self.invitation.get("origin", "")
        message = devices.request_message(origin, token, name, jwk, context)
        told: dict[str, Any] = {
            "token": token,
            "jwk": jwk,
            "custody": "self",
            "proof": self.proof(message),
        }
        if name:
            told |= {"name": name, "contact": "wang@firm.example"}
        if self.passkey:
            told["webauthn"] = {"rp_id": "testserver", "origin": site}
        return told

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"{path}/requests/{self.invitation['id']}").json()
        return found

    def signs(self) -> Any:
        """Under what was approved."""
        told = self.status()["entry"]
        envelope = Envelope.parse(base64.b64decode(told["envelope"]))
        where = f"{path}/requests/{self.invitation['id']}/signature"
        return self.client.post(where, json=self.proof(pae(envelope.payload)))


@dataclass
class Rig:
    world: World
    node: Node
    client: TestClient
    app: Any

    def login(self, person: str, reference: str = "") -> TestClient:
        """A browser of its own in which a person is logged in by a plain key."""
        browser = TestClient(self.app, base_url=site, raise_server_exceptions=False)
        told = browser.post("/v1/login/challenge").json()
        own = key(reference or f"300:{person}")
        sig = base64.b64encode(own.private.sign(base64.b64decode(told["message"]))).decode()
        proof = {"person": person, "nonce": told["nonce"], "sig": sig, "keyid": own.keyid}
        assert browser.post("/v1/login", json=proof).status_code == 200
        return browser

    def guest(self, **more: Any) -> Guest:
        return Guest(TestClient(self.app, base_url=site, raise_server_exceptions=False), **more)

    def invite(self, by: TestClient, **wish: Any) -> str:
        answer = by.post(path, json={"purpose": "person", **wish})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["address"])

    def approval(
        self, by: TestClient, known: str, signer: str, renamed: tuple[str, str] = ("", "")
    ) -> dict[str, Any]:
        """What a person's page sends: the drafts, signed. `renamed`: whose draft it was, and whose it is made."""
        own = key(f"300:{signer}")
        answer = by.get(f"{path}/requests/{known}/drafts")
        assert answer.status_code == 200, answer.text
        return {"entries": [_signed(one, own, renamed) for one in answer.json()["drafts"]]}

    def approve(self, by: TestClient, known: str, signer: str) -> Any:
        told = self.approval(by, known, signer)
        return by.post(f"{path}/requests/{known}/approval", json=told)

    def joined(self, **wish: Any) -> Guest:
        """Invited and approved by the first officer."""
        officer, guest = self.login(first), self.guest()
        assert guest.asks(self.invite(officer, **wish)).status_code == 201
        assert self.approve(officer, guest.invitation["id"], first).status_code == 200
        assert guest.signs().json()["state"] == "enrolled"
        return guest


def code_of(answer: Any) -> str:
    return str(answer.json().get("code", answer.status_code))


@contextmanager
def rigged(home: Path, url: str, site: str = site) -> Iterator[Rig]:
    lend_keys(home / "node")
    world = World(url, home / "signer", rules=rule_set())
    world.populate()
    found(world)
    node = Node.at(Settings(home=home / "node", database_url=url, base_url=site))
    app = create_app(node, world.ledger)
    with TestClient(app, base_url=site, raise_server_exceptions=False) as client:
        yield Rig(world, node, client, app)


def _signed(draft: dict[str, Any], own: SigningKey, renamed: tuple[str, str]) -> dict[str, Any]:
    before, after = (one.encode() for one in renamed)
    payload = base64.b64decode(draft["payload"]).replace(before or b"\0", after)
    signature: Signature = plainly(own)(pae(payload))
    envelope = orjson.loads(Envelope(payload, (signature,)).encode())
    return {"envelope": envelope, "body": draft["body"], "salt": draft["salt"]}


def token() -> str:
    return secrets.token_urlsafe(32)
