"""Ids of imported entries: the same document has the same id in every run."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime


def entry_id(author: str, entry_type: str, name: str, date: str) -> str:
    """A UUID with the layout of version 7 (RFC 9562 §5.7): 48 bits of milliseconds, here of the
    document's own date at midnight UTC, and 74 bits of SHA-256(author, type, name), each followed by
    a zero byte. It is unique as its name is, and tells nothing of when the import ran."""
    midnight = datetime.fromisoformat(date).replace(tzinfo=UTC)
    parts = (author, entry_type, name)
    digest = hashlib.sha256(b"".join(part.encode() + b"\0" for part in parts)).digest()
    drawn = int.from_bytes(digest[:10], "big")
    value = int(midnight.timestamp()) * 1000 << 80 | drawn
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
