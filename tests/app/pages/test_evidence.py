"""Pages verify anew: what was changed in the store is shown as what it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.app.pages.conftest import capture
from tests.ledger.world import World, core

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.pages.evidence import examine
from tallystick.app.settings import Settings
from tallystick.identity import RevokeKey


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(f"sqlite:///{tmp_path / 'l.sqlite3'}", tmp_path, rule_set())
    world.populate()
    world.ledger.append(world.mint(3))
    world.ledger.seal()
    return world


def page(world: World, address: str) -> str:
    settings = Settings(home=world.home, database_url=world.url)
    with TestClient(create_app(Node.at(settings))) as client:
        return client.get(address).text


def change(world: World, statement: str) -> None:
    with closing(sqlite3.connect(world.home / "l.sqlite3")) as database, database:
        # Whoever owns the file drops the triggers first.
        for verb in ("update", "delete"):
            database.execute(f"DROP TRIGGER IF EXISTS entry_refuses_{verb}")
        database.execute(statement)


def test_every_entry_of_a_sound_log_verifies(world: World) -> None:
    with world.reader.open() as snapshot:
        for index in range(snapshot.size()):
            evidence = examine(snapshot, index)
            assert evidence.sound, index
            assert evidence.included, index
            last = evidence.folds[-1].result if evidence.folds else evidence.leaf_hash
            assert last == evidence.root


@pytest.mark.parametrize(
    "statement",
    [
        "update entry set leaf = cast(replace(leaf, 'payloadType', 'payloadTypf') as blob) where idx = {}",
        "update entry set leaf = (select leaf from entry where idx = 3) where idx = {}",
        "update entry set leaf_hash = zeroblob(32) where idx = {}",
        "update tile set hashes = zeroblob(length(hashes)) where level = 0",
        "update checkpoint set note = replace(note, char(10), char(10) || ' ')",
    ],
)
def test_a_changed_store_is_called_what_it_is(world: World, statement: str) -> None:
    with world.reader.open() as snapshot:
        index = snapshot.size() - 2
    assert "Verified: signed, and part of the log" in page(world, f"/log/entries/{index}")
    change(world, statement.format(index))
    assert "Does not verify" in page(world, f"/log/entries/{index}")


def test_a_changed_body_is_called_what_it_is(world: World) -> None:
    change(
        world,
        "update body set data = cast(replace(data, '99.100', '99.101') as blob) where idx = 5",
    )
    assert "It is not the body whose salted hash was signed." in page(world, "/log/entries/5")
    change(world, "update body set data = x'ff00' where idx = 6")
    assert "It is not the body whose salted hash was signed." in page(world, "/log/entries/6")


def test_an_item_over_a_changed_entry_is_not_authentic(world: World) -> None:
    capture(world, "99.100.1/SN-000001")
    world.ledger.seal()
    assert "Authentic, and consistent with the log" in page(world, "/t/99.100.1/SN-000001")
    with world.reader.open() as snapshot:
        captured = snapshot.size() - 2
    change(
        world, f"update entry set leaf = (select leaf from entry where idx=3) where idx={captured}"
    )
    text = page(world, "/t/99.100.1/SN-000001")
    assert "Does not verify: an entry behind this item contradicts the log" in text
    assert "consistent with the log" not in text


def test_verdicts(world: World) -> None:
    verdict: Callable[[str], str] = lambda item: page(world, f"/t/99.100.1/{item}")
    assert "Registered; nothing has been recorded" in verdict("SN-000000")
    capture(world, "99.100.1/SN-000002", "recalled", "in_progress")
    assert "its newest entry is about to be sealed" not in verdict("SN-000002")
    assert "Stop using it" in verdict("SN-000002")
    assert "Registered in this log" in page(world, f"/t/{core}")


def test_an_entry_not_sealed_yet(world: World) -> None:
    capture(world, "99.100.1/SN-000001")
    with world.reader.open() as snapshot:
        last = snapshot.size() - 1
        assert examine(snapshot, last).sound
        assert not examine(snapshot, last).sealed
    assert "no checkpoint covers it yet" in page(world, f"/log/entries/{last}")
    assert "about to be sealed" in page(world, "/t/99.100.1/SN-000001")


def test_a_later_revocation_changes_no_earlier_signature(world: World) -> None:
    minted = world.ledger.append(world.mint(1, start=50))[0].index
    body = RevokeKey(key=f"300:{core}", reason="replaced")
    revoked = world.add(core, "identity.key.revoke/1", body).index
    world.ledger.seal()
    text = page(world, f"/log/entries/{minted}")
    assert "Verified: signed, and part of the log" in text
    assert f"revoked from entry {revoked + 1} on" in text
