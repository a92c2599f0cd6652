"""What a node has to keep of its batches and cannot compute again: their leaves and their secrets.

Leaves go into a backup of the log and are checked against its roots when they come back. Secrets are keys: they are
copied as the other keys are, and here it is only said which are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tallystick.identity.minting import batches
from tallystick.identity.minting.batches import Batch
from tallystick.identity.minting.folder import Folder
from tallystick.identity.minting.leaves import Leaves, LeavesDamaged, Tick
from tallystick.ledger import TallystickError, View, sync_path

names_per_page = 1000
told_max = 20
#: Whether the secrets of what an author issued belong here.
Holds = Callable[[str], bool]


class LeavesRefused(TallystickError):
    code = "leaves-refused"
    status = 422
    title = "These are not the leaves of the batch"
    advice = "Nothing was kept. Send the file `minted/<prefix>/<batch>.leaves` of whoever issued the batch, whole."


@dataclass(frozen=True, slots=True)
class Kept:
    """Names of batches in the log, and of those whose leaves or secrets are not here."""

    every: tuple[str, ...] = ()
    without_leaves: tuple[str, ...] = ()
    without_secret: tuple[str, ...] = ()

    def only(self, names: Iterable[str]) -> Kept:
        """Of these batches alone."""
        wanted = set(names)
        parts = (self.every, self.without_leaves, self.without_secret)
        return Kept(*(tuple(name for name in part if name in wanted) for part in parts))

    def told(self, where: str = "here") -> Iterator[str]:
        """A sentence for each lack; none if nothing is missing."""
        for what, missing in (("leaves", self.without_leaves), ("secret", self.without_secret)):
            if missing:
                more = f" and {len(missing) - told_max:,} more" if len(missing) > told_max else ""
                yield f"No {what} {where} of {', '.join(missing[:told_max])}{more}."


def every_batch(view: View) -> Iterator[Batch]:
    """All batches of the log, by name."""
    after = ""
    while found := view.names(batches.kind, after=after, limit=names_per_page):
        for name in found:
            prefix, _, number = name.rpartition("/")
            yield batches.require(view, prefix, number)
        after = found[-1]


def kept(view: View, folder: Folder, holds: Holds = lambda _author: True) -> Kept:
    """What of all batches is here."""
    every, leaves, secret = list[str](), list[str](), list[str]()
    for batch in every_batch(view):
        prefix, number = batch.row["prefix"], batch.row["batch"]
        every.append(batch.name)
        if not folder.leaves_path(prefix, number).exists():
            leaves.append(batch.name)
        if not folder.has_key(prefix, number) and holds(batch.author):
            secret.append(batch.name)
    return Kept(tuple(every), tuple(leaves), tuple(secret))


def file_name(batch: Batch) -> str:
    """Where the leaves of a batch lie in a home folder, and in a backup."""
    return f"minted/{batch.row['prefix']}/{batch.row['batch']}.leaves"


def sort_out(
    view: View, is_whole: Callable[[Batch], bool], tick: Tick
) -> tuple[list[Batch], list[str]]:
    """Every batch of which this holds, and the names of the others."""
    every, whole = list(every_batch(view)), list[Batch]()
    for done, batch in enumerate(every, 1):
        if is_whole(batch):
            whole.append(batch)
        tick(done, len(every))
    missing = {one.name for one in every} - {one.name for one in whole}
    return whole, sorted(missing)


def check(path: Path, batch: Batch) -> None:
    """Raises `LeavesDamaged` unless these are the leaves of the batch, every one of them."""
    with Leaves(path) as leaves:
        if leaves.count != batch.count:
            raise LeavesDamaged(f"{batch.name}: {leaves.count} leaves of {batch.count}")
        leaves.check(batch.root)


def take(folder: Folder, batch: Batch, path: Path) -> None:
    """Keep leaves that came from elsewhere; raises `LeavesRefused`."""
    try:
        check(path, batch)
    except LeavesDamaged as error:
        raise LeavesRefused(error.detail.replace(str(path), batch.name)) from None
    adopt(folder, batch, path)


def adopt(folder: Folder, batch: Batch, path: Path) -> None:
    """Put leaves that were checked in their place, durable when this returns."""
    place = _path(folder, batch)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    sync_path(path)
    path.replace(place)
    sync_path(place.parent)


def _path(folder: Folder, batch: Batch) -> Path:
    return folder.leaves_path(batch.row["prefix"], batch.row["batch"])
