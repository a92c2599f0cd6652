"""The tables of an empty database, copied from one that the migrations made: they take most of what a test costs.

Each process of tests migrates one database of each engine. A test of the migrations themselves calls
`tallystick.ledger.migrations.upgrade`, or asks for `empty_database_url`.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from tallystick.ledger import Store, migrations
from tallystick.ledger.vault import Vault

_migrate = migrations.upgrade
_template = Path()


def upgrade(engine: Engine, revision: str = "head", vault: Vault | None = None) -> None:
    """Instead of `migrations.upgrade`: copies where nothing is there yet."""
    if revision == "head" and engine.dialect.name == "sqlite" and engine.url.database:
        _copy_if_empty(engine)
    _migrate(engine, revision, vault)


def lend(folder: Path) -> None:
    """For this process, and before a test changes what migrations rest on; the template stands in `folder`."""
    global _template
    _template = folder / "empty.sqlite"
    store = Store(f"sqlite:///{_template}")
    _migrate(store.engine)
    store.close()
    migrations.upgrade = upgrade


def _copy_if_empty(engine: Engine) -> None:
    connection = engine.raw_connection()
    try:
        made = connection.driver_connection
        assert isinstance(made, sqlite3.Connection)
        if made.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            with closing(sqlite3.connect(_template)) as source:
                source.backup(made)
    finally:
        connection.close()
