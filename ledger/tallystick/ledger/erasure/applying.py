"""Applying erasures to a store again: after a restore, an import, or a copy of unknown age."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from tallystick.ledger.store import Store, Transaction

Progress = Callable[[int, int], None]
erasures_at_once = 500


def apply_erasures(
    store: Store, known: Iterable[tuple[int, str]] = (), progress: Progress | None = None
) -> list[tuple[int, str]]:
    """Destroy again every attachment that the log of this store says is erased, and those in `known`.

    (entry index, hash) of those of which something was still there. Safe to repeat and to break off. Call it
    before anybody is served, and scrub the store's files afterwards (`Store.scrub`).
    """
    store.migrate()
    with store.read() as transaction:
        names = [(index, digest) for index, digest, _ in transaction.attached.erasures()]
    names = sorted({*names, *known})
    gone: list[tuple[int, str]] = []
    done = 0
    for some in _some(names):
        with store.write() as transaction:
            gone += erase_named(transaction, some)
        done += len(some)
        if progress:
            progress(done, len(names))
    return gone


def erase_named(transaction: Transaction, names: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Those of which something was there, which is destroyed with this transaction."""
    there = transaction.attached.still_there(names)
    transaction.attached.erase(there)
    return there


def _some(names: list[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    source = iter(names)
    while some := list(islice(source, erasures_at_once)):
        yield some
