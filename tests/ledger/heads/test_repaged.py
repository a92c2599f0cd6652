"""A store of an earlier version keeps its map when the pages are cut anew."""

from __future__ import annotations

import hashlib

import pytest

from tallystick.ledger import Store
from tallystick.ledger.heads import MemoryPages, head_key, pages, prove, root, update
from tallystick.ledger.migrations import upgrade


def test_the_map_of_an_earlier_version_proves_the_same(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Buckets of sixteen names stand in the database; after the migration the root and all values are the same."""
    store = Store(empty_database_url)
    upgrade(store.engine, "0004")
    names = [f"C-{n}" for n in range(300)]
    values = {head_key("certificate", n): hashlib.sha256(n.encode()).digest() for n in names}
    monkeypatch.setattr(pages, "bucket_names_max", 16)
    before, old = update(MemoryPages(), values)
    with store.write() as transaction:
        transaction.fill("head_page", list(old.items()))
    monkeypatch.undo()

    store.migrate()

    with store.read() as transaction:
        assert root(transaction.heads) == before
        assert {key: prove(transaction.heads, key)[0] for key in values} == values
        kept = {prefix: bytes(data) for prefix, data in transaction.rows("head_page")}
    assert kept == update(MemoryPages(), values)[1]
    assert kept.keys() != old.keys()
    store.close()
