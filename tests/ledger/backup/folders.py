"""Backups to make, to damage and to restore."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.ledger.world import World, a_vault, rules_with_notes

from tallystick.identity import Directory
from tallystick.ledger import Checker, Store, backup, start
from tallystick.ledger.store.tables import metadata

made = "2026-11-21T08:00:00.000Z"
Claims = Callable[[Store], Sequence[start.Claim]]


@contextmanager
def step(_name: str) -> Iterator[Callable[[int, int], None]]:
    yield lambda _done, _total: None


def nobody(_store: Store) -> Sequence[start.Claim]:
    return ()


def write(world: World, folder: Path) -> backup.BackedUp:
    return backup.write_backup(world.store, world.rules, folder, world.memory, made, step)


def restore(
    folder: Path,
    target: Store | None,
    scratch: Path,
    claims: Claims = nobody,
    pinned: str | None = None,
    erase: backup.Erase | None = None,
    *,
    opens: bool = True,
) -> backup.Restored:
    return backup.restore_backup(
        folder,
        target,
        rules_with_notes(),
        Directory(),
        Checker(),
        claims,
        scratch,
        step,
        pinned=pinned,
        erase=erase,
        vault=a_vault if opens else None,
    )


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with store.read() as transaction:
        return {table.name: list(transaction.rows(table.name)) for table in metadata.sorted_tables}


def resum(folder: Path) -> None:
    """SHA256SUMS made to fit, as somebody would who changes a backup."""
    names = [path.name for path in sorted(folder.iterdir()) if path.name != "SHA256SUMS"]
    lines = [f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names]
    (folder / "SHA256SUMS").write_text("".join(lines))


@contextmanager
def copy_of(folder: Path, place: Path) -> Iterator[Path]:
    shutil.copytree(folder, place, symlinks=True)
    try:
        yield place
    finally:
        shutil.rmtree(place)
