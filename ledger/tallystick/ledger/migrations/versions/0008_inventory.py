"""How many checkpoints and cosignatures there are, and which; those that are there are counted."""

import hashlib
from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

counted = {
    "checkpoint": "SELECT size, note FROM checkpoint",
    "cosignature": "SELECT size, name, key_id, signature FROM cosignature",
}


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    inventory = op.create_table(
        "inventory",
        sa.Column("name", key_text, nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    for table, query in counted.items():
        rows = total = 0
        for row in op.get_bind().exec_driver_sql(query):
            rows += 1
            total += _number(row)
        if rows:
            digest = (total % (1 << 256)).to_bytes(32, "big")
            op.bulk_insert(inventory, [{"name": table, "rows": rows, "digest": digest}])


def _number(row: Iterable[object]) -> int:
    """As `store.inventory` counts."""
    fields = b""
    for value in row:
        told = bytes(value) if isinstance(value, bytes | memoryview) else value
        data = told if isinstance(told, bytes) else str(told).encode()
        fields += b"%s %d " % (type(told).__name__.encode()[:1], len(data)) + data
    return int.from_bytes(hashlib.sha256(fields).digest(), "big")
