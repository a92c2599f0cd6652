"""Entries that a mirror saw on their way to the operator."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "sighting",
        sa.Column("author", key_text, nullable=False),
        sa.Column("entry_id", key_text, nullable=False),
        sa.Column("seen", key_text, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("submission", sa.LargeBinary(), nullable=True),
        sa.Column("answer", key_text, nullable=True),
        sa.Column("idx", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("author", "entry_id"),
    )
    op.create_index("sighting_open", "sighting", ["idx", "seen"], unique=False)
