"""Flips, removals and swaps anywhere in a store: in every table by SQL, and in the file by bytes.

Each is found and named by the audit, but for the operational tables, which are listed, and in which it finds
nothing: that is asserted too, so that the list stays true. Backups: `backup/test_damage.py`; exports:
`export/test_damage.py`.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.test_audit import Raw, fill, flip
from tests.ledger.witness.test_stored import policy, put
from tests.ledger.world import World, rules_with_notes

from tallystick.identity import Directory
from tallystick.ledger import (
    DataLost,
    NotSound,
    Store,
    TallystickError,
    audit,
    auditor_reader,
    export,
    start,
)
from tallystick.ledger.store.tables import metadata, operational

unaudited = {table.name for table in operational}
audited = [table.name for table in metadata.sorted_tables if table.name not in unaudited]
tries = 4
cases_min = 130
bytes_tries, bytes_found_min = 80, 35
Rows = list[dict[str, Any]]


@pytest.fixture
def full(tmp_path: Path, database_url: str) -> World:
    """A log with a row or more in every table that any log fills."""
    return _filled(database_url, tmp_path / "home")


def _filled(url: str, home: Path) -> World:
    world = World(url, home, rules=rules_with_notes(), policy=policy)
    world.populate()
    world.ledger.seal()
    put(world, ("w1", "w2", "w3"), final=True)
    fill(world)
    put(world, ("w1",), final=False)
    return world


def found_by(store: Store, world: World) -> str:
    """The name of what the audit finds; empty if it finds the log sound and whole."""
    try:
        told = audit(store, world.rules, Directory(), world.checker, memory=world.memory)
    except NotSound as finding:
        return finding.what
    if told.attachments.unseen:
        return "attachments sealed under a key that nobody has"
    return "attachments missing" if told.attachments_missing else ""


def changes(rng: random.Random, raw: Raw, name: str) -> Iterator[tuple[str, Rows, Rows]]:
    """(kind, rows before, rows after) of one flip, one removal and one swap."""
    rows, table = raw.rows(name), raw.table(name)
    keys = [column.name for column in table.primary_key.columns]
    row = rng.choice(rows)
    yield "removed", [row], []
    column = rng.choice([c.name for c in table.columns if row[c.name] is not None])
    bad = {**row, column: flip(rng, row[column])}
    taken = {tuple(one[key] for key in keys) for one in rows if one is not row}
    if tuple(bad[key] for key in keys) not in taken:
        yield "flipped", [row], [bad]
    other = rng.choice(rows)
    one = {**row, **{k: v for k, v in other.items() if k not in keys}}
    two = {**other, **{k: v for k, v in row.items() if k not in keys}}
    if one != row:
        # Kept apart while they are exchanged: entries have a second unique key.
        yield "swapped", [row, other], [one, two]


def test_a_flip_a_removal_or_a_swap_in_any_table_is_named(full: World) -> None:
    rng, raw = random.Random(1), Raw(full.store)
    assert found_by(full.store, full) == ""
    tried, missed = Counter[str](), list[str]()
    for name in (name for name in audited if raw.rows(name)):
        for _ in range(tries if full.store.dialect == "sqlite" else 1):
            for kind, before, after in changes(rng, raw, name):
                with raw.changed(name, before, after):
                    what = found_by(full.store, full)
                tried[kind] += 1
                if not what:
                    missed.append(f"{kind} in {name}: {before} became {after}")
    print(f"tried: {tried}, in {len(audited)} tables")
    assert missed == []
    assert tried.total() >= (cases_min if full.store.dialect == "sqlite" else cases_min // 6)
    assert found_by(full.store, full) == ""


def test_any_checkpoint_and_any_cosignature_removed_is_named(full: World) -> None:
    """Older checkpoints, and cosignatures beyond the quorum, could be taken away unnoticed."""
    raw = Raw(full.store)
    for name in ("checkpoint", "cosignature"):
        for row in raw.rows(name):
            with raw.changed(name, [row], []):
                assert found_by(full.store, full), (name, row)
    doubled = raw.rows("inventory")[0]
    with raw.changed("inventory", [doubled], [{**doubled, "name": "entry"}]):
        assert found_by(full.store, full) == "table inventory"


def test_operational_tables_are_what_no_audit_looks_at(full: World) -> None:
    """They are listed with their reason in `store.tables.operational`; nothing that was promised is in them."""
    assert unaudited == {
        "application", "application_part", "client", "daily_count", "device_invitation",
        "erasure_statement", "head_past", "login_session",
        "hand_over", "member_session", "notice_seen", "outbox", "passkey_count", "read_party", "read_row", "sequencer", "sighting", "spent", "stream_fork", "waiting_document", "webhook", "webhook_delivery", "witness_outcome",
    }  # fmt: skip
    raw = Raw(full.store)
    for name in ("head_past", "outbox"):
        rows = raw.rows(name)
        assert rows
        with raw.changed(name, rows, []):
            assert found_by(full.store, full) == ""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path, dict[str, Any]]:
    """A log whose store is one closed SQLite file, and its rows."""
    place = tmp_path_factory.mktemp("bytes")
    world = _filled(f"sqlite:///{place / 'log.sqlite'}", place / "home")
    rows = _rows(world.store)
    world.store.close()
    return world, place / "log.sqlite", rows


def _rows(store: Store) -> dict[str, Any]:
    with store.read() as transaction:
        return {name: list(transaction.rows(name)) for name in audited}


def _spoilt(rng: random.Random, data: bytearray, page: int) -> str:
    """One way to spoil a file; its name."""
    pages = len(data) // page
    kind = rng.choice(["bit", "bit", "bit", "header", "zeroed", "pages swapped", "cut"])
    if kind in ("bit", "header"):
        data[rng.randrange(100 if kind == "header" else len(data))] ^= 1 << rng.randrange(8)
    elif kind == "zeroed":
        at = rng.randrange(pages) * page
        data[at : at + page] = bytes(page)
    elif kind == "pages swapped":
        one, two = (rng.randrange(pages) * page for _ in range(2))
        data[one : one + page], data[two : two + page] = (
            data[two : two + page], data[one : one + page],
        )  # fmt: skip
    else:
        del data[rng.randrange(1, pages) * page :]
    return kind


def test_any_byte_of_the_file_is_found_or_changes_nothing(
    whole: tuple[World, Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Every outcome has a name; what is not found left every audited row as it was."""
    world, path, rows = whole
    rng, outcomes, unnamed = random.Random(7), Counter[str](), list[str]()
    for number in range(bytes_tries):
        data = bytearray(path.read_bytes())
        kind = _spoilt(rng, data, 4096)
        spoilt = tmp_path / f"{number}.sqlite"
        spoilt.write_bytes(data)
        store = Store(f"sqlite:///{spoilt}")
        try:
            store.check_integrity()
            store.migrate()
            start.look(store, world.rules, world.memory).require()
            told = found_by(store, world)
            if not told and _rows(store) != rows:
                unnamed.append(f"{kind}: rows differ, and nothing was found")
            outcomes["found by the audit" if told else "nothing changed"] += 1
        except TallystickError as error:
            outcomes[error.code] += 1
        except Exception as error:  # noqa: BLE001 - that is the finding
            unnamed.append(f"{kind}: {error!r}")
        finally:
            store.close()
    print(f"outcomes: {outcomes}")
    assert unnamed == []
    assert outcomes.total() - outcomes["nothing changed"] >= bytes_found_min


def test_an_older_export_is_lost_data_to_the_signer_that_knows_more(
    world: World, tmp_path: Path
) -> None:
    """The newest entries gone with their checkpoints, in a folder that verifies by itself."""
    world.ledger.seal()
    export.export_log(world.store, world.rules, tmp_path / "x", auditor_reader)
    world.append(world.mint(1))
    world.ledger.seal()
    with world.reader.open() as snapshot:
        kept = snapshot.checkpoint()
    assert kept is not None
    target = Store(f"sqlite:///{tmp_path / 'back.sqlite'}")
    opened = export.Export(tmp_path / "x")
    with pytest.raises(NotSound, match="the checkpoint given"):
        export.import_log(opened, target, world.rules, Directory(), world.checker, pinned=kept[1])
    export.import_log(opened, target, world.rules, Directory(), world.checker)
    with pytest.raises(DataLost):
        start.look(target, world.rules, world.memory).require()
    world.store.close()
    shutil.rmtree(tmp_path / "x")
