"""The read log: who was let see what is not public."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "read_row",
        sa.Column("day", key_text, primary_key=True),
        sa.Column("row_id", key_text, primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("read_row_id", "read_row", ["row_id"])
    op.create_table(
        "read_party",
        sa.Column("party", key_text, primary_key=True),
        sa.Column("at", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("row_id", key_text, primary_key=True),
        sa.Column("day", key_text, nullable=False),
        sa.Column("reader", key_text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("read_party_day", "read_party", ["day"])
