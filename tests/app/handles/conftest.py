"""A node whose application is asked in this process, as if over loopback."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.handles import HandleUsers
from tallystick.app.handles.adding import NewUser, add_user
from tallystick.app.handles.users import User
from tallystick.app.http import create_app
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.settings import Settings
from tallystick.ledger import Ledger

prefix = "99.7"
secret = "correct horse battery"


@dataclass
class Asked:
    node: Node
    book: Ledger
    users: HandleUsers
    organisation: str
    client: TestClient
    _count: int = 0

    def fresh(self) -> str:
        """The path of a handle that is not there yet."""
        self._count += 1
        return f"/api/handles/{prefix}/SN-{self._count}"

    def add(self, **more: Any) -> User:
        told = {"login": "HS_SECKEY", "secret": secret.encode(), **more}
        new = NewUser(self.organisation, **told)
        return add_user(self.node, self.book, self.users, new)

    def get(self, path: str = "/api/sessions/this", **headers: str) -> tuple[int, int]:
        answer = self.client.get(path, headers=headers)
        return answer.status_code, answer.json().get("responseCode")


def basic(identity: str, password: str = secret) -> str:
    text = f"{identity.replace(':', '%3A')}:{password}"
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """One for a module: each test makes users and handles of its own."""
    tmp_path = tmp_path_factory.mktemp("asked")
    url = f"sqlite:///{tmp_path / 'log.sqlite'}"
    node = Node.at(Settings(home=tmp_path, database_url=url, verify_processes=0))
    name = "log.example/handles/simulated"
    node.create(NewLog(name, "99/L-LOG0000000000", "99/O-ROOT000000000", {"en": "Root"}))
    with node.writer() as book:
        new = NewOrganisation({"en": "Owner"}, "core", prefix=prefix)
        organisation = register_organisation(node, book, new)
        users = HandleUsers(tmp_path, node.master)
        loopback: dict[str, Any] = {"base_url": "http://127.0.0.1", "client": ("127.0.0.1", 5)}
        with TestClient(
            create_app(node, book), raise_server_exceptions=False, **loopback
        ) as client:
            yield Asked(node, book, users, organisation, client)


@pytest.fixture
def elsewhere(asked: Asked) -> Callable[[str], TestClient]:
    """The same application, asked from another machine by this address."""

    def made(url: str) -> TestClient:
        return TestClient(asked.client.app, base_url=url, client=("192.0.2.7", 5))

    return made
