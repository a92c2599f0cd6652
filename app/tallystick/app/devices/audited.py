"""What an audit says of devices by index: which were stopped, what of theirs stands, what was refused and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from tallystick.app.bootstrap import Node
from tallystick.identity import devices
from tallystick.ledger import Snapshot, View

named_max = 20
_page = 1000


@dataclass(slots=True)
class Told:
    """One device. `stopped`: (by entry, how, why) of its keys' ends; `stands`: entries that count, first and last.

    `after`: entries in its stream above the last stop, by a key that was not stopped. `refused`: (index, code).
    `caught`: (seq, day) of entries that were never appended.
    """

    device: str
    stopped: list[tuple[int, str, str]] = field(default_factory=list)
    count: int = 0
    first: int | None = None
    last: int | None = None
    after: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    refused_count: int = 0
    caught: list[tuple[int, str]] = field(default_factory=list)

    def took(self, index: int, outcome: str, code: str) -> None:
        if outcome == "refused":
            self.refused_count += 1
            if len(self.refused) < named_max:
                self.refused.append((index, code))
            return
        self.count += 1
        self.first = index if self.first is None else self.first
        self.last = index
        self.after += bool(self.stopped) and index > self.stopped[-1][0]

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "device": self.device,
            "stopped": [
                {"entry": index, "how": how, "why": why} for index, how, why in self.stopped
            ],
            "accepted": {"count": self.count, "first": self.first, "last": self.last},
            "after_last_stop": self.after,
            "refused": {
                "count": self.refused_count,
                "entries": [{"entry": index, "code": code} for index, code in self.refused],
            },
            "never_appended": [{"seq": seq, "seen": seen} for seq, seen in self.caught],
        }

    def lines(self) -> Iterator[str]:
        """For a person."""
        for index, how, why in self.stopped:
            yield f"{how} by entry {index} ({why})"
        if self.count:
            yield f"{self.count:,} accepted, entries {self.first:,} to {self.last:,}"
        if self.stopped:
            yield f"{self.after:,} accepted after the last stop"
        for index, code in self.refused:
            yield f"refused: entry {index}, {code}"
        if self.refused_count > len(self.refused):
            yield f"refused: {self.refused_count - len(self.refused):,} more"
        for seq, seen in self.caught:
            yield f"never appended: another entry for place {seq} of its stream, seen {seen}"


def told_of(node: Node) -> list[Told]:
    """Devices that were stopped, cloned, or had something refused; in order of their handles."""
    with node.reader.open() as snapshot, node.store.read() as transaction:
        known = {one.device: one for one in _stopped(snapshot)}
        for row in transaction.forks.all():
            caught = known.setdefault(row.device, Told(row.device)).caught
            if len(caught) < named_max:
                caught.append((row.seq, row.seen))
        for index, author, outcome, code in transaction.forks.numbered():
            one = known.get(author)
            if one is None and outcome == "refused" and snapshot.view.get("device", author):
                one = known[author] = Told(author)
                _count_before(transaction.forks.stretch(author), one, index)
            if one is not None:
                one.took(index, outcome, code)
    return [known[name] for name in sorted(known)]


def _count_before(rows: list[tuple[int, int, str]], one: Told, before: int) -> None:
    """What of a device was passed by before its first refusal made it worth telling."""
    for index, _, outcome in rows:
        if index < before:
            one.took(index, outcome, "")


def _stopped(snapshot: Snapshot) -> Iterator[Told]:
    after = ""
    view = snapshot.view
    while page := view.names("device", after=after, limit=_page):
        for name in page:
            found = _stops(view, name)
            if found:
                yield Told(name, found)
        after = page[-1]


def _stops(view: View, name: str) -> list[tuple[int, str, str]]:
    """When keys of the device ended, and what for."""
    row = cast(Mapping[str, Any], view.get("device", name))
    found = set[tuple[int, str, str]]()
    for key in cast(Mapping[str, Mapping[str, Any]], view.group("key", name)).values():
        if "until" in key:
            index = int(key["until"]) - 1
            reason = str(key.get("reason", ""))
            how = "key replaced" if reason == "replaced" else _how(row, index)
            found.add((index, how, reason))
    if not found and devices.device(view, name).state != "active":
        for how in ("retired", "replaced"):
            if how in row:
                found.add((int(row[how]["index"]), how, str(row[how].get("reason", how))))
    return sorted(found)


def _how(row: Mapping[str, Any], index: int) -> str:
    for how in ("retired", "replaced", "suspended"):
        if how in row and row[how]["index"] == index:
            return how
    return "key revoked"
