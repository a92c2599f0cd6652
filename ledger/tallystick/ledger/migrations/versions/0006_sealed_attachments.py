"""Attachments sealed, and their keys in a table of their own; those that were in the clear are sealed here."""

import sqlalchemy as sa
from alembic import context, op

from tallystick.ledger.entry import Attachment
from tallystick.ledger.vault import MasterKeyMissing

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    key_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "attachment_key",
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", key_text, nullable=False),
        sa.Column("key_id", key_text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("idx", "hash"),
    )
    op.create_index("attachment_key_by_master", "attachment_key", ["key_id"], unique=False)
    op.create_table(
        "erasure_statement",
        sa.Column("key", key_text, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("scrubbed", sa.BigInteger(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("received", key_text, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    _seal()
    op.drop_column("attachment", "salt")


def _seal() -> None:
    connection, vault = op.get_bind(), context.config.attributes["vault"]
    rows = connection.execute(sa.text("SELECT idx, hash FROM attachment ORDER BY idx, hash")).all()
    if rows and vault is None:
        raise MasterKeyMissing(
            "the attachments of this store are in the clear, and are to be sealed"
        )
    for idx, digest in rows:
        name = {"idx": idx, "hash": digest}
        found = connection.execute(
            sa.text(
                "SELECT type, grade, salt, data FROM attachment WHERE idx = :idx AND hash = :hash"
            ),
            name,
        ).one()
        clear = Attachment(found.type, bytes(found.data), bytes(found.salt), found.grade)
        sealed = vault.seal(idx, clear, digest)
        connection.execute(
            sa.text("UPDATE attachment SET data = :data WHERE idx = :idx AND hash = :hash"),
            {**name, "data": sealed.data},
        )
        connection.execute(
            sa.text("INSERT INTO attachment_key VALUES (:idx, :hash, :key_id, :wrapped)"),
            {**name, "key_id": sealed.key_id, "wrapped": sealed.wrapped},
        )
