"""A full mirror keeps the leaves of batches: a code proves itself with them when the operator is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.app.mirror.rig import Rig, Wire, rigged
from tests.identity.minting.minted import Mint, prefix

from tallystick.app.bootstrap import Node
from tallystick.app.minting import proving
from tallystick.app.minting.afar import NodeAfar
from tallystick.app.minting.gathering import Gathering
from tallystick.app.mirror.serving import create_app
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.identity import minting
from tallystick.ledger import log_verifier, mirror


def issued(rig: Rig, count: int, name: str = "labels.ndjson") -> list[str]:
    """A batch of the operator's, who keeps it in its home folder."""
    mint = Mint.of(rig.world, rig.world.home.parent)
    _, codes = mint.issue(count, name)
    rig.world.ledger.seal()
    rig.running.at_work.follow()
    return codes


def test_a_code_is_proven_by_a_mirror_once_the_operator_is_gone(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rigged(tmp_path, database_url, monkeypatch) as rig:
        codes, more = issued(rig, 300), issued(rig, 5, "more.ndjson")
        assert rig.running.gathering.gather() == []
        theirs, ours = minting.Folder(rig.world.home.parent), rig.running.gathering.folder
        for number in ("0001", "0002"):
            kept = ours.leaves_path(prefix, number).read_bytes()
            assert kept == theirs.leaves_path(prefix, number).read_bytes()
            assert not ours.has_key(prefix, number)
        rig.wire.cut = True
        client: Any = TestClient(create_app(rig.running))
        with rig.node.reader.open() as snapshot:
            key = log_verifier(snapshot.view)
        maker = NodeAfar("", client, theirs)
        for handle in (codes[3], more[4]):
            found = proving.check(proving.read(maker.prove(handle).encode()), key)
            assert found.handle == handle
        leaves = client.get(f"/v1/batches/{prefix}/0001/leaves")
        assert leaves.json()["code"] == "leaves-withheld"
        assert client.put(f"/v1/batches/{prefix}/0001/leaves", content=b"x").status_code == 405


def test_a_node_that_lost_its_leaves_fetches_them_from_a_mirror(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rigged(tmp_path, sqlite_url, monkeypatch) as rig:
        issued(rig, 300)
        assert rig.running.gathering.gather() == []
        home = rig.world.home.parent
        place = minting.Folder(home).leaves_path(prefix, "0001")
        whole = place.read_bytes()
        place.unlink()
        node = Node.at(Settings(home=home, database_url=rig.world.url))
        wire: Any = Wire(TestClient(create_app(rig.running)))
        stranger = mirror.Operator("http://operator", "", wire)
        assert Gathering(node, stranger).gather() == [f"{prefix}/0001"]
        token = Readers(rig.node.settings.folder).add("operator", None)
        known = mirror.Operator("http://operator", token, wire)
        assert Gathering(node, known).gather() == []
        assert place.read_bytes() == whole


def test_leaves_that_are_not_the_batchs_are_not_kept(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rigged(tmp_path, sqlite_url, monkeypatch) as rig:
        issued(rig, 300)
        theirs = minting.Folder(rig.world.home.parent).leaves_path(prefix, "0001")
        whole = theirs.read_bytes()
        gathering = rig.running.gathering
        for bad in (
            whole[:-1],
            whole + b"x" * 40,
            whole[:70] + bytes([whole[70] ^ 1]) + whole[71:],
        ):
            theirs.write_bytes(bad)
            assert gathering.gather() == [f"{prefix}/0001"]
            assert not gathering.folder.leaves_path(prefix, "0001").exists()
        theirs.unlink()
        assert gathering.gather() == [f"{prefix}/0001"]
        rig.wire.cut = True
        assert gathering.gather() == [f"{prefix}/0001"]
        rig.wire.cut = False
        theirs.write_bytes(whole)
        assert gathering.gather() == []


def test_a_mirror_of_one_organisation_keeps_no_leaves(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rigged(tmp_path, sqlite_url, monkeypatch, "99.100/O-SUPPLIER00000") as rig:
        issued(rig, 10)
        assert rig.running.gathering.gather() == []
        assert not (rig.node.settings.folder / "minted").exists()
