"""What was anchored on a chain."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "anchor",
        sa.Column("chain", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contract", key_text, nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status", key_text, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("quorum", sa.LargeBinary(), nullable=False),
        sa.Column("tx", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("tip", sa.BigInteger(), nullable=False),
        sa.Column("signed_ms", sa.BigInteger(), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.LargeBinary(), nullable=False),
        sa.Column("block_time", key_text, nullable=False),
        sa.PrimaryKeyConstraint("chain", "contract", "size"),
    )
    op.create_index("anchor_confirmed", "anchor", ["status", "size"], unique=False)
