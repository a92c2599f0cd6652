"""A node on loopback with an organisation and a user of its Handle API, served by a thread of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from tests.patience import patience_s

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.handles import HandleUsers
from tallystick.app.handles.adding import NewUser, add_user
from tallystick.app.http import create_app
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.settings import Settings
from tallystick.app.tls import transport
from tallystick.ledger import Ledger

prefix = "99.7"
secret = "correct horse battery"


@dataclass(frozen=True)
class Handled:
    """`user`: `index:handle` that logs in with `secret`."""

    node: Node
    book: Ledger
    users: HandleUsers
    url: str
    organisation: str
    user: str

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, timeout=patience_s, auth=(self.user.replace(":", "%3A"), secret)
        )


@contextmanager
def handled(home: Path, url: str, **told: Any) -> Iterator[Handled]:
    """`told`: settings; without a port among them, any that is free."""
    port = int(told.get("port", 0))
    node = Node.at(Settings(home=home, database_url=url, verify_processes=0, **told))
    node.create(
        NewLog(
            "log.example/handled/simulated",
            "99/L-LOG0000000000",
            "99/O-ROOT000000000",
            {"en": "Root"},
        )
    )
    with node.writer() as book:
        new = NewOrganisation({"en": "Owner"}, "core", prefix=prefix)
        organisation = register_organisation(node, book, new)
        users = HandleUsers(home, node.master)
        wanted = NewUser(organisation, "HS_SECKEY", secret=secret.encode())
        user = add_user(node, book, users, wanted)
        told = transport(node.settings, users.certificates)
        app = create_app(node, book)
        config = uvicorn.Config(app, port=port, log_config=None, access_log=False, **told)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            address = _address(server, thread)
            scheme = "https" if node.settings.tls_certificate else "http"
            yield Handled(node, book, users, f"{scheme}://{address}", organisation, user.identity)
        finally:
            server.should_exit = True
            thread.join(20)


def _address(server: uvicorn.Server, thread: threading.Thread) -> str:
    until = time.monotonic() + patience_s
    while not server.started:
        assert thread.is_alive(), "the server ended"
        assert time.monotonic() < until
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    return f"127.0.0.1:{port}"
