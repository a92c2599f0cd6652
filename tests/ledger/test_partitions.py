"""Entries in partitions by index on PostgreSQL, and nobody who may change them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import inspect, make_url
from sqlalchemy.exc import DBAPIError
from tests import postgres
from tests.ledger.world import World, rules_with_notes

from tallystick.ledger import NotSound, Store
from tallystick.ledger.migrations import upgrade
from tallystick.ledger.store import partitions
from tallystick.ledger.store.errors import SchemaBehind
from tallystick.ledger.store.roles import RoleRefused, RolesNotHere

old_entry = (
    "INSERT INTO entry VALUES (%s, 'a', %s, 't', NULL, 'accepted', NULL, '2026', '', '', 'leaf')"
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(partitions, "partition_entries", 16)
    return 16


def names_of(store: Store) -> list[str]:
    found = inspect(store.engine).get_table_names()
    return sorted(name for name in found if "_from_" in name)


def test_partitions_are_made_ahead_as_the_log_grows(
    tmp_path: Path, empty_postgres_url: str, small: int
) -> None:
    world = World(empty_postgres_url, tmp_path / "home", rules=rules_with_notes())
    world.populate()
    world.ledger.append(world.mint(60))
    world.ledger.seal()
    with world.reader.open() as snapshot:
        size = snapshot.size()
    starts = range(0, size + 1, small)
    made = [f"{table}_from_{start}" for table in ("body", "entry") for start in starts]
    assert set(names_of(world.store)) >= set(made)
    assert len(names_of(world.store)) <= len(made) + 2
    assert world.audit().size == size
    assert world.ledger.append(world.mint(1, start=61))[0].accepted
    copy = Store(f"sqlite:///{tmp_path / 'copy.sqlite3'}")
    world.store.copy_to(copy)
    with copy.read() as a, world.store.read() as b:
        assert list(a.rows("entry")) == list(b.rows("entry"))
    copy.close()


def test_a_plain_table_becomes_the_first_partition_and_keeps_its_rows(
    empty_postgres_url: str, small: int
) -> None:
    store = Store(empty_postgres_url)
    upgrade(store.engine, "0004")
    with postgres.connect(make_url(empty_postgres_url)) as connection:
        for index in range(40):
            connection.execute(old_entry, [index, f"id-{index}"])
            connection.execute("INSERT INTO body VALUES (%s, 'salt', 'data')", [index])
    store.migrate()
    assert names_of(store) == ["body_from_0", "entry_from_0"]
    with store.read() as transaction:
        assert [row.index for row in transaction.entries(0, 40)] == list(range(40))
        assert len(list(transaction.bodies(0, 40))) == 40
        found = transaction.known_ids(["id-7", "id-39", "none"])
        assert {key: row.index for key, row in found.items()} == {
            ("a", "id-7"): 7,
            ("a", "id-39"): 39,
        }
        row = transaction.entry_by_id("a", "id-39")
        assert row is not None
        assert row.index == 39
    with store.write() as transaction:
        partitions.make_room(transaction.connection, 100)
    assert "entry_from_96" in names_of(store)
    store.close()


def test_an_id_is_taken_once_in_all_partitions(
    tmp_path: Path, empty_postgres_url: str, small: int
) -> None:
    """The check is the writer's; the database refuses it all the same."""
    world = World(empty_postgres_url, tmp_path / "home", rules=rules_with_notes())
    world.populate()
    (first,) = entries = world.mint(1)
    (answer,) = world.ledger.append(entries)
    world.ledger.append(world.mint(40, start=1))
    (again,) = world.ledger.append([first])
    assert (again.index, again.duplicate) == (answer.index, True)
    with (
        postgres.connect(make_url(empty_postgres_url)) as connection,
        pytest.raises(psycopg.errors.UniqueViolation),
    ):
        connection.execute(
            "INSERT INTO entry_name SELECT entry_id, author, 9999 FROM entry WHERE idx = %s",
            [answer.index],
        )


@pytest.mark.parametrize(
    "command",
    [
        "DELETE FROM entry_name WHERE idx = 3",
        "UPDATE entry_name SET idx = 4 WHERE idx = 3",
        "INSERT INTO entry_name VALUES ('id', 'nobody', 3)",
    ],
)
def test_an_id_that_was_tampered_with_is_a_finding(
    tmp_path: Path, empty_postgres_url: str, command: str
) -> None:
    """Without its id an entry would be taken in a second time."""
    world = World(empty_postgres_url, tmp_path / "home", rules=rules_with_notes())
    world.populate()
    world.ledger.seal()
    world.audit()
    with postgres.connect(make_url(empty_postgres_url)) as connection:
        connection.execute(command)
    with pytest.raises(NotSound, match="entry_name"):
        world.audit()


def test_room_is_made_within_bounds(empty_postgres_url: str, small: int) -> None:
    store = Store(empty_postgres_url)
    store.migrate()
    with store.engine.connect() as connection:
        for wanted, each, said in ((10**6, 16, "100 partitions"), (1, 0, "at least one")):
            with pytest.raises(DBAPIError, match=said), connection.begin():
                connection.exec_driver_sql(f"SELECT tallystick_room({wanted}, {each})")
    store.close()


@pytest.fixture
def role(empty_postgres_url: str) -> Iterator[str]:
    """A role that may do nothing yet; roles belong to the whole server."""
    name = f"app-{make_url(empty_postgres_url).database}"
    with postgres.connect(make_url(empty_postgres_url)) as connection:
        connection.execute(f'CREATE ROLE "{name}" LOGIN')
        yield name
        connection.execute(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')


refused = [
    f"{verb} {table}{rest}"
    for table in ("entry", "entry_name", "body", "checkpoint", "entry_from_0", "body_from_0")
    for verb, rest in (("DELETE FROM", ""), ("TRUNCATE", ""), ("DROP TABLE", ""))
] + [
    "UPDATE entry SET leaf = ''",
    "UPDATE entry_from_0 SET leaf = ''",
    "UPDATE body SET data = ''",
    "UPDATE checkpoint SET note = ''",
    "INSERT INTO entry VALUES (0) ON CONFLICT (idx) DO UPDATE SET leaf = ''",
    "ALTER TABLE entry DETACH PARTITION entry_from_0",
    "CREATE TABLE own (n int)",
    "UPDATE ledger_version SET version_num = '0001'",
    """CREATE OR REPLACE FUNCTION tallystick_room(wanted bigint, each bigint) RETURNS bigint
    LANGUAGE sql AS 'SELECT 1::bigint'""",
]


def test_the_application_appends_and_may_change_no_entry(
    tmp_path: Path, empty_postgres_url: str, role: str, small: int
) -> None:
    owner = World(empty_postgres_url, tmp_path / "home", rules=rules_with_notes())
    owner.populate()
    owner.store.grant(role)
    owner.store.grant(role)
    assert owner.store.granted() == [role]
    assert owner.store.may_change_entries()
    url = make_url(empty_postgres_url).set(username=role).render_as_string(hide_password=False)
    app = World(url, tmp_path / "home", rules=rules_with_notes(), existing=True)
    assert not app.store.may_change_entries()
    app.ledger.append(app.mint(40))
    app.ledger.seal()
    made = len(names_of(app.store))
    assert made > 4, "it had partitions made, which it may not touch"
    assert app.audit().size > 40
    for command in refused:
        with (
            postgres.connect(make_url(url)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(command)
    with postgres.connect(make_url(empty_postgres_url)) as connection:
        connection.execute("UPDATE ledger_version SET version_num = '0004'")
    with pytest.raises(SchemaBehind):
        app.store.migrate()


def test_a_role_that_could_do_everything_is_refused(
    empty_postgres_url: str, sqlite_url: str, role: str
) -> None:
    store = Store(empty_postgres_url)
    store.migrate()
    superuser = make_url(empty_postgres_url).username or ""
    for name in (superuser, "nobody-of-this-name"):
        with pytest.raises(RoleRefused):
            store.grant(name)
    url = make_url(empty_postgres_url).set(username=role).render_as_string(hide_password=False)
    stranger = Store(url)
    with pytest.raises(RoleRefused, match="does not own"):
        stranger.grant(role)
    other = Store(sqlite_url)
    with pytest.raises(RolesNotHere):
        other.grant(role)
    assert other.granted() == []
    for one in (store, stranger, other):
        one.close()


@pytest.mark.parametrize("command", ["UPDATE entry SET author = 'x'", "DELETE FROM entry"])
def test_sqlite_refuses_to_change_entries(world: World, command: str) -> None:
    with (
        pytest.raises(DBAPIError, match="never changed nor removed"),
        world.store.engine.connect().execution_options(tallystick_write=True) as connection,
        connection.begin(),
    ):
        connection.exec_driver_sql(command)
    world.ledger.seal()
    assert world.audit().size > 0
