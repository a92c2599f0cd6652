"""What is shared over HTTP, on its page and by commands: what its two sides see, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from rich.console import Console
from tests.app.captures import lend_keys
from tests.identity.sharing.agreed import accepted, checker, core, disclosed, offered, supplier
from tests.ledger.world import World, key
from typer.testing import CliRunner

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.cli import cli
from tallystick.app.http import create_app
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.app.sharing.cli import opened, over
from tallystick.identity.sharing import Opened

items = Opened(kind="records", prefixes=("99.100.1",))


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    lend_keys(tmp_path / "node")
    made = World(sqlite_url, tmp_path / "signer", rules=rule_set())
    made.populate()
    return made


@pytest.fixture
def client(world: World, tmp_path: Path, sqlite_url: str) -> Iterator[TestClient]:
    node = Node.at(Settings(home=tmp_path / "node", database_url=sqlite_url))
    readers = Readers(tmp_path / "node")
    with TestClient(create_app(node), follow_redirects=False) as opened_client:
        opened_client.headers["x-core"] = readers.add("core", core)
        opened_client.headers["x-supplier"] = readers.add("supplier", supplier)
        yield opened_client


def get(client: TestClient, path: str, who: str = "") -> Any:
    told = {"authorization": f"Bearer {client.headers[f'x-{who}']}"} if who else {}
    return client.get(path, headers=told)


def test_both_sides_see_it_and_nobody_else(world: World, client: TestClient) -> None:
    name = disclosed(world, items, since="2026-01-01")
    told, offer = offered(world, items, returns=(items,))
    assert told == "accepted"
    given = get(client, "/v1/sharing?limit=1", "core").json()
    more = get(client, f"/v1/sharing?limit=1&after={given['next']}", "core").json()
    both = {one["agreement"]: one["state"] for one in (*given["sharing"], *more["sharing"])}
    assert both == {name: "current", offer: "offered"}
    assert "next" not in more
    received = get(client, "/v1/sharing?side=received", "supplier").json()["sharing"]
    assert {one["agreement"] for one in received} == {name, offer}
    assert get(client, f"/v1/sharing/{name}", "supplier").json()["purpose"] == "quality"
    for who in ("", "core"):
        answer = get(client, f"/v1/sharing?organisation={supplier}", who)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-readable")
    assert get(client, f"/v1/sharing/{name}").status_code == 404
    assert accepted(world, supplier, offer) == "accepted"
    assert get(client, f"/v1/sharing/{offer}", "core").json()["state"] == "current"


def test_a_preview_says_what_another_sees(world: World, client: TestClient) -> None:
    before = get(client, f"/v1/sharing/preview?to={supplier}", "core").json()
    assert (before["looked"], before["opened"]) == (1, []), "its scanner"
    asked = get(client, "/v1/sharing/preview?kind=devices", "core").json()
    assert asked["opened"] == [{"kind": "devices", "name": "99.100.1/scanner-1"}]
    disclosed(world, Opened(kind="devices"))
    after = get(client, f"/v1/sharing/preview?to={supplier}", "core").json()
    assert after["opened"] == asked["opened"]
    shown = get(client, f"/v1/devices?organisation={core}", "supplier")
    assert [one["device"] for one in shown.json()["devices"]] == ["99.100.1/scanner-1"]
    assert get(client, f"/v1/devices?organisation={core}").status_code == 404
    for wrong in ("kind=everything", "kind=part", "kind=items&types=x"):
        answer = get(client, f"/v1/sharing/preview?{wrong}", "core")
        assert (answer.status_code, answer.json()["code"]) == (400, "preview-refused")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_it_in_both_languages(
    world: World, client: TestClient, language: str
) -> None:
    words = {"en": ("Given", "holds", "offered"), "zh": ("已授予", "生效中", "已提出")}[language]
    empty = get(client, f"/sharing?lang={language}", "core").text
    assert "data-sign" not in empty, "a token acts for nobody"
    disclosed(world, items)
    offered(world, items)
    page = get(client, f"/sharing?lang={language}&kind=devices", "core").text
    for word in (*words, supplier, "99.100.1/scanner-1"):
        assert word in page, word
    received = get(client, f"/sharing?lang={language}", "supplier").text
    assert core in received
    assert core not in get(client, "/sharing").text


def test_commands_disclose_list_and_end(
    world: World, tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallystick.app.sharing.cli.console", Console(width=400))
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / "node"))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", sqlite_url)
    name = disclosed(world, items)

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(cli, ["share", *words], catch_exceptions=code != 0)
        assert done.exit_code == code, done.output
        return done.output.replace("\n", "")

    assert "disclosure" in run("list", core)
    assert "Nothing is shared" in run("list", supplier)
    assert '"state": "current"' in run("show", name)
    assert '"looked": 1' in run("preview", core, supplier)
    pem = tmp_path / "checker.pem"
    pem.write_bytes(key(f"300:{checker}").private.pem())
    author = f"300:{checker}={pem}"
    draft = tmp_path / "draft.json"
    run(
        "disclose", supplier, "--open", "items:99.100.1", "--for", "audit", "--until", "2026-05-01",
        "--author", author, "--draft", str(draft),
    )  # fmt: skip
    assert draft.is_file()
    run("end", name, "--author", author, "--draft", str(tmp_path / "end.json"))
    run("end", name, "--reason", "bored", "--author", author, code=1)


def test_words_of_commands() -> None:
    assert opened(["part:trace", "records:type=PRICE,99.100.7"], True) == (
        {"kind": "part", "evidence": True, "part": "trace"},
        {"kind": "records", "evidence": True, "types": ("PRICE",), "prefixes": ("99.100.7",)},
    )
    assert opened(["items:99.100.7/SN-1"], False) == (
        {"kind": "items", "names": ("99.100.7/SN-1",)},
    )
    assert over(["everybody"]) == {"everybody": True}
    assert over([core, "99.100", "CN"]) == {
        "organisations": (core,), "nodes": ("99.100",), "countries": ("CN",),
    }  # fmt: skip
