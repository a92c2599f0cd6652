"""A handle's page and a prefix's: versions, what it said then, a tombstone; lists for whom they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.app.captures import lend_keys
from tests.app.pages.markup import Page
from tests.ledger.world import World, core, node, supplier

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.identity import (
    AddRelation,
    ClaimName,
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    SuspendPrefix,
    WriteHandle,
)
from tallystick.ledger import Body

handle = "99.100.1/SN-0001"


def said(world: World, verb: str, body: Body, author: str = core) -> int:
    index = world.add(author, f"identity.{verb}/1", body).index
    assert index is not None
    return index


def value(index: int, data: str, **more: str) -> HandleValue:
    return HandleValue.model_validate({"index": index, "type": "LOT", "data": data, **more})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("handles")
    return made


@pytest.fixture(scope="module")
def story(home: Path) -> dict[str, int]:
    lend_keys(home)
    world = World(f"sqlite:///{home / 'ledger.sqlite3'}", home / "signer", rule_set())
    world.populate()
    records = tuple(
        HandleRecord(handle=f"99.100.1/SN-{number:04d}", values=(value(1, f"lot {number}"),))
        for number in range(30)
    )
    told = {"made": said(world, "handle.create", CreateHandles(handles=records))}
    for number in range(22):
        secret = value(2, f"price {number}", permissions="1100")
        said(
            world,
            "handle.write",
            WriteHandle(handle=handle, values=(value(1, f"turn {number}"), secret)),
        )
    target = "99.100.1/SN-0002"
    said(world, "relation.add", AddRelation(source=handle, kind="contains", target=target))
    said(world, "name.claim", ClaimName(handle=handle, scheme="vin", code="1M8GDM9AXKP042788"))
    gone = DeleteHandle(handle="99.100.1/SN-0004", reason="destroyed")
    told["deleted"] = said(world, "handle.delete", gone)
    suspended = SuspendPrefix(prefix="99.100.2", reason="investigation")
    said(world, "prefix.suspend", suspended, node)
    device = HandleRecord(handle="99.100.1/SN-9999", values=())
    said(world, "handle.create", CreateHandles(handles=(device,)))
    world.ledger.seal()
    return told


@pytest.fixture
def client(home: Path, story: dict[str, int]) -> Iterator[TestClient]:
    assert story
    settings = Settings(home=home, database_url=f"sqlite:///{home / 'ledger.sqlite3'}")
    with TestClient(create_app(Node.at(settings)), follow_redirects=False) as made:
        yield made


def shown(client: TestClient, path: str, token: str = "", language: str = "en") -> Page:
    headers = {"accept-language": language}
    if token:
        headers["authorization"] = f"Bearer {token}"
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    page = Page(answer.text)
    assert not page.faults, (path, page.faults)
    return page


def test_a_handles_page_has_names_relations_and_versions_page_by_page(
    client: TestClient, story: dict[str, int]
) -> None:
    page = shown(client, f"/t/{handle}")
    for text in ("turn 21", "VIN", "1M8GDM9AXKP042788", "Contains", "SN-0002"):
        assert text in page.text
    assert "price" not in page.text
    assert f"/v1/records/{handle}/proof" in page.links
    assert "/p/99.100.1" in page.links
    (older,) = [link for link in page.links if "before=" in link and "lang=" not in link]
    last = shown(client, older)
    assert f"/log/entries/{story['made']}" in last.links
    assert not [link for link in last.links if "before=" in link and "lang=" not in link]
    chinese = shown(client, f"/t/{handle}", language="zh")
    assert "登记内容的历次版本" in chinese.text


def test_what_it_said_then_and_how_a_deleted_one_is_shown(
    client: TestClient, story: dict[str, int]
) -> None:
    then = shown(client, f"/t/{handle}?asOf={story['made']}")
    assert "lot 1" in then.text
    assert "As it stood then" in then.text
    assert "1M8GDM9AXKP042788" not in then.text
    assert f"/v1/records/{handle}/proof?asOf={story['made']}" in then.links
    gone = shown(client, "/t/99.100.1/SN-0004")
    assert "This record was deleted" in gone.text
    assert "the thing was destroyed" in gone.text
    assert f"/log/entries/{story['deleted']}" in gone.links
    before = client.get(f"/t/{handle}?asOf={story['made'] - 1}")
    assert (before.status_code, "There was no such record yet" in before.text) == (404, True)


def test_which_records_there_are_is_for_the_holder_and_auditors(
    client: TestClient, home: Path
) -> None:
    path = "/p/99.100.1"
    readers = Readers(home)
    tokens = {"holder": core, "stranger": supplier, "auditor": None}
    given = {name: readers.add(name, whose) for name, whose in tokens.items()}
    for token in ("", given["stranger"]):
        page = shown(client, path, token)
        assert "SN-0001" not in " ".join(page.links)
        assert "How often" not in page.text
        assert "Serials issued at once" not in page.text
    found = client.get(f"{path}?q=SN-0001")
    assert (found.status_code, found.headers["location"]) == (303, f"/t/{handle}")
    for token in (given["holder"], given["auditor"]):
        page = shown(client, path, token)
        assert f"/t/{handle}" in page.links
        assert "/t/99.100.1/SN-0024" in page.links
        assert "Serials issued at once" in page.text
        assert "/t/99.100.1/SN-0025" not in page.links
        (more,) = [link for link in page.links if "after=" in link]
        assert "/t/99.100.1/SN-9999" in shown(client, more, token).links
        some = shown(client, f"{path}?q=sn-002", token)
        assert "/t/99.100.1/SN-0029" in some.links
        assert f"/t/{handle}" not in some.links
        exact = shown(client, f"{path}?q=sn-0001", token)
        assert f"/t/{handle}" in exact.links
        assert "No record here begins so" in shown(client, f"{path}?q=x", token).text
    assert client.get("/p/98.7").status_code == 404


def test_a_suspended_prefix_warns_on_its_page_and_its_handles(client: TestClient) -> None:
    for path in ("/p/99.100.2", "/t/99.100.2/scanner-1"):
        page = shown(client, path)
        assert "suspended: nothing new is written" in page.text
        assert "Under investigation" in page.text
