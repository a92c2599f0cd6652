"""Worlds to export, and folders to damage."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ledger.test_audit import fill
from tests.ledger.world import World, rules_with_notes, table_rows

from tallystick.identity import Directory
from tallystick.ledger import Audited, Checker, Reader, Store, auditor_reader, export

log_tables = (
    "entry", "body", "attachment", "tile", "checkpoint", "tree_state", "stream", "entry_party",
    "document", "lookup",
)  # fmt: skip


def filled(world: World, entries: int = 0) -> World:
    """Rows in every table, so many more entries, and a checkpoint over all of it."""
    fill(world)
    if entries:
        world.ledger.append(world.mint(entries, start=5000))
        world.ledger.seal()
    return world


def write(world: World, folder: Path, reader: Reader = auditor_reader) -> export.Exported:
    return export.export_log(world.store, world.rules, folder, reader)


def audited(world: World, folder: Path, pinned: str | None = None) -> Audited:
    opened = export.Export(folder)
    return export.audit_export(opened, world.rules, Directory(), Checker(), pinned=pinned)


def imported(folder: Path, store: Store) -> Audited:
    opened = export.Export(folder)
    return export.import_log(opened, store, rules_with_notes(), Directory(), Checker())


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    return table_rows(store, log_tables)


def names(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def resum(folder: Path) -> None:
    """Write SHA256SUMS anew, as somebody would who changes an export: only what lies deeper tells."""
    listed = folder / "SHA256SUMS"
    files = [line.split("  ")[1] for line in listed.read_text().splitlines()]
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in files
        if (folder / name).is_file()
    ]
    listed.write_text("".join(lines))


@dataclass
class Spoilt:
    """A copy of an export in which things are changed."""

    folder: Path

    def change(self, name: str, data: bytes) -> None:
        (self.folder / name).write_bytes(data)
        resum(self.folder)


@contextmanager
def copy_of(folder: Path, place: Path) -> Iterator[Spoilt]:
    shutil.copytree(folder, place, symlinks=True)
    try:
        yield Spoilt(place)
    finally:
        shutil.rmtree(place)
