"""Devices that ask to be enrolled, and second entries for one place in a stream."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "device_invitation",
        sa.Column("id", key_text, primary_key=True),
        sa.Column("token", key_text, nullable=False, unique=True),
        sa.Column("organisation", key_text, nullable=False),
        sa.Column("state", key_text, nullable=False),
        sa.Column("expires", key_text, nullable=False),
        sa.Column("device", key_text),
        sa.Column("document", sa.Text(), nullable=False),
    )
    op.create_index(
        "device_invitation_open", "device_invitation", ["organisation", "state", "expires"]
    )
    op.create_table(
        "stream_fork",
        sa.Column("device", key_text, nullable=False),
        sa.Column("payload_hash", key_text, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("seen", key_text, nullable=False),
        sa.Column("first", sa.LargeBinary(), nullable=False),
        sa.Column("second", sa.LargeBinary(), nullable=False),
        sa.Column("idx", sa.BigInteger()),
        sa.PrimaryKeyConstraint("device", "payload_hash"),
    )
