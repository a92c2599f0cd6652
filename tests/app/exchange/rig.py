"""Sources of handles taken into the small log of the tests, as the command does."""

from __future__ import annotations

from pathlib import Path

from tests.ledger.world import World, core, supplier

from tallystick.app.exchange.giving_out import GivingOut
from tallystick.app.exchange.taking_in import Done, TakingIn, dry_run, look_through
from tallystick.identity import exchange, resolve
from tallystick.identity.exchange import Fault, Form, Source
from tallystick.identity.views import Value
from tallystick.ledger import Reader


def quiet(_done: int, _total: int) -> None:
    pass


def source(folder: Path, text: str, form: Form = "batch") -> Source:
    path = folder / "source"
    path.write_text(text, encoding="utf-8")
    return exchange.source_of(str(path), form)


def take(world: World, read: Source, author: str = core, reason: str = "retired") -> Done:
    total = look_through(read).operations
    taking = TakingIn(world.ledger, world.reader, world.author(author), reason, quiet, total)
    return taking.run(read)


def rehearse(world: World, read: Source, author: str = core) -> tuple[Done, list[Fault]]:
    with world.reader.open() as snapshot:
        return dry_run(read, snapshot, world.rules, author, "retired", quiet)


def give(
    world: World, form: Form, path: Path | str, reader: Reader, prefix: str = "99.100.1"
) -> GivingOut:
    with world.reader.open() as snapshot:
        giving = GivingOut(snapshot.view, reader, prefix, quiet)
        if form == "sql":
            giving.to_database(str(path))
        else:
            giving.to_file(form, Path(path))
    return giving


def values(world: World, handle: str) -> tuple[Value, ...] | None:
    """None for a record that is not there, or was deleted."""
    with world.reader.open() as snapshot:
        found = resolve(snapshot.view, handle)
        return None if found is None or found.deleted else found.values


def log_size(world: World) -> int:
    with world.reader.open() as snapshot:
        return snapshot.size()


__all__ = ["core", "give", "log_size", "quiet", "rehearse", "source", "supplier", "take", "values"]
