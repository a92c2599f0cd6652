"""The map of heads: every name's head, the entries that touched it, and the pages of the map."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "head",
        sa.Column("kind", key_text, nullable=False),
        sa.Column("name", key_text, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "head_touch",
        sa.Column("kind", key_text, nullable=False),
        sa.Column("name", key_text, nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", "idx"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "head_page",
        sa.Column("prefix", key_text, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("prefix"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "head_past",
        sa.Column("prefix", key_text, nullable=False),
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "until"),
        sqlite_with_rowid=False,
    )
    op.create_index("head_past_by_until", "head_past", ["until"], unique=False)
