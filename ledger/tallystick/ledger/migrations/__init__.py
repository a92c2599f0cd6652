"""Alembic migrations of the ledger's tables, run by `Store.migrate`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine

from tallystick.ledger.vault import Vault

__all__ = ["CommandError", "current", "is_known", "upgrade", "version_table"]
version_table = "ledger_version"


def upgrade(engine: Engine, revision: str = "head", vault: Vault | None = None) -> None:
    """Run what is missing, in one transaction where the database can. `vault` seals what was in the clear.

    Where nothing is, nothing is locked.
    """
    if revision == "head" and current(engine) == _newest():
        return
    connection = engine.connect().execution_options(tallystick_write=True)
    with connection, connection.begin():
        config = _config()
        config.attributes["connection"] = connection
        config.attributes["vault"] = vault
        command.upgrade(config, revision)


def current(engine: Engine) -> str:
    """The revision that a database has; empty for none."""
    with engine.connect() as connection:
        options = {"version_table": version_table}
        return MigrationContext.configure(connection, opts=options).get_current_revision() or ""


def is_known(revision: str) -> bool:
    """Whether this version has a migration of this name, or none is needed."""
    try:
        return (
            not revision
            or ScriptDirectory.from_config(_config()).get_revision(revision) is not None
        )
    except CommandError:
        return False


@cache
def _newest() -> str:
    """The last revision of this version. Its scripts are read once: that takes longer than all else at a start."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
