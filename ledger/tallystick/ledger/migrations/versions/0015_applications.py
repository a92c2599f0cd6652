"""Organisations that apply, and their papers, until two people of a node have looked at them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "application",
        sa.Column("id", key_text, primary_key=True),
        sa.Column("token", key_text, nullable=False),
        sa.Column("node", key_text, nullable=False),
        sa.Column("state", key_text, nullable=False),
        sa.Column("expires", key_text, nullable=False),
        sa.Column("source", key_text, nullable=False),
        sa.Column("made", key_text, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
    )
    op.create_index("application_open", "application", ["node", "state", "id"])
    op.create_index("application_ends", "application", ["expires"])
    op.create_table(
        "application_part",
        sa.Column("application", key_text, nullable=False),
        sa.Column("part", key_text, nullable=False),
        sa.Column("digest", key_text, nullable=False),
        sa.Column("type", key_text, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", key_text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("application", "part"),
    )
