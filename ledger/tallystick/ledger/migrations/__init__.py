"""Alembic migrations of the ledger's tables, run by `Store.migrate`."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from tallystick.ledger.vault import Vault

version_table = "ledger_version"


def upgrade(engine: Engine, revision: str = "head", vault: Vault | None = None) -> None:
    """Run what is missing, in one transaction where the database can. `vault` seals what was in the clear."""
    connection = engine.connect().execution_options(tallystick_write=True)
    with connection, connection.begin():
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent))
        config.attributes["connection"] = connection
        config.attributes["vault"] = vault
        command.upgrade(config, revision)
