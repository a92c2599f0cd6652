"""Clients of organisations, and names that count once: nonces, assertions, tokens taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "client",
        sa.Column("id", key_text, primary_key=True),
        sa.Column("told", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spent",
        sa.Column("kind", key_text, nullable=False),
        sa.Column("name", key_text, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name"),
        sqlite_with_rowid=False,
    )
    op.create_index("spent_until", "spent", ["until"])
