"""One run of an audit with rules: pieces are looked at by the crew, and judged here one entry after the other.

While an entry is judged, the next pieces are read, their signatures verified and their bodies hashed. What was
rebuilt is saved every few seconds, if it has a file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tallystick.ledger import merkle
from tallystick.ledger.auditing.crew import Crew
from tallystick.ledger.auditing.errors import AuditStateElsewhere
from tallystick.ledger.auditing.looking import look, unpack
from tallystick.ledger.auditing.pieces import Piece
from tallystick.ledger.entry import Submission
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.replay import NotSound, Replay
from tallystick.ledger.replayed import Record, Replayed
from tallystick.ledger.store.scratch import Scratch
from tallystick.ledger.verify import Verified, verify

Progress = Callable[[int, int], None]
save_every_s = 5


class Pieces(Protocol):
    """A log in pieces. `size`: how many entries there seem to be."""

    @property
    def size(self) -> int: ...

    def pieces(self, start: int) -> Iterator[Piece]:
        """All entries from `start` on."""
        ...


class Source(Pieces, Protocol):
    """A log that is audited."""

    def leaf(self, index: int) -> bytes | None:
        """One leaf; None if there is none."""
        ...

    def record(self, index: int) -> Record | None:
        """An earlier entry once more, for a rule that looks at it."""
        ...

    def root(self, size: int) -> bytes:
        """The root over the first `size` entries by the source's own tiles."""
        ...

    def check(self, row: Record, done: Replayed) -> None:
        """Raises `NotSound` if the source says other than what the replay gave."""
        ...


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a state file says of the log it is about. `sound`: it ended, and the log was sound at that size."""

    kind: str
    genesis: str
    sound: int = 0

    @staticmethod
    def of(told: Mapping[str, Any]) -> Earlier:
        return Earlier(told["kind"], told["genesis"], told["sound"])


def rest_on(scratch: Scratch, kind: str, source: Source) -> Earlier:
    """Hold what an earlier run left to the log that is audited now.

    Raises `AuditStateElsewhere`, or `NotSound` if the log is not the one that was audited up to there.
    """
    leaf = source.leaf(0)
    genesis = "" if leaf is None else merkle.leaf_hash(leaf).hex()
    told = scratch.where()
    if told is None:
        return Earlier(kind, genesis)
    earlier = Earlier.of(told)
    if earlier.genesis != genesis:
        raise AuditStateElsewhere("it is of another log: the genesis is another one")
    size = int(told["size"])
    if source.size < size:
        what = "what was audited before"
        raise NotSound(what, f"at least {size} entries", f"{source.size} entries")
    frontier = merkle.Frontier.decode(size, bytes.fromhex(told["frontier"]))
    if size and source.root(size) != frontier.root():
        what = f"what was audited before, root at size {size}"
        raise NotSound(what, frontier.root(), source.root(size))
    return earlier


def replay_all(
    replay: Replay, crew: Crew, source: Source, earlier: Earlier, progress: Progress | None = None
) -> None:
    """From where the replay is to the end; raises `NotSound`, or what the source raises."""
    saved = time.monotonic_ns()
    for piece, packed in crew.run(look, source.pieces(replay.size), replay.keys):
        _take(replay, source, piece, list(unpack(packed, replay.keys)))
        replay.breathe()
        if progress:
            progress(replay.size, source.size)
        if replay.scratch.path and time.monotonic_ns() - saved > save_every_s * 10**9:
            save(replay, earlier)
            saved = time.monotonic_ns()
    replay.flush()


def save(replay: Replay, earlier: Earlier, sound: int | None = None) -> None:
    """Where the replay stands, for whoever goes on."""
    upto = earlier.sound if sound is None else sound
    replay.save(kind=earlier.kind, genesis=earlier.genesis, sound=upto)


def _take(
    replay: Replay, source: Source, piece: Piece, rows: list[tuple[Record, Verified | None]]
) -> None:
    if replay.size == piece.start:
        known = [verified.entry if verified else _nobody for _, verified in rows]
        replay.expect(piece.start, known)
    for row, verified in rows:
        if row.index != replay.size:
            raise NotSound("entry", f"entry {replay.size}", f"entry {row.index}", replay.size)
        verdict = verified or verify(_submission(row), replay.keys)
        source.check(row, replay.take(row, verdict))
    if replay.size < piece.end:
        raise NotSound("entry", f"entry {replay.size}", "nothing", replay.size)


#: In the place of an entry that is looked at later.
_nobody = TallystickError("")


def _submission(record: Record) -> Submission:
    return Submission(record.leaf, record.body or b"", record.salt or b"", record.attachments)
