"""Attachments as they are stored: sealed, with their keys in a table of their own, so that both can be destroyed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from tallystick.ledger.entry import Attachment
from tallystick.ledger.store import bulk, tables
from tallystick.ledger.vault import AttachmentSpoilt, MasterKeyMissing, Sealed, Vault, sealed_size

#: (entry index, hash)
Named = tuple[int, str]
keys_at_once = 500
#: The kind of document that says what was erased (`ledger.erase/1`).
erasure_kind = "erasure"


@dataclass(frozen=True, slots=True)
class Held:
    """An attachment that is in the store, still sealed. Whoever may read it opens it."""

    index: int
    digest: str
    type: str
    grade: str
    sealed: Sealed = field(repr=False)
    vault: Vault | None = field(repr=False)

    @property
    def size(self) -> int:
        """Of its bytes, without the salt."""
        return sealed_size(self.sealed.data)

    def hash(self) -> str:
        return self.digest

    def open(self) -> Attachment:
        """Raises `MasterKeyMissing` or `AttachmentSpoilt`."""
        if self.vault is None:
            raise MasterKeyMissing(f"this process was given none; {self.digest} needs one")
        if not self.sealed.wrapped:
            raise AttachmentSpoilt(f"{self.digest} of entry {self.index} has no key")
        return self.vault.open(self.index, self.digest, self.type, self.grade, self.sealed)


class Attached:
    """Queries and writes on both tables in one transaction."""

    def __init__(self, connection: Connection, vault: Vault | None) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, rows: Sequence[tuple[int, Attachment]]) -> None:
        """Seal and store; raises `MasterKeyMissing`."""
        if not rows:
            return
        if self._vault is None:
            raise MasterKeyMissing("this store was opened without master keys")
        sealed: list[tuple[Any, ...]] = []
        keys: list[tuple[Any, ...]] = []
        for index, one in rows:
            digest = one.hash()
            found = self._vault.seal(index, one, digest)
            sealed.append((index, digest, one.type, one.grade, found.data))
            keys.append((index, digest, found.key_id, found.wrapped))
        bulk.insert(self._connection, tables.attachment, sealed)
        bulk.insert(self._connection, tables.attachment_key, keys)

    def of(self, index: int) -> list[Held]:
        """Those of one entry in order of their hashes."""
        return [*self.between(index, index + 1)]

    def between(self, start: int, end: int, at_once: int = 0) -> Iterator[Held]:
        """Those of entries of [start, end) in order; `at_once` so many in memory."""
        a = tables.attachment.c
        query = _joined().where(a.idx >= start, a.idx < end).order_by(a.idx, a.hash)
        if at_once:
            query = query.execution_options(yield_per=at_once)
        for row in self._connection.execute(query):
            sealed = Sealed(_bytes(row.data), row.key_id or "", _bytes(row.wrapped or b""))
            yield Held(row.idx, row.hash, row.type, row.grade, sealed, self._vault)

    def also_in(self, digest: str) -> list[int]:
        """Entries that hold an attachment of this hash."""
        k = tables.attachment_key.c
        return list(self._connection.scalars(select(k.idx).where(k.hash == digest).order_by(k.idx)))

    def erase(self, names: Sequence[Named]) -> int:
        """Destroy ciphertext and key, and what a mirror keeps of the request; how many were there."""
        if not names:
            return 0
        before = sum(1 for _ in bulk.matching(
            self._connection, tables.attachment_key, ["idx", "hash"], list(names)
        ))  # fmt: skip
        bulk.delete(self._connection, tables.attachment, names)
        bulk.delete(self._connection, tables.attachment_key, names)
        e, s = tables.entry.c, tables.sighting.c
        for index in {index for index, _ in names}:
            row = self._connection.execute(
                select(e.author, e.entry_id).where(e.idx == index)
            ).first()
            if row is not None:
                gone = update(tables.sighting).where(
                    s.author == row.author, s.entry_id == row.entry_id
                )
                self._connection.execute(gone.values(submission=None))
        return before

    def erasures(self) -> Iterator[tuple[int, str, str]]:
        """(index, hash, document) of every erasure that the log holds."""
        d = tables.document.c
        query = select(d.name, d.part, d.value).where(d.kind == erasure_kind)
        for row in self._connection.execute(query.order_by(d.name, d.part)):
            yield int(row.name), row.part, row.value

    def count_erasures(self) -> int:
        d = tables.document.c
        query = select(func.count()).select_from(tables.document).where(d.kind == erasure_kind)
        return self._connection.scalar(query) or 0

    def still_there(self, names: Sequence[Named]) -> list[Named]:
        """Those of these of which anything is left."""
        found: set[Named] = set()
        for table in (tables.attachment, tables.attachment_key):
            rows = bulk.matching(self._connection, table, ["idx", "hash"], list(names))
            found.update((row[0], row[1]) for row in rows)
        return sorted(found)

    def key_ids(self) -> list[str]:
        """The master keys under which anything is sealed."""
        k = tables.attachment_key.c
        found: list[str] = []
        last = ""
        while one := self._connection.scalar(select(func.min(k.key_id)).where(k.key_id > last)):
            found.append(one)
            last = one
        return found

    def count_keys(self, key_id: str) -> int:
        """How many are sealed under other master keys than this one."""
        k = tables.attachment_key.c
        query = select(func.count()).select_from(tables.attachment_key).where(k.key_id != key_id)
        return self._connection.scalar(query) or 0

    def wrapped_otherwise(self, key_id: str, limit: int) -> list[tuple[int, str, str, bytes]]:
        """(index, hash, master key, wrapped key) of some that are sealed under other master keys."""
        k = tables.attachment_key.c
        for other in self.key_ids():
            if other != key_id:
                query = select(tables.attachment_key).where(k.key_id == other).limit(limit)
                rows = self._connection.execute(query)
                return [(row.idx, row.hash, row.key_id, _bytes(row.wrapped)) for row in rows]
        return []

    def rewrap(self, rows: Sequence[tuple[int, str, str, bytes]]) -> None:
        bulk.insert(self._connection, tables.attachment_key, rows, upsert=True)


def _joined() -> Select[Any]:
    a, k = tables.attachment, tables.attachment_key
    on = (a.c.idx == k.c.idx) & (a.c.hash == k.c.hash)
    return select(a, k.c.key_id, k.c.wrapped).join_from(a, k, on, isouter=True)


def _bytes(value: Any) -> bytes:
    """Stored bytes, whatever the driver gives; SQLite keeps any value in any column."""
    if isinstance(value, bytes | memoryview | bytearray):
        return bytes(value)
    return str(value).encode()
