"""A field that is private to a partner is in no answer, page, export or bundle of anybody else, and in no index
that another's search goes through. Every output is searched byte by byte, for every kind of reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from tests.app.captures import lend_keys
from tests.app.exchange.rig import give
from tests.app.test_every_route import routes_of
from tests.identity.test_templates import first, good, publish, say, value, write
from tests.ledger.export.folders import write as write_export
from tests.ledger.world import World, core, node, supplier

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.identity import CreateHandles, HandleRecord
from tallystick.ledger import Reader, auditor_reader, public_reader, witness_reader

handle = "99.100.1/PACK-1"
#: For the partner, for the owner alone, and once for the partner, before it was written over.
secrets = {"price": b"4711171147", "recipe": b"canaryrecipe", "before": b"1711471174"}
shared = b"BP-7"
readers = {
    "public": public_reader, "witness": witness_reader, "stranger": Reader.party(node),
    "partner": Reader.party(supplier), "owner": Reader.party(core), "auditor": auditor_reader,
}  # fmt: skip


@dataclass
class Told:
    world: World
    node: Node
    index: int

    def address(self, path: str) -> str:
        """With the record or its entry in the place of every parameter that may name one."""
        for part in path.split("{")[1:]:
            name = part.partition("}")[0]
            index = name in ("index", "first", "size")
            path = path.replace("{" + name + "}", str(self.index) if index else quote(handle))
        asked = "q=PACK&name=PRICE&type=PRICE&value=4711*&PRICE=4711*&prefix=99.100.1"
        more = f"kind=handle&handle={quote(handle)}&end={self.index + 2}&index=14"
        return f"{path}?{asked}&{more}"


def found(data: bytes) -> set[str]:
    shapes = {name: (secret, secret.hex().encode()) for name, secret in secrets.items()}
    return {name for name, both in shapes.items() if any(shape in data for shape in both)}


@pytest.fixture
def told(tmp_path: Path, sqlite_url: str) -> Told:
    lend_keys(tmp_path / "node")
    world = World(sqlite_url, tmp_path / "signer", rules=rule_set())
    world.populate()
    assert publish(world).accepted
    values = (
        *good,
        value(14, "PRICE", secrets["before"].decode()),
        value(15, "RECIPE", secrets["recipe"].decode()),
    )
    record = HandleRecord(handle=handle, values=values, template=first)
    created = say(world, core, "identity.handle.create/1", CreateHandles(handles=(record,)))
    assert created.index is not None
    assert write(world, value(14, "PRICE", secrets["price"].decode())).accepted
    world.ledger.seal()
    made = Node.at(Settings(home=tmp_path / "node", database_url=sqlite_url))
    return Told(world, made, created.index)


@pytest.fixture
def client(told: Told) -> Iterator[TestClient]:
    app = create_app(told.node, told.world.ledger)
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def test_no_route_tells_them_to_others(told: Told, client: TestClient, tmp_path: Path) -> None:
    register = Readers(tmp_path / "node")
    tokens = {
        "public": "", "stranger": register.add("stranger", node), "owner": register.add("owner", core),
        "partner": register.add("partner", supplier), "auditor": register.add("auditor", None),
    }  # fmt: skip
    got: dict[str, set[str]] = {name: set() for name in tokens}
    resolved: dict[str, set[str]] = {}
    for name, token in tokens.items():
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for route in routes_of(client.app.routes):  # type: ignore[attr-defined]
            if route.name == route.path:
                answer = client.get(told.address(route.path), headers=headers)
                got[name] |= found(answer.content)
        answer = client.get(f"/api/handles/{quote(handle)}", headers=headers)
        assert shared in answer.content
        resolved[name] = found(answer.content)
    assert got["public"] == got["stranger"] == set()
    # Where they may be read the same search finds them: it is no search for nothing.
    assert resolved["partner"] == {"price"}
    assert resolved["owner"] == {"price", "recipe"}
    # What is restricted leaves to a reader of everything under a permission that names it.
    assert resolved["auditor"] == {"price"}
    assert "recipe" not in got["partner"]


def test_whoever_asks_first_gets_nobody_elses_answer(
    told: Told, client: TestClient, tmp_path: Path
) -> None:
    """Answers that hold private values are kept by no cache, and none of ours gives them to the next reader."""
    token = Readers(tmp_path / "node").add("partner", supplier)
    path = f"/api/handles/{quote(handle)}"
    for _ in range(2):
        private = client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert found(private.content) == {"price"}
        assert "public" not in private.headers.get("cache-control", "")
        assert found(client.get(path).content) == set()


def test_no_export_tells_them_to_others(told: Told, tmp_path: Path) -> None:
    may: dict[str, set[str]] = {}
    for name, reader in readers.items():
        folder = tmp_path / "out" / name
        write_export(told.world, folder / "log", reader)
        for form in ("batch", "csv", "ndjson"):
            give(told.world, form, folder / form, reader)  # type: ignore[arg-type]
        give(told.world, "sql", f"sqlite:///{folder / 'handles.sqlite'}", reader)
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert len(files) > 5
        may[name] = set().union(*(found(path.read_bytes()) for path in files))
    nothing: set[str] = set()
    assert may == {
        "public": nothing, "witness": nothing, "stranger": nothing, "partner": {"price"},
        "owner": set(secrets), "auditor": set(secrets),
    }  # fmt: skip


def test_no_index_holds_them_for_others(told: Told) -> None:
    """Keys of an index that hold a private value name whom they are for."""
    engine = create_engine(told.world.url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT index_name, key FROM lookup").all()
    engine.dispose()
    for index_name, key in rows:
        if found(str(key).encode()):
            assert any(str(key).startswith(f"{whose}\n") for whose in (core, supplier)), index_name
