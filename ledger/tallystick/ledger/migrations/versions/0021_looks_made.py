"""Finding what an organisation looked at of others' things."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_index("read_party_reader", "read_party", ["reader", "at", "row_id"])
