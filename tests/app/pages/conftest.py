"""Two stores with pages over them: the demo, played once, and a small one that is no demo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.app.pages import browser
from tests.app.pages.places import Place, served
from tests.app.played import here
from tests.conftest import missing
from tests.ledger.world import World, core

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.demo.story import perform
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.identity import CreateHandles, HandleRecord, HandleValue
from tallystick.ledger import Attachment, AttachmentRef, StreamAuthor
from tallystick.trace import Capture, builders, summarise

nasty = "<script>alert(1)</script>\"'&{{7*7}}"
nasty_handle = '99.100.1/"><img/src=x/onerror=alert(1)>'


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo")
    perform(Settings(home=home, database_url=""), lambda _zh, _en: None)
    return home


@pytest.fixture(scope="session")
def demo_node(demo_home: Path) -> Node:
    return Node.at(Settings(home=demo_home, database_url=""))


@pytest.fixture(scope="session")
def demo_running(demo_node: Node) -> Iterator[TestClient]:
    with TestClient(create_app(demo_node)) as client:
        yield client


@pytest.fixture
def demo(demo_running: TestClient) -> TestClient:
    return another(demo_running, base_url=here)


def another(running: TestClient, **options: Any) -> TestClient:
    """A browser of its own at an application that runs."""
    client = TestClient(running.app, follow_redirects=False, **options)
    client.portal = running.portal
    return client


@pytest.fixture(scope="module")
def place(demo_node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A copy of the demo for the tests of one module, and a browser in front of it."""
    if browser.find() is None:
        missing("a Chromium, for tests of pages (apt-get install chromium)")
    with served(demo_node, tmp_path_factory.mktemp("place")) as made:
        yield made


@pytest.fixture(scope="session")
def shown(demo_home: Path) -> dict[str, list[str]]:
    """Items and certificates that the demo shows first."""
    return dict(json.loads((demo_home / "demo.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def plain_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A store that is no demo and not simulated, with hostile values in its records."""
    home = tmp_path_factory.mktemp("plain")
    world = World(
        f"sqlite:///{home / 'ledger.sqlite3'}", home, rule_set(), origin="log.example/tests"
    )
    world.populate()
    values = (
        HandleValue(index=1, type="NAME.EN", data=nasty),
        HandleValue(index=2, type="URL", data="javascript:alert(1)"),
        HandleValue(index=3, type="SECRET", data="only-for-the-owner", permissions="1100"),
        HandleValue(index=4, type=nasty.replace(" ", ""), data=nasty),
    )
    handles = (
        HandleRecord(handle=nasty_handle, values=values),
        HandleRecord(handle="99.100.1/SN-1", values=values),
    )
    world.add(core, "identity.handle.create/1", CreateHandles(handles=handles))
    capture(world, "99.100.1/SN-1")
    world.ledger.seal()
    return world


@pytest.fixture(scope="session")
def plain_running(plain_world: World) -> Iterator[TestClient]:
    settings = Settings(home=plain_world.home, database_url=plain_world.url)
    with TestClient(create_app(Node.at(settings))) as client:
        yield client


@pytest.fixture
def plain(plain_running: TestClient) -> TestClient:
    return another(plain_running)


def capture(world: World, item: str, *more: str) -> None:
    """The item is commissioned by the core enterprise's scanner, then has `more` dispositions."""
    device = StreamAuthor(world.author("99.100.1/scanner-1"))
    time = "2026-01-05T01:00:00.000Z"
    events = [builders.commissioning([item], time=time)]
    events += [
        builders.object_event([item], time=time, step="holding", disposition=word) for word in more
    ]
    document = builders.document(events, created=time)
    data = builders.encode(document)
    attachment = Attachment("application/ld+json", data, world.random(32))
    named = AttachmentRef(hash=attachment.hash(), type=attachment.type, size=len(data))
    body = Capture(events=summarise(document), document=named)
    (answer,) = world.ledger.append([device.write("trace.capture/1", body, [attachment])])
    if not answer.accepted:
        raise answer.problem or answer.refusal or AssertionError(answer)
