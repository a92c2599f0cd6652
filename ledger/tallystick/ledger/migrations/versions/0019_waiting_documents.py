"""Trade documents that wait until both firms agreed on what they are about."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "waiting_document",
        sa.Column("organisation", key_text, nullable=False),
        sa.Column("id", key_text, nullable=False),
        sa.Column("author", key_text, nullable=False),
        sa.Column("received", key_text, nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "id"),
    )
