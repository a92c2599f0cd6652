"""A record's history as one reader may see it: what each version added, changed and removed.

That a version exists, when and by whom, is public as entries and heads are (formats §2, §3). What it says is
compared as this reader sees it: a value that ceases to be for the reader counts as removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any, cast

from tallystick.identity import names, versioned
from tallystick.identity.asof.errors import AsOfBeforeRecord, RecordUnknown
from tallystick.identity.views import Record, Value, prefix_record, resolve, values_for
from tallystick.ledger import Reader, Snapshot, View

history_page_max = 200
_end = 10**15


@dataclass(frozen=True, slots=True)
class Version:
    """The record after the entry `index`, which one of this `type` by `author` wrote at ledger time `time`.

    `added`, `changed`, `removed`: indexes of values, against the version before. `deleted`: the reason.
    """

    index: int
    time: str
    type: str
    author: str
    added: tuple[int, ...]
    changed: tuple[int, ...]
    removed: tuple[int, ...]
    deleted: str | None = None

    def document(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "index": self.index, "time": self.time, "type": self.type, "author": self.author,
            "added": list(self.added), "changed": list(self.changed), "removed": list(self.removed),
        }  # fmt: skip
        return told if self.deleted is None else {**told, "deleted": self.deleted}


@dataclass(frozen=True, slots=True)
class History:
    """Versions, the newest first; `next`: what to ask below for more, None at the end."""

    handle: str
    versions: tuple[Version, ...]
    next: int | None

    def document(self) -> dict[str, Any]:
        versions = [version.document() for version in self.versions]
        return {"handle": self.handle, "versions": versions, "next": self.next}


def history(
    snapshot: Snapshot, reader: Reader, handle: str, before: int | None = None, limit: int = 50
) -> History:
    """The versions that entries below `before` wrote. Raises `RecordUnknown`."""
    view, limit = snapshot.view, min(max(1, limit), history_page_max)
    newest = resolve(view, handle)
    if newest is None:
        raise RecordUnknown(handle)
    points = change_points(view, newest.handle, _end if before is None else before, limit + 1)
    shown = [
        _version(snapshot, reader, newest.handle, index, previous)
        for index, previous in islice(zip_longest(points, points[1:]), limit)
    ]
    more = points[limit - 1] if len(points) > limit else None
    return History(newest.handle, tuple(shown), more)


def change_points(view: View, handle: str, before: int, limit: int) -> list[int]:
    """The entries below `before` that wrote the record or its keys, the newest first."""
    if handle.upper().startswith(prefix_record):
        return versioned.since_each(view, "prefix", handle.partition("/")[2], before, limit)
    written = versioned.since_each(view, "handle", names.fold(handle), before, limit)
    found = {*written, *(index for index in _party_points(view, handle) if index < before)}
    return sorted(found, reverse=True)[:limit]


def version_at(view: View, handle: str, at: int | None) -> Record:
    """As `resolve`, deleted or not. Raises `RecordUnknown` or `AsOfBeforeRecord`."""
    found = resolve(view, handle, at)
    if found is not None:
        return found
    if at is None or resolve(view, handle) is None:
        raise RecordUnknown(handle)
    raise AsOfBeforeRecord(f"{handle} as of entry {at}")


def changes(
    before: Iterable[Value], after: Iterable[Value]
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Indexes of values that are new, written anew, and gone."""
    old = {value.index: value for value in before}
    new = {value.index: value for value in after}
    return (
        tuple(index for index in new if index not in old),
        tuple(index for index in new if index in old and new[index] != old[index]),
        tuple(index for index in old if index not in new),
    )


def _version(
    snapshot: Snapshot, reader: Reader, handle: str, index: int, previous: int | None
) -> Version:
    after = version_at(snapshot.view, handle, index)
    old = None if previous is None else resolve(snapshot.view, handle, previous)
    row = snapshot.row(index)
    added, changed, removed = changes(
        values_for(reader, old) if old else (), values_for(reader, after)
    )
    reason = after.deleted["reason"] if after.deleted and after.since == index else None
    return Version(index, row.time, row.type, row.author, added, changed, removed, reason)


def _party_points(view: View, handle: str) -> Iterable[int]:
    party = cast(Mapping[str, Any] | None, view.get("party", names.fold(handle)))
    if party is None:
        return
    if "since" in party:
        yield party["since"]
    for row in view.group("key", party["handle"]).values():
        key = cast(Mapping[str, Any], row)
        yield key["since"]
        if "until" in key:
            yield key["until"] - 1
