"""Organisations that apply, kept beside the log until an entry says so in it.

What an applicant says and the papers it sends are parts, each sealed like an attachment, under a key that goes
with the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, update

from tallystick.ledger.entry import Attachment
from tallystick.ledger.store import bulk, tables
from tallystick.ledger.vault import MasterKeyMissing, Sealed, Vault

#: No entry has this index: a sealed part of an application never opens as an attachment of an entry.
part_index = -1
_a, _p = tables.application.c, tables.application_part.c


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """`token`: hex SHA-256 of it; `source`: a digest of where it came from; `document`: JSON without personal data."""

    id: str
    token: str
    node: str
    state: str
    expires: str
    source: str
    made: str
    version: int
    document: str


class Applications:
    """Queries and writes on the two tables in one transaction."""

    def __init__(self, connection: Connection, vault: Vault | None) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, row: ApplicationRow) -> None:
        told = (
            row.id, row.token, row.node, row.state, row.expires, row.source, row.made, row.version, row.document,
        )  # fmt: skip
        bulk.insert(self._connection, tables.application, [told])

    def get(self, application: str) -> ApplicationRow | None:
        query = select(tables.application).where(_a.id == application)
        row = self._connection.execute(query).first()
        return None if row is None else ApplicationRow(*row)

    def of(self, node: str, state: str, after: str, limit: int) -> list[ApplicationRow]:
        """Those of a node in a state, in the order of their numbers."""
        query = (
            select(tables.application)
            .where(_a.node == node, _a.state == state, _a.id > after)
            .order_by(_a.id)
            .limit(limit)
        )
        return [ApplicationRow(*row) for row in self._connection.execute(query)]

    def count(self, states: Sequence[str], source: str = "") -> int:
        """How many are in one of these states, of one source or of all."""
        query = select(func.count()).select_from(tables.application).where(_a.state.in_(states))
        if source:
            query = query.where(_a.source == source)
        return self._connection.scalar(query) or 0

    def change(self, row: ApplicationRow) -> bool:
        """Write the row if nobody has since it was read; whether it was. Its `version` is the one that was read."""
        done = self._connection.execute(
            update(tables.application)
            .where(_a.id == row.id, _a.version == row.version)
            .values(
                state=row.state, expires=row.expires, document=row.document, version=row.version + 1
            )
        )
        return done.rowcount == 1

    def ended(self, before: str, states: Sequence[str], limit: int) -> list[ApplicationRow]:
        query = (
            select(tables.application)
            .where(_a.expires <= before, _a.state.in_(states))
            .order_by(_a.expires, _a.id)
            .limit(limit)
        )
        return [ApplicationRow(*row) for row in self._connection.execute(query)]

    def forget(self, application: str) -> None:
        self._connection.execute(delete(tables.application).where(_a.id == application))

    def put(self, application: str, part: str, one: Attachment) -> None:
        """Seal a part, in the place of the one of this name. Raises `MasterKeyMissing`."""
        if self._vault is None:
            raise MasterKeyMissing("this store was opened without master keys")
        digest = one.hash()
        sealed = self._vault.seal(part_index, one, digest)
        row = (application, part, digest, one.type, sealed.data, sealed.key_id, sealed.wrapped)
        bulk.insert(self._connection, tables.application_part, [row], upsert=True)

    def part(self, application: str, part: str) -> Attachment | None:
        """Opened. Raises `MasterKeyMissing` or `AttachmentSpoilt`."""
        query = select(tables.application_part).where(
            _p.application == application, _p.part == part
        )
        row = self._connection.execute(query).first()
        if row is None:
            return None
        if self._vault is None:
            raise MasterKeyMissing("this store was opened without master keys")
        sealed = Sealed(bytes(row.data), row.key_id, bytes(row.wrapped))
        return self._vault.open(part_index, row.digest, row.type, "parties", sealed)

    def drop(self, application: str, part: str = "") -> None:
        """Destroy one part, or all: the bytes, and the key under which they were sealed."""
        gone = delete(tables.application_part).where(_p.application == application)
        self._connection.execute(gone.where(_p.part == part) if part else gone)

    def rewrap(self, key_id: str) -> None:
        """Put the keys of all parts under this master key, which is the current one."""
        query = select(_p.application, _p.part, _p.digest, _p.key_id, _p.wrapped)
        for row in self._connection.execute(query.where(_p.key_id != key_id)).all():
            if self._vault is None:
                raise MasterKeyMissing("this store was opened without master keys")
            fresh, wrapped = self._vault.rewrap(
                part_index, row.digest, row.key_id, bytes(row.wrapped)
            )
            self._connection.execute(
                update(tables.application_part)
                .where(_p.application == row.application, _p.part == row.part)
                .values(key_id=fresh, wrapped=wrapped)
            )
