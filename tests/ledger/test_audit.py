"""The audit finds and names whatever is changed behind the ledger's back (threat model, operator)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Integer, LargeBinary, MetaData, Table, create_engine, insert, select
from tests.ledger.world import NoteBody, World, a_vault, core, key, log, rules_with_notes

from tallystick.identity import Directory
from tallystick.ledger import (
    Attachment,
    AttachmentRef,
    Checkpoint,
    LogSigner,
    NotSound,
    Store,
    audit,
)
from tallystick.ledger.checkpoint import open_checkpoint
from tallystick.ledger.store import guards

audited = [
    "entry", "body", "attachment", "tile", "checkpoint", "tree_state", "stream", "entry_party",
    "document", "lookup", "head", "head_touch", "head_page",
]  # fmt: skip
cases_min = 120


def fill(world: World) -> None:
    """Rows in every table: attachments, a stream with a refused entry, several blocks."""
    device = world.add_device(core, "99.100.1/scanner-7")
    file = Attachment("text/plain", b"a photograph", bytes(range(32)))
    ref = AttachmentRef(hash=file.hash(), type=file.type, size=len(file.data))
    said = [
        device.write("test.note/1", NoteBody(text="one", to=core)),
        device.write("test.note/1", NoteBody(text="refuse")),
        device.write("test.note/1", NoteBody(text="see", attachments=(ref,)), (file,)),
    ]
    world.ledger.append(said)
    world.ledger.seal()
    world.clock.advance(5000)
    world.ledger.append(world.mint(3))
    world.ledger.seal()


def unguard(store: Store) -> None:
    """Whoever owns the file drops the triggers first, and the owner of the tables needs no more."""
    with store.engine.connect().execution_options(tallystick_write=True) as c, c.begin():
        if store.dialect == "sqlite":
            guards.drop(c)


class Raw:
    """The tables as somebody with the database's password sees them."""

    def __init__(self, store: Store) -> None:
        self.engine = store.engine
        unguard(store)
        self.metadata = MetaData()
        self.metadata.reflect(self.engine)

    def table(self, name: str) -> Table:
        return self.metadata.tables[name]

    def rows(self, name: str) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(select(self.table(name)))]

    def replace(self, name: str, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
        """Put `new` rows in the place of `old` ones."""
        table = self.table(name)
        with self.engine.connect().execution_options(tallystick_write=True) as c, c.begin():
            for row in old:
                keys = [column == row[column.name] for column in table.primary_key.columns]
                c.execute(table.delete().where(*keys))
            if new:
                c.execute(insert(table), new)

    @contextmanager
    def changed(
        self, name: str, old: list[dict[str, Any]], new: list[dict[str, Any]]
    ) -> Iterator[None]:
        self.replace(name, old, new)
        try:
            yield
        finally:
            self.replace(name, new, old)


def flip(rng: random.Random, value: Any) -> Any:
    """`value` with one bit of one byte changed."""
    if isinstance(value, bytes):
        data = bytearray(value or b"\x00")
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return bytes(data)
    if isinstance(value, int):
        return value ^ 1 << rng.randrange(8)
    data = bytearray((value or "x").encode())
    place = rng.randrange(len(data))
    for bit in rng.sample(range(7), 7):
        changed = bytes([*data[:place], data[place] ^ 1 << bit, *data[place + 1 :]])
        try:
            text = changed.decode()
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    return "?"


def sound(world: World) -> None:
    with world.reader.open() as snapshot:
        assert world.audit().size == snapshot.size()


def test_a_changed_byte_in_any_column_of_any_table_is_named(any_world: World) -> None:
    world, rng, tried = any_world, random.Random(41), 0
    fill(world)
    sound(world)
    raw = Raw(world.store)
    for name in audited:
        rows = raw.rows(name)
        assert rows, f"table {name} is empty"
        for column in (c.name for c in raw.table(name).columns):
            for _ in range(3 if world.store.dialect == "sqlite" else 1):
                row = rng.choice(rows)
                if column in ("seq", "code") and row[column] is None:
                    row = next(r for r in rows if r[column] is not None)
                bad = {**row, column: flip(rng, row[column])}
                if any(
                    all(bad[k.name] == other[k.name] for k in raw.table(name).primary_key.columns)
                    for other in rows
                    if other is not row
                ):
                    continue
                tried += 1
                with raw.changed(name, [row], [bad]), pytest.raises(NotSound) as found:
                    world.audit()
                assert found.value.what, (name, column)
    print(f"changed bytes tried: {tried}")
    assert tried >= (cases_min if world.store.dialect == "sqlite" else 35)
    sound(world)


def test_every_byte_of_a_body_counts(world: World) -> None:
    fill(world)
    raw = Raw(world.store)
    row = next(r for r in raw.rows("body") if b"one" in r["data"])
    for place in range(0, len(row["data"]), 3):
        data = bytearray(row["data"])
        data[place] ^= 0x20
        with raw.changed("body", [row], [{**row, "data": bytes(data)}]):
            with pytest.raises(NotSound) as found:
                world.audit()
            assert found.value.index == row["idx"]


@pytest.mark.parametrize("name", [n for n in audited if n not in ("checkpoint", "attachment")])
def test_a_removed_row_is_named(world: World, name: str) -> None:
    fill(world)
    raw, rng = Raw(world.store), random.Random(5)
    rows = raw.rows(name)
    for row in rng.sample(rows, min(6, len(rows))):
        with raw.changed(name, [row], []), pytest.raises(NotSound):
            world.audit()


def test_a_removed_newest_checkpoint_is_named(world: World) -> None:
    fill(world)
    raw = Raw(world.store)
    newest = max(raw.rows("checkpoint"), key=lambda row: row["size"])
    with (
        raw.changed("checkpoint", [newest], []),
        pytest.raises(NotSound, match="rows of table checkpoint"),
    ):
        world.audit()


def test_a_block_that_is_not_signed_yet_is_no_finding(world: World) -> None:
    """An audit, or a backup, between a block's commit and its signature once called the log unsound."""
    fill(world)
    world.append(world.mint(1, 40))
    world.memory.save = lambda _size, _root: (_ for _ in ()).throw(OSError("full"))  # type: ignore[method-assign]
    with pytest.raises(OSError, match="full"):
        world.ledger.seal()
    assert world.audit().checkpoints == 3
    del world.memory.save  # type: ignore[method-assign]
    world.restart()
    assert world.audit().checkpoints == 4


def _extra(table: Table, row: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    more = dict(row)
    for column in table.primary_key.columns:
        kind = column.type
        if isinstance(kind, Integer):
            more[column.name] = row[column.name] + 1000
        elif not isinstance(kind, LargeBinary):
            more[column.name] = f"{row[column.name]}{rng.randrange(10)}"
    if table.name == "entry":
        more["entry_id"] = "another"
    return more


@pytest.mark.parametrize("name", audited)
def test_an_extra_row_is_named(any_world: World, name: str) -> None:
    world = any_world
    fill(world)
    raw, rng = Raw(world.store), random.Random(6)
    row = rng.choice(raw.rows(name))
    extra = _extra(raw.table(name), row, rng)
    with raw.changed(name, [], [extra]), pytest.raises(NotSound):
        world.audit()
    sound(world)


def test_an_attachment_smuggled_to_a_refused_entry_is_named(world: World) -> None:
    """Attachments of refused entries were counted and never looked at."""
    fill(world)
    raw = Raw(world.store)
    row = raw.rows("attachment")[0]
    refused = next(r for r in raw.rows("entry") if r["outcome"] == "refused")
    with (
        raw.changed("attachment", [], [{**row, "idx": refused["idx"]}]),
        pytest.raises(NotSound, match="refused entry"),
    ):
        world.audit()


def test_a_whole_row_of_documents_swapped_is_named(world: World) -> None:
    fill(world)
    raw = Raw(world.store)
    one, two = raw.rows("document")[:2]
    swapped = [{**one, "value": two["value"]}, {**two, "value": one["value"]}]
    with raw.changed("document", [one, two], swapped), pytest.raises(NotSound, match="document"):
        world.audit()


def test_two_swapped_entries_are_named(world: World) -> None:
    fill(world)
    raw = Raw(world.store)
    rows = sorted(raw.rows("entry"), key=lambda row: row["idx"])
    bodies = sorted(raw.rows("body"), key=lambda row: row["idx"])
    one, two = rows[-2]["idx"] - 1, rows[-2]["idx"]
    for swap_bodies in (False, True):
        entries = [{**rows[one], "idx": two}, {**rows[two], "idx": one}]
        with raw.changed("entry", [rows[one], rows[two]], entries):
            if swap_bodies:
                raw.replace(
                    "body",
                    [bodies[one], bodies[two]],
                    [{**bodies[one], "idx": two}, {**bodies[two], "idx": one}],
                )
            with pytest.raises(NotSound) as found:
                world.audit()
            assert found.value.index is not None
            assert found.value.index >= one


def test_a_removed_entry_with_all_later_ones_moved_up_is_named(world: World) -> None:
    fill(world)
    raw = Raw(world.store)
    rows = sorted(raw.rows("entry"), key=lambda row: row["idx"])
    gone = len(rows) - 4
    for name in ("entry", "body"):
        old = [row for row in raw.rows(name) if row["idx"] >= gone]
        new = [{**row, "idx": row["idx"] - 1} for row in old if row["idx"] > gone]
        raw.replace(name, old, new)
    with pytest.raises(NotSound) as found:
        world.audit()
    assert found.value.index is not None


def test_a_forged_signature_is_named(world: World) -> None:
    fill(world)
    raw = Raw(world.store)
    rows = sorted(raw.rows("entry"), key=lambda row: row["idx"])
    target = next(row for row in rows if row["type"] == "test.note/1")
    body = next(row for row in raw.rows("body") if row["idx"] == target["idx"])
    thief = world.author("99.100.1/scanner-7", f"300:{core}")
    forged = thief.write("test.note/1", NoteBody(text="two"), seq=0, prev="0" * 64)
    with raw.changed("entry", [target], [{**target, "leaf": forged.envelope}]):
        raw.replace("body", [body], [{**body, "data": forged.body, "salt": forged.salt}])
        with pytest.raises(NotSound) as found:
            world.audit()
    assert found.value.index == target["idx"]


def _copy(world: World, path: Path) -> Store:
    copy = Store(f"sqlite:///{path}", vault=a_vault)
    world.store.copy_to(copy)
    return copy


def test_the_newest_entries_removed_with_their_checkpoints(world: World, tmp_path: Path) -> None:
    """The older copy is sound in itself; only what the signer remembers convicts it."""
    older = _copy(world, tmp_path / "older.sqlite")
    fill(world)
    told = audit(older, world.rules, Directory(), world.checker)
    with pytest.raises(NotSound, match="the signer's memory"):
        audit(older, world.rules, Directory(), world.checker, memory=world.memory)
    with world.reader.open() as snapshot:
        kept = snapshot.checkpoint()
    assert kept is not None
    assert told.size < kept[0]
    with pytest.raises(NotSound, match="the checkpoint given"):
        audit(older, world.rules, Directory(), world.checker, pinned=kept[1])


def test_a_history_rewritten_and_signed_with_the_real_keys(world: World, tmp_path: Path) -> None:
    fill(world)
    with world.reader.open() as snapshot:
        kept = snapshot.checkpoint()
    assert kept is not None
    rewritten = World(
        f"sqlite:///{tmp_path / 'rewritten.sqlite'}", tmp_path / "other", rules=rules_with_notes()
    )
    rewritten.populate()
    rewritten.ledger.append(rewritten.mint(2))
    fill(rewritten)
    while rewritten.audit().size < kept[0]:
        rewritten.ledger.append(rewritten.mint(5, start=rewritten.audit().size * 10))
        rewritten.ledger.seal()
    sound(rewritten)
    with pytest.raises(NotSound, match="the checkpoint given, root at size"):
        rewritten.audit(pinned=kept[1])
    assert world.audit(pinned=kept[1]).size == kept[0]


def test_a_pinned_checkpoint_of_another_log_is_named(world: World, tmp_path: Path) -> None:
    stranger = LogSigner("log.example/else", key("300:99/stranger"), world.memory)
    note = Checkpoint("log.example/else", 3, bytes(32)).sign(stranger.key.private).encode()
    for pinned in (note, "", "9" * 6000, f"x\n{'9' * 6000}\n\n\n\u2014 x AAAAAAAA\n"):
        with pytest.raises(NotSound, match="the checkpoint given"):
            world.audit(pinned=pinned)


def test_a_pinned_log_key_is_compared(world: World) -> None:
    right = world.ledger.signer.verifier
    told = audit(world.store, world.rules, Directory(), world.checker, verifier=right)
    assert told.origin == world.origin
    wrong = type(right)(world.origin, key(f"301:{log}").private.public)
    with pytest.raises(NotSound, match="log key"):
        audit(world.store, world.rules, Directory(), world.checker, verifier=wrong)


def test_a_checkpoint_that_ends_in_no_block_is_named(world: World) -> None:
    """The operator's own key signs it, so that only the rule can tell."""
    fill(world)
    raw = Raw(world.store)
    with world.reader.open() as snapshot:
        between = next(
            row.index for row in snapshot.recent(limit=200) if row.type != "ledger.block/1"
        )
        root = _root(world, between)
    note = Checkpoint(world.origin, between, root).sign(key(f"300:{log}").private).encode()
    assert open_checkpoint(note, world.ledger.signer.verifier).size == between
    with (
        raw.changed("checkpoint", [], [{"size": between, "note": note}]),
        pytest.raises(NotSound, match="a block as its last leaf"),
    ):
        world.audit()


def _root(world: World, size: int) -> bytes:
    from tallystick.ledger.merkle import tree_root
    from tallystick.ledger.tiles import node_reader

    with world.store.read() as transaction:
        return tree_root(node_reader(transaction.tile), size)


@pytest.mark.parametrize("table", ["entry", "document", "lookup", "stream", "entry_party"])
def test_text_that_is_no_text_is_a_finding_and_no_crash(world: World, table: str) -> None:
    """SQLite stores any bytes as text; the audit used to end with a decoding error."""
    fill(world)
    column = {"entry": "author", "document": "value", "lookup": "key", "stream": "prev"}.get(
        table, "party"
    )
    unguard(world.store)
    with world.store.engine.connect().execution_options(tallystick_write=True) as c, c.begin():
        c.exec_driver_sql(
            f"UPDATE {table} SET {column} = CAST(x'ff41' AS TEXT)"
            f" WHERE rowid = (SELECT max(rowid) FROM {table})"
        )
    with pytest.raises(NotSound):
        world.audit()


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("entry", "leaf", "text"), ("entry", "author", 5), ("entry", "idx", 7_000_000),
        ("entry", "leaf_hash", "text"), ("body", "data", "text"), ("body", "salt", 5),
        ("attachment", "data", "text"), ("attachment", "hash", 5), ("tile", "hashes", "text"),
        ("checkpoint", "note", 5), ("tree_state", "root", "text"), ("tree_state", "block_time", 5),
        ("document", "value", 5), ("document", "name", 5), ("lookup", "key", 5),
        ("stream", "seq", "text"), ("entry_party", "party", 5),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_a_finding_and_no_crash(
    world: World, table: str, column: str, value: object
) -> None:
    fill(world)
    unguard(world.store)
    engine = create_engine(world.url)
    reflected = Table(table, MetaData(), autoload_with=engine)
    with engine.begin() as connection:
        rowid = connection.exec_driver_sql(f"SELECT max(rowid) FROM {table}").scalar()
        connection.exec_driver_sql(
            f"UPDATE {reflected.name} SET {column} = ? WHERE rowid = ?", (value, rowid)
        )
    engine.dispose()
    with pytest.raises(NotSound):
        world.audit()


def test_replay_equals_live(any_world: World) -> None:
    world = any_world
    fill(world)
    told = world.audit()
    with world.store.read() as transaction:
        tree = transaction.tree()
        assert tree is not None
        documents = transaction.count("document")
    assert (told.size, told.root, told.state) == (tree.size, tree.root, tree.state)
    assert (told.refused, told.documents) == (1, documents)
