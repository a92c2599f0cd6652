"""A log that somebody serves, audited from afar: entries in bulk as its reader may see them, tiles, a checkpoint.

The next entries are fetched while those before are looked at. Nothing served is believed: what was gone through
must lead to the root that the log signed, and every tile must hold the hashes of these entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tallystick.ledger import merkle, tiles
from tallystick.ledger.attended import Name, attend, held_in
from tallystick.ledger.auditing.audited import (
    Audited,
    Held,
    found,
    keep,
    run_through,
    scratch_at,
    standing_at,
)
from tallystick.ledger.auditing.crew import Crew
from tallystick.ledger.auditing.errors import (
    AuditAnswerRefused,
    AuditSeesTooLittle,
    AuditSourceRefused,
    AuditSourceUnreachable,
)
from tallystick.ledger.auditing.run import Progress
from tallystick.ledger.auditing.unruled import Unruled
from tallystick.ledger.checker import Checker
from tallystick.ledger.checkpoint import Checkpoint
from tallystick.ledger.claims import check_note
from tallystick.ledger.collector import relaxed_collector
from tallystick.ledger.errors import NoLog
from tallystick.ledger.governance import log_policy
from tallystick.ledger.mirror.errors import (
    OperatorAnswerRefused,
    OperatorRefused,
    OperatorUnreachable,
)
from tallystick.ledger.mirror.stretch import Sent, outcome_word, read_stretch
from tallystick.ledger.note import Note
from tallystick.ledger.replay import NotSound, Replay
from tallystick.ledger.replayed import Record, Replayed
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.witness import cosign_times

tiles_kept_max = 64


class Server(Protocol):
    """The log's operator or a mirror, as `mirror.Operator` and `mirror.StoreSource` are."""

    def newest(self) -> str | None: ...

    def stretch(self, first: int, end: int) -> bytes: ...

    def tile(self, path: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class ServedPiece:
    """Entries as they were sent. `hashes`: the leaf hashes from `start` on, where some are withheld."""

    start: int
    end: int
    data: bytes
    hashes: dict[int, bytes]

    def rows(self, rules: RuleSet) -> Iterator[Record]:
        for sent in read_stretch(self.data, self.start):
            yield Record(
                sent.index, sent.leaf or b"", sent.salt, sent.body, sent.attachments,
                (sent.outcome,), withheld=sent.withheld,
            )  # fmt: skip

    def leaf_tile(self, n: int) -> bytes | None:
        return self.hashes.get(n)


class ServedSource:
    """A log behind a server, up to its newest checkpoint."""

    def __init__(self, server: Server, *, ruled: bool) -> None:
        """Raises `NoLog`, `AuditSourceUnreachable`, `AuditSourceRefused` or `AuditAnswerRefused`."""
        self._server, self._ruled = server, ruled
        with _named():
            note = server.newest()
        if note is None:
            raise NoLog("there is no checkpoint yet")
        self.note = note
        self.checkpoint = Checkpoint.parse(Note.parse(note).text)
        self._kept: dict[tuple[int, int], bytes] = {}

    @property
    def size(self) -> int:
        return self.checkpoint.size

    def pieces(self, start: int) -> Iterator[ServedPiece]:
        with ThreadPoolExecutor(1, "audit-fetch") as pool:
            coming: Future[ServedPiece] | None = pool.submit(self._fetch, start)
            while coming is not None and start < self.size:
                piece = coming.result()
                start = piece.end
                coming = pool.submit(self._fetch, start) if start < self.size else None
                yield piece

    def leaf(self, index: int) -> bytes | None:
        if index >= self.size:
            return None
        with _named():
            for sent in read_stretch(self._server.stretch(index, index + 1), index):
                return sent.leaf
        return None

    def record(self, index: int) -> Record | None:
        with _named():
            for sent in read_stretch(self._server.stretch(index, index + 1), index):
                return Record(index, sent.leaf or b"", sent.salt, sent.body, sent.attachments)
        return None

    def still_there(self, names: Sequence[Name]) -> Sequence[Name]:
        return held_in(self.record, names)

    def root(self, size: int) -> bytes:
        return merkle.tree_root(tiles.node_reader(self.tile), size)

    def tile(self, level: int, n: int) -> bytes:
        """A tile as it is at this size."""
        kept = self._kept.get((level, n))
        if kept is None:
            width = tiles.width_at(level, n, self.size)
            path = tiles.path(level, n, width % tiles.width)
            with _named():
                kept = self._server.tile(path)
            if len(kept) != width * tiles.hash_bytes:
                raise AuditAnswerRefused(f"{path} has {len(kept)} bytes")
            if len(self._kept) >= tiles_kept_max:
                self._kept.clear()
            self._kept[level, n] = kept
        return kept

    def check(self, row: Record, done: Replayed) -> None:
        """Raises `NotSound` if the server says another outcome."""
        refusal = done.outcome.refusal
        ours = outcome_word("refused", refusal.code) if refusal else outcome_word("accepted", None)
        if row.told != (ours,):
            raise NotSound("outcome as served", ours, (row.told or ("nothing",))[0], row.index)

    def check_tiles(self, standing: Replay | Unruled, since: int) -> None:
        """Each tile that grew since; raises `NotSound`."""
        for level, n, hashes in standing.scratch.rows("tile"):
            if (n + 1) * tiles.width << 8 * level > since and self.tile(level, n) != bytes(hashes):
                name = tiles.path(level, n, len(hashes) // tiles.hash_bytes % tiles.width)
                raise NotSound(f"{name} as served", "the hashes of these entries", "others")

    def _fetch(self, start: int) -> ServedPiece:
        with _named():
            data = self._server.stretch(start, self.size)
            sent = list(read_stretch(data, start))
        if not 0 < len(sent) <= self.size - start:
            raise AuditAnswerRefused(f"{len(sent)} entries from {start} on")
        hidden = [one for one in sent if one.leaf is None or (self._ruled and _cut(one))]
        if hidden and self._ruled:
            raise AuditSeesTooLittle(f"entry {hidden[0].index} is not shown whole")
        numbers = {one.index // tiles.width for one in hidden}
        hashes = {n: self.tile(0, n) for n in sorted(numbers)}
        return ServedPiece(start, start + len(sent), data, hashes)


def audit_served(
    server: Server,
    rules: RuleSet,
    directory: KeyDirectory,
    checker: Checker,
    held: Held,
    *,
    progress: Progress | None = None,
    crew: Crew | None = None,
    state: Path | None = None,
    ruled: bool = True,
) -> Audited:
    """As `audit`, of a log behind a server. Raises `NotSound`, or why it could not be read."""
    ours = crew or Crew(0, checker.admit, lambda: rules)
    source = ServedSource(server, ruled=ruled)
    with relaxed_collector(), scratch_at(state, ours) as scratch:
        standing = standing_at(scratch, rules, directory, checker, ruled=ruled)
        since, earlier = run_through(standing, ours, source, progress)
        keep(standing, earlier, sound=False)
        held.check(standing, signed=True)
        check_note(standing, source.note, "the checkpoint served")
        if standing.block_size != standing.size:
            raise NotSound("newest checkpoint", "a block as its last leaf", "another entry")
        source.check_tiles(standing, since)
        policy = log_policy(standing.state, standing.size)
        names = cosign_times(Note.parse(source.note), policy).keys()
        final = not policy.is_none and policy.judge(names).met
        attended = attend(standing, source)
        keep(standing, earlier, sound=True)
        return found(standing, since, 1, len(names), int(final), attended)


def _cut(sent: Sent) -> bool:
    return sent.body is None or sent.withheld > 0


@contextmanager
def _named() -> Iterator[None]:
    """Errors of who fetches, as an auditor meets them."""
    try:
        yield
    except OperatorUnreachable as error:
        raise AuditSourceUnreachable(error.detail) from None
    except OperatorRefused as error:
        raise AuditSourceRefused(error.detail) from None
    except OperatorAnswerRefused as error:
        raise AuditAnswerRefused(error.detail) from None
