"""Finding entries by what people have in hand: a handle, or the hash of a body.

Author and id have an index (`Snapshot.row_by_id`); these have none, and every entry is looked at once. A body
is searched only for whom it is; origin, type, author and hashes stand in the envelope, which is for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tallystick.ledger import canonical
from tallystick.ledger.canonical import Json
from tallystick.ledger.entry import Entry, Envelope
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.reader import Disclosed, Snapshot
from tallystick.ledger.readers import Reader

Progress = Callable[[int, int], None]
Fits = Callable[[Disclosed], bool]


def by_body_hash(digest: str) -> Fits:
    """The entry that signs for a body of this hash (hex)."""
    wanted = digest.lower()

    def fits(found: Disclosed) -> bool:
        payload = Envelope.parse(found.row.leaf).payload
        return Entry.parse(payload).body_hash == wanted

    return fits


def by_handle(handle: str) -> Fits:
    """Entries that a handle wrote, and those whose body names it, or a key of it."""
    wanted = handle.casefold()
    needle = canonical.encode(handle)[1:-1].decode().casefold()

    def fits(found: Disclosed) -> bool:
        if found.row.author.casefold() == wanted:
            return True
        if found.body is None or needle not in found.body.decode("utf-8", "replace").casefold():
            return False
        try:
            return _names(canonical.decode_object(found.body), wanted)
        except TallystickError:
            return False

    return fits


def search(
    snapshot: Snapshot, reader: Reader, fits: Fits, progress: Progress | None = None
) -> Iterator[Disclosed]:
    """Entries that fit, oldest first, each as far as `reader` may read it."""
    size = snapshot.size()
    for found in snapshot.disclosed(0, size, reader):
        if progress:
            progress(found.row.index + 1, size)
        if fits(found):
            yield found


def _names(value: Json, wanted: str) -> bool:
    """Whether a string in it is the handle, or a key reference of it."""
    if isinstance(value, str):
        text = value.casefold()
        return text == wanted or text.partition(":")[2] == wanted
    if isinstance(value, list):
        return any(_names(item, wanted) for item in value)
    if isinstance(value, dict):
        return any(
            name.casefold() == wanted or _names(item, wanted) for name, item in value.items()
        )
    return False
