"""Invitations of people beside those of devices, and how far each person has seen its notices."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column(
        "device_invitation",
        sa.Column("kind", key_text, nullable=False, server_default="device"),
    )
    op.create_table(
        "notice_seen",
        sa.Column("person", key_text, primary_key=True),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("mailed", sa.BigInteger(), nullable=False),
    )
