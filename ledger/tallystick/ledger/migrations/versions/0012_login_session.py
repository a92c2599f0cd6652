"""Who is logged in, for all processes that serve."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "login_session",
        sa.Column("digest", key_text, nullable=False),
        sa.Column("subject", key_text, nullable=True),
        sa.Column("ends_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
        sqlite_with_rowid=False,
    )
    op.create_index("login_session_ends", "login_session", ["ends_ms"])
