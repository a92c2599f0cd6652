"""A node whose application is asked in this process, as if over loopback, and programs of its organisation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.http import create_app
from tallystick.app.machines.clients import Client, Clients, NewClient
from tallystick.app.machines.door import Door
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.settings import Settings
from tallystick.identity import AddDevice, AddKey, devices
from tallystick.ledger import Author, Body, Ledger, PrivateKey, SigningKey, SystemClock

prefix = "99.7"
base_url = "http://127.0.0.1"
every = tuple(
    f"{p}:{v}" for p in ("finance", "identity", "ledger", "trace") for v in ("read", "write")
)
value = [{"index": 1, "type": "NAME", "data": "x"}]


@dataclass
class Asked:
    node: Node
    book: Ledger
    clients: Clients
    organisation: str
    other: str
    client: TestClient
    _count: int = 0
    _types: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def door(self) -> Door:
        """The way in of the running application."""
        return door_of(self.client.app)

    def fresh(self) -> str:
        """The path of a handle that is not there yet."""
        self._count += 1
        return f"/api/handles/{prefix}/SN-{self._count}"

    def add(self, *scopes: str, **more: Any) -> tuple[Client, str]:
        told = {"organisation": self.organisation, "author": self.organisation, **more}
        made = self.clients.add(NewClient("erp", scopes=scopes or every, **told))
        self.door.tokens.clients.forget()
        return made

    def token(self, client: Client, secret: str, **form: str) -> str:
        answer = self.ask_token(client.id, secret, **form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def ask_token(self, client_id: str, secret: str, **form: str) -> Any:
        told = {"grant_type": "client_credentials", **form}
        return self.client.post("/oauth/token", data=told, auth=(client_id, secret))

    def key(self, owner: str, index: int = 301, **more: Any) -> SigningKey:
        """A key of `owner`, registered; the node holds it only if its custody says so."""
        suite = more.pop("suite", "ed25519")
        made = SigningKey(f"{index}:{owner}", PrivateKey.generate(suite))
        told = {"custody": "self", "types": self._types.get(owner, ("*",)), **more}
        body = AddKey(key=made.keyid, jwk=made.private.public.jwk(), **told)
        self.say("99/O-ROOT000000000", "identity.key.add/1", body, made)
        if told["custody"] == "node":
            self.node.keys.add(made)
        return made

    def device(self, name: str, purpose: str) -> str:
        handle = f"{prefix}/{name}"
        body = AddDevice(device=handle, organisation=self.organisation, purpose=purpose)
        self.say("99/O-ROOT000000000", "identity.device.add/1", body)
        self._types[handle] = devices.classes[purpose].types
        return handle

    def say(self, author: str, entry_type: str, body: Body, *endorsers: SigningKey) -> None:
        key = self.node.keys.get(f"300:{author}")
        writer = Author(self.book.origin, author, key, self.book.clock)
        (answer,) = self.book.append([writer.write(entry_type, body, endorsers=endorsers)])
        assert answer.outcome == "accepted", answer
        self.book.seal()

    def size(self) -> int:
        """With everything sealed, so that only what somebody writes changes it."""
        self.book.seal()
        with self.node.reader.open() as snapshot:
            return snapshot.size()


def door_of(app: Any) -> Door:
    """The way in of an application that runs."""
    layer = app.middleware_stack
    while not isinstance(layer, Door):
        layer = layer.app
    return layer


@pytest.fixture(scope="package")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """One for all of them: each test makes clients and handles of its own."""
    home = tmp_path_factory.mktemp("machines")
    url = f"sqlite:///{home / 'log.sqlite'}"
    settings = Settings(home=home, database_url=url, verify_processes=0, base_url=base_url)
    node = Node.at(settings)
    name = "log.example/machines/simulated"
    node.create(NewLog(name, "99/L-LOG0000000000", "99/O-ROOT000000000", {"en": "Root"}))
    with node.writer() as book:
        owner = register_organisation(
            node, book, NewOrganisation({"en": "Owner"}, "core", prefix=prefix)
        )
        other = register_organisation(node, book, NewOrganisation({"en": "Other"}, "supplier"))
        loopback: dict[str, Any] = {"base_url": base_url, "client": ("127.0.0.1", 5)}
        app = create_app(node, book)
        with TestClient(app, raise_server_exceptions=False, **loopback) as client:
            client.get("/healthz")
            yield Asked(node, book, Clients(node.store, SystemClock()), owner, other, client)


@pytest.fixture
def elsewhere(asked: Asked) -> Callable[[str], TestClient]:
    """The same application, asked from another machine by this address."""

    def made(url: str) -> TestClient:
        return TestClient(asked.client.app, base_url=url, client=("192.0.2.7", 5))

    return made
