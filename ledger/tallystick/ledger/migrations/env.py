"""Alembic's entry: migrates over the connection it was given."""

from alembic import context

from tallystick.ledger.migrations import version_table
from tallystick.ledger.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=version_table,
)
with context.begin_transaction():
    context.run_migrations()
