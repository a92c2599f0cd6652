"""Addresses to which organisations are told of entries, and what was sent to each."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "webhook",
        sa.Column("id", key_text, nullable=False),
        sa.Column("organisation", key_text, nullable=False),
        sa.Column("state", key_text, nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.Column("failing_ms", sa.BigInteger()),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("webhook_organisation", "webhook", ["organisation", "id"])
    op.create_table(
        "webhook_delivery",
        sa.Column("webhook", key_text, nullable=False),
        sa.Column("id", key_text, nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("state", key_text, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("tried_ms", sa.BigInteger()),
        sa.Column("status", sa.Integer()),
        sa.Column("problem", sa.Text()),
        sa.PrimaryKeyConstraint("webhook", "id"),
    )
    op.create_index("webhook_delivery_due", "webhook_delivery", ["state", "due_ms"])
