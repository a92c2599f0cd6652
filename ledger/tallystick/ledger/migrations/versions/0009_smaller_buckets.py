"""The pages of the map of heads, cut anew: buckets of eight names where sixteen stood.

The map and its root stay as they are. Pages of the past stay too, each holds its whole subtree, but in the
order of the blocks that changed them, in which they are written and dropped.
"""

import sqlalchemy as sa
from alembic import op

from tallystick.ledger.heads import MemoryPages, update

revision = "0009"
down_revision = "0008"

_bucket = b"\x00"
_rows_at_once = 1000


def upgrade() -> None:
    connection = op.get_bind()
    page = sa.table("head_page", sa.column("prefix", sa.Text), sa.column("data", sa.LargeBinary))
    values: dict[bytes, bytes] = {}
    for (stored,) in connection.execute(sa.select(page.c.data)):
        data = bytes(stored)
        if data[:1] == _bucket:
            for at in range(1, len(data), 64):
                values[data[at : at + 32]] = data[at + 32 : at + 64]
    _order_past_by_block(connection)
    _, pages = update(MemoryPages(), values)
    connection.execute(sa.delete(page))
    rows = [{"prefix": prefix, "data": data} for prefix, data in pages.items()]
    for first in range(0, len(rows), _rows_at_once):
        connection.execute(sa.insert(page), rows[first : first + _rows_at_once])


def _order_past_by_block(connection: sa.Connection) -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.drop_index("head_past_by_until", "head_past")
    op.rename_table("head_past", "head_past_by_prefix")
    op.create_table(
        "head_past",
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("prefix", key_text, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("until", "prefix", name="head_past_by_block"),
        sqlite_with_rowid=False,
    )
    connection.exec_driver_sql(
        "INSERT INTO head_past SELECT until, prefix, data FROM head_past_by_prefix ORDER BY until, prefix"
    )
    op.drop_table("head_past_by_prefix")
