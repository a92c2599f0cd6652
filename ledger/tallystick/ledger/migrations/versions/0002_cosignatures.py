"""Cosignatures of witnesses, the checkpoints they make final, and what each witness last did."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "cosignature",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", key_text, nullable=False),
        sa.Column("key_id", key_text, nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", "name", "key_id"),
    )
    op.create_index(
        "cosignature_by_witness", "cosignature", ["name", "key_id", "size"], unique=False
    )
    op.create_table(
        "finality",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "witness_outcome",
        sa.Column("witness", key_text, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("code", key_text, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("time", key_text, nullable=False),
        sa.PrimaryKeyConstraint("witness"),
    )
