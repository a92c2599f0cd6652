"""A mirror's application over a log in the same process; the operator's answers go through its real routes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import httpx
from fastapi.testclient import TestClient
from tests.ledger.world import World

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.mirror import running as running_module
from tallystick.app.mirror.home import MirrorHome
from tallystick.app.mirror.running import Running, opened
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.ledger import SetClock


class Wire:
    """`httpx.Client` as far as a mirror uses it: to the operator's application, unless it is cut."""

    def __init__(self, operator: TestClient) -> None:
        self.operator = operator
        self.cut = False
        self.swallow = False

    @contextmanager
    def stream(self, method: str, url: str, **more: Any) -> Iterator[httpx.Response]:
        if self.cut:
            raise httpx.ConnectError("the operator is away")
        more.pop("timeout", None)
        path = url.removeprefix("http://operator")
        if self.swallow and method == "POST":
            yield httpx.Response(200, content=iter([b'{"results":[],"receipt":null}']))
            return
        told = self.operator.request(method, path, **more)
        yield httpx.Response(told.status_code, content=iter([told.content]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


@dataclass
class Rig:
    world: World
    node: Node
    home: MirrorHome
    wire: Wire
    running: Running
    clock: SetClock

    def node_size(self) -> int:
        """Of the mirror's newest checkpoint."""
        with self.node.reader.open() as snapshot:
            found = snapshot.checkpoint()
        return found[0] if found else 0

    def grow(self, count: int) -> int:
        with self.world.reader.open() as snapshot:
            start = snapshot.size()
        self.world.append(self.world.mint(count, start))
        self.world.ledger.seal()
        return self.world.memory.load()[0]


@contextmanager
def rigged(
    folder: Path,
    url: str,
    monkeypatch: Any,
    organisation: str = "",
    policy: str = "quorum none\n",
    *,
    certifies: bool = False,
) -> Iterator[Rig]:
    """A log on SQLite whose writer runs, and a mirror on `url`; nothing follows by itself."""
    log_url = f"sqlite:///{folder / 'log.sqlite'}"
    world = World(log_url, folder / "log/signer", rule_set(), policy=policy)
    world.populate()
    world.ledger.seal()
    operator = Node.at(Settings(home=folder / "log", database_url=log_url))
    home = MirrorHome(folder / "mirror")
    home.create("bank.example/own-mirror" if organisation else "bank.example/mirror", organisation)
    token = Readers(folder / "log").add("the-mirror", organisation or None)
    home.follow(world.ledger.signer.verifier, "http://operator", token)
    if certifies:
        home.witness.make_quorum_key()
    node = Node.at(Settings(home=folder / "mirror", database_url=url, verify_processes=0))
    with TestClient(create_app(operator, world.ledger)) as client:
        wire = Wire(client)
        monkeypatch.setattr(running_module, "httpx", SimpleNamespace(Client=lambda **_: wire))
        with opened(node, home, world.clock) as running:
            yield Rig(world, node, home, wire, running, world.clock)
