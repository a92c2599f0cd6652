"""Drafts that wait for a signature on another device."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "hand_over",
        sa.Column("id", key_text, primary_key=True),
        sa.Column("token", key_text, nullable=False, unique=True),
        sa.Column("person", key_text, nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text()),
        sqlite_with_rowid=False,
    )
    op.create_index("hand_over_person", "hand_over", ["person"])
    op.create_index("hand_over_ends", "hand_over", ["ends"])
