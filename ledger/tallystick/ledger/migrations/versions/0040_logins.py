"""Who is logged in."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0027"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "login",
        sa.Column("digest", key_text, primary_key=True),
        sa.Column("person", key_text, nullable=False),
        sa.Column("key", key_text, nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("login_person", "login", ["person"])
    op.create_index("login_ends", "login", ["ends"])
