"""How often handles are asked for, by day."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0009"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "daily_count",
        sa.Column("subject", key_text, nullable=False),
        sa.Column("day", key_text, nullable=False),
        sa.Column("what", key_text, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "day", "what"),
        sqlite_with_rowid=False,
    )
