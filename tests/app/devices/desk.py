"""Both ends of an enrolment: whoever administers devices, and a device that asks."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.app.captures import lend_keys
from tests.identity.devices.enrolled import administrator, copied
from tests.ledger.world import World, core, key, supplier

from tallystick.app import access, problems
from tallystick.app.bootstrap import Node
from tallystick.app.devices.api import router
from tallystick.app.devices.catching import CatchingLog
from tallystick.app.devices.enrolments import Enrolments
from tallystick.app.devices.writing import Draft
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.app.writing import Pens
from tallystick.identity import DailyCounts
from tallystick.ledger import Answer, Entry, Envelope, PrivateKey, Signature, Submission, pae
from tallystick.scanners import Enrolling, Invitation, NodeClient, Status, read_address

gate = "99.100.1/gate-1"


@dataclass
class Here:
    """The world's own ledger, without a thread behind it."""

    world: World

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        return self.world.ledger.append(submissions)

    def receipt(self, answers: list[Answer]) -> dict[str, object]:
        return self.world.ledger.receipt(answers)


@dataclass
class Desk:
    world: World
    node: Node
    log: CatchingLog
    enrolments: Enrolments
    client: TestClient
    tokens: dict[str, str]

    @staticmethod
    @contextmanager
    def opened(home: Path) -> Iterator[Desk]:
        lend_keys(home)
        world = copied(home)
        settings = Settings(home=home, database_url=world.url, base_url="https://node.example")
        node = Node.at(settings)
        readers = Readers(home)
        tokens = {"core": readers.add("core", core), "supplier": readers.add("supplier", supplier),
                  "auditor": readers.add("auditor", None)}  # fmt: skip
        here = Here(world)
        pens = Pens(node, here, world.origin, world.clock)
        log = CatchingLog(
            here, node, pens, DailyCounts(lambda rows: None, world.clock), world.clock
        )
        enrolments = Enrolments(node, log, world.origin, world.clock)
        app = FastAPI()
        problems.install(app)
        app.include_router(router(enrolments, access.reading(node, None)))
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Desk(world, node, log, enrolments, client, tokens)
        for store in (node.store, world.store):
            store.close()

    def post(self, path: str, told: Any, by: str = "") -> tuple[int, Any]:
        answer = self.client.post(f"/v1/devices/{path}", json=told, headers=self._headers(by))
        return answer.status_code, answer.json()

    def get(self, path: str, by: str = "") -> tuple[int, Any]:
        answer = self.client.get(f"/v1/devices{path}", headers=self._headers(by))
        return answer.status_code, answer.json()

    def _headers(self, by: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[by]}"} if by else {}

    def invite(self, **more: Any) -> dict[str, Any]:
        wish = {"organisation": core, "purpose": "scanner", **more}
        status, made = self.post("invitations", wish, "core")
        assert status == 201, made
        return dict(made)

    def asks(
        self, address: str, name: str = "Gate 1", own: PrivateKey | None = None, factory: Any = None
    ) -> tuple[Enrolling, Invitation, Status]:
        """A device that scanned the address, and asked."""
        device = Enrolling(NodeClient("", self.client), own or PrivateKey.generate(), factory)
        token = read_address(address).token
        invitation = device.node.look(token)
        return device, invitation, device.ask(token, name, invitation)

    def approval(
        self, known: str, device: str = gate, by: str = administrator, **changed: Any
    ) -> dict[str, Any]:
        """What an administrator's own program sends."""
        found = self.enrolments.by_id(known)
        draft = Draft(found.row.organisation, found.kept.model_copy(update=changed))
        made = draft.unsigned(self.world.origin, by, device, self.world.clock.now_ms())
        own = key(f"300:{by}")
        signature = Signature(own.keyid, own.private.sign(pae(made.payload)))
        return approval(made, signature)

    def approve(self, known: str, *more: str, **changed: Any) -> tuple[int, Any]:
        return self.post(f"requests/{known}/approval", self.approval(known, *more, **changed))

    def enrol(self, device: str = gate, **more: Any) -> tuple[Enrolling, Status]:
        asking, invitation, asked = self.asks(self.invite(**more)["address"])
        status, said = self.approve(asked.id, device)
        assert status == 200, said
        return asking, asking.go_on(invitation, asked.id)


def approval(made: Any, *signatures: Signature) -> dict[str, Any]:
    envelope = Envelope(made.payload, signatures).encode()
    return {
        "envelope": orjson.loads(envelope),
        "body": base64.b64encode(made.body).decode(),
        "salt": base64.b64encode(made.salt).decode(),
    }


def entry_of(envelope: bytes) -> Entry:
    return Entry.parse(Envelope.parse(envelope).payload)
