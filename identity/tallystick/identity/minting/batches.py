"""What the state says of a batch, and who may say of its codes that they were seen.

batch  <prefix>/<batch>                       {prefix, batch, count, root, owner, author, since, values}
batch  <prefix>/<batch> part share-<start>    {to, start, end, devices: [{to, start, end}]}
batch  <prefix>/<batch> part void-<start>     {start, end, reason, time, since}

Positions are of the sorted leaves: their order says nothing about the order in which codes were made, so
an interval of them is a random choice of the batch, of a known number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tallystick.identity import directory, records
from tallystick.identity.directory import NotEntitled, Speaker, UnknownParty
from tallystick.ledger import Document, RuleError, State

kind = "batch"
_share, _void = "share-", "void-"


class BatchUnknown(RuleError):
    code = "batch-unknown"
    title = "No batch was issued under this prefix and number"
    advice = "Check prefix and the first four characters of the serial."


class PositionsTaken(RuleError):
    code = "positions-taken"
    title = "These positions of the batch are assigned or voided already, or beyond its end"
    advice = "Take others; `tallystick mint show` lists what is free."


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch with its shares and voided positions, as the state has it."""

    name: str
    row: Mapping[str, Any]
    parts: Mapping[str, Document]

    @property
    def owner(self) -> str:
        return cast(str, self.row["owner"])

    @property
    def author(self) -> str:
        return cast(str, self.row["author"])

    @property
    def count(self) -> int:
        return cast(int, self.row["count"])

    @property
    def root(self) -> bytes:
        return bytes.fromhex(self.row["root"])

    @property
    def public(self) -> bool:
        """Whether anybody may read what its codes say."""
        return all(records.is_public(value) for value in self.row["values"])

    def shares(self) -> Iterator[Mapping[str, Any]]:
        return self._parts(_share)

    def voids(self) -> Iterator[Mapping[str, Any]]:
        return self._parts(_void)

    def share_of(self, position: int) -> Mapping[str, Any] | None:
        return self._covering(_share, position)

    def void_of(self, position: int) -> Mapping[str, Any] | None:
        return self._covering(_void, position)

    def require_free(self, parts: str, start: int, end: int) -> None:
        """Raises `PositionsTaken` unless no part of this sort meets [start, end)."""
        if end > self.count:
            raise PositionsTaken(f"{self.name} has {self.count} positions")
        last = self._covering(parts, end - 1, strict=False)
        if last is not None and last["end"] > start:
            raise PositionsTaken(f"{self.name}: {max(start, last['start'])} up to {last['end']}")

    def _parts(self, sort: str) -> Iterator[Mapping[str, Any]]:
        return (cast(Any, doc) for part, doc in self.parts.items() if part.startswith(sort))

    def _covering(
        self, sort: str, position: int, *, strict: bool = True
    ) -> Mapping[str, Any] | None:
        """The part of this sort that covers a position; if not strict, the last that begins before."""
        names = [part for part in self.parts if part.startswith(sort)]
        at = bisect_right(names, part_name(sort, position)) - 1
        if at < 0:
            return None
        found = cast(Mapping[str, Any], self.parts[names[at]])
        return found if not strict or position < found["end"] else None


def share_part(start: int) -> str:
    return part_name(_share, start)


def void_part(start: int) -> str:
    return part_name(_void, start)


def part_name(sort: str, start: int) -> str:
    """Parts sort as positions do."""
    return f"{sort}{start:010d}"


def name_of(prefix: str, batch: str) -> str:
    return f"{prefix}/{batch}"


def find(state: State, prefix: str, batch: str) -> Batch | None:
    name = name_of(prefix, batch)
    parts = state.group(kind, name)
    row = parts.get("")
    return None if row is None else Batch(name, cast(Mapping[str, Any], row), parts)


def require(state: State, prefix: str, batch: str) -> Batch:
    """Raises `BatchUnknown`."""
    found = find(state, prefix, batch)
    if found is None:
        raise BatchUnknown(name_of(prefix, batch))
    return found


def made_for(state: State, batch: Batch, position: int) -> str:
    """The organisation whose code this is to make: its owner, unless it was assigned."""
    share = batch.share_of(position)
    return batch.owner if share is None else organisation_of(state, batch, share)


def made_by(state: State, handle: str) -> str | None:
    """The organisation to which a code was assigned before it was seen; None for other handles."""
    found = records.find(state, handle)
    return None if found is None else cast(str | None, found.get("made_by"))


def may_see(state: State, batch: Batch, position: int, who: Speaker) -> bool:
    """Whether a party may say that a code of this position was seen.

    A device only what was assigned to it or to its organisation; others what their organisation has.
    """
    share = batch.share_of(position)
    if share is None:
        return who.organisation == batch.owner
    if who.organisation != organisation_of(state, batch, share):
        return False
    return who.kind != "device" or who.handle in _told(share, position, who)


def organisation_of(state: State, batch: Batch, share: Mapping[str, Any]) -> str:
    """Whose share it is; the owner's, if its maker stayed in the log from which the batch came."""
    try:
        return directory.speaker(state, share["to"]).organisation
    except UnknownParty:
        return batch.owner


def require_may_see(state: State, batch: Batch, position: int, who: Speaker) -> None:
    if not may_see(state, batch, position, who):
        raise NotEntitled(f"this code of {batch.name} is not assigned to {who.handle}")


def _told(share: Mapping[str, Any], position: int, who: Speaker) -> Sequence[str]:
    """The devices to which the position is assigned; any of the organisation if to none."""
    if share["to"] != who.organisation:
        return [share["to"]]
    devices = share.get("devices", ())
    return [one["to"] for one in devices if one["start"] <= position < one["end"]] or [who.handle]
