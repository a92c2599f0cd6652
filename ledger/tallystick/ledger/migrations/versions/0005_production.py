"""PostgreSQL in production: the sequencer's term, partitions by index, entries that nobody changes."""

import sqlalchemy as sa
from alembic import op

from tallystick.ledger.store import guards, partitions

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "sequencer",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("name", key_text, nullable=False),
        sa.Column("since", key_text, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        guards.install(connection)
        return
    op.create_table(
        "entry_name",
        sa.Column("entry_id", key_text, nullable=False),
        sa.Column("author", key_text, nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "author"),
    )
    op.execute("INSERT INTO entry_name SELECT entry_id, author, idx FROM entry")
    op.execute("ALTER TABLE entry DROP CONSTRAINT entry_entry_id_author_key")
    size = connection.scalar(sa.text("SELECT coalesce(max(idx), -1) + 1 FROM entry")) or 0
    each = partitions.partition_entries
    for name in partitions.partitioned:
        _partition(name, -(-(size + 1) // each) * each)
    schema = connection.scalar(sa.text("SELECT quote_ident(current_schema())"))
    partitions.define(connection, schema)


def _partition(name: str, end: int) -> None:
    """The table as it stands becomes the first partition: nothing is copied."""
    first = f"{name}_from_0"
    op.execute(f"ALTER TABLE {name} RENAME TO {first}")
    op.execute(f"ALTER INDEX {name}_pkey RENAME TO {first}_pkey")
    op.execute(f"CREATE TABLE {name} (LIKE {first} INCLUDING DEFAULTS) PARTITION BY RANGE (idx)")
    op.execute(f"ALTER TABLE {name} ADD PRIMARY KEY (idx)")
    op.execute(f"ALTER TABLE {name} ATTACH PARTITION {first} FOR VALUES FROM (0) TO ({end})")
