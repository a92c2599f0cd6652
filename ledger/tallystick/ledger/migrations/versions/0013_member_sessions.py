"""People who are logged in."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "member_session",
        sa.Column("digest", key_text, primary_key=True),
        sa.Column("person", key_text, nullable=False),
        sa.Column("key", key_text, nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("member_session_person", "member_session", ["person"])
    op.create_index("member_session_ends", "member_session", ["ends"])
