"""How often passkeys said that they signed."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "passkey_count",
        sa.Column("reference", key_text, primary_key=True),
        sa.Column("signed", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
