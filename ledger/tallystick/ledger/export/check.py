"""Replaying an export: the audit of a folder, and the import of one into an empty store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from tallystick.ledger import rebuilt
from tallystick.ledger.attended import attend, erased_names
from tallystick.ledger.auditing.audited import (
    Audited,
    found,
    keep,
    run_through,
    scratch_at,
    standing_at,
)
from tallystick.ledger.auditing.crew import Crew
from tallystick.ledger.auditing.unruled import Unruled
from tallystick.ledger.checker import Checker
from tallystick.ledger.claims import (
    check_checkpoints,
    check_log_key,
    check_note,
)
from tallystick.ledger.collector import relaxed_collector
from tallystick.ledger.erasure import erase_named
from tallystick.ledger.errors import LogExists
from tallystick.ledger.export.errors import ExportTreeDiffers
from tallystick.ledger.export.final import FinalCheckpoint, judge_final
from tallystick.ledger.export.read import Export
from tallystick.ledger.export.source import ExportSource, check_attachments
from tallystick.ledger.governance import policy_text
from tallystick.ledger.merkle import tree_root
from tallystick.ledger.replay import NotSound, Replay
from tallystick.ledger.replayed import Replayed
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.store import EntryRow, Store, Transaction
from tallystick.ledger.tiles import node_reader

Progress = Callable[[int, int], None]
rows_at_once = 1024
bytes_at_once = 16 << 20


def audit_export(
    export: Export,
    rules: RuleSet,
    directory: KeyDirectory,
    checker: Checker,
    *,
    pinned: str | None = None,
    progress: Progress | None = None,
    crew: Crew | None = None,
    state: Path | None = None,
    ruled: bool = True,
) -> Audited:
    """Check everything in a full export, without a store. `pinned` is a checkpoint kept elsewhere.

    `crew`, `state` and `ruled` as in `audit`. Raises `ExportRefused`, or `NotSound` for what only going through
    the log finds.
    """
    ours = crew or Crew(0, checker.admit, lambda: rules)
    with relaxed_collector(), scratch_at(state, ours) as scratch:
        _require_whole(export, progress)
        standing = standing_at(scratch, rules, directory, checker, ruled=ruled)
        checkpoints, source = export.checkpoints(), ExportSource(export, rules)
        since, earlier = run_through(standing, ours, source, progress)
        before = conclude(export, standing, checkpoints, pinned)
        attended = attend(standing, source)
        keep(standing, earlier, sound=True)
        return found(standing, since, len(checkpoints), *_cosigned(export, before), attended)


def import_log(
    export: Export,
    store: Store,
    rules: RuleSet,
    directory: KeyDirectory,
    checker: Checker,
    *,
    pinned: str | None = None,
    progress: Progress | None = None,
) -> Audited:
    """As `audit_export`, and lay everything down in an empty store: all of it, or nothing.

    One transaction holds the whole import. Raises `LogExists` unless the store is empty.
    """
    store.migrate()
    with store.read() as transaction:
        _refuse_existing(transaction)
    with relaxed_collector(), store.write() as transaction:
        _refuse_existing(transaction)
        _require_whole(export, progress)
        replay, writer = Replay(rules, directory, checker), _Writer(transaction)
        replay.find = lambda index: export.record(rules, index)
        checkpoints = export.checkpoints()
        for done in replay.run(export.records(rules)):
            check_attachments(done, erased=done.record.index in export.erased)
            writer.take(done)
            if progress:
                progress(replay.size, export.size)
        before = conclude(export, replay, checkpoints, pinned)
        writer.finish(replay, checkpoints, export)
        if before is not None:
            transaction.cosignatures.put(before.size, before.lines, final=True)
        _check_stored(transaction, replay, checkpoints, export, writer.counts)
        # An export that was cut before an erasure, and grew after it, still holds what was erased.
        erase_named(transaction, erased_names(replay))
        cosigned = _cosigned(export, before)
        return found(replay, 0, len(checkpoints), *cosigned, attend(replay, None))


def _cosigned(export: Export, before: FinalCheckpoint | None) -> tuple[int, int]:
    """How many cosignatures and final checkpoints: of the newest one and, if it waits, the newest final one."""
    lines = len(export.cosignatures) + (len(before.lines) if before else 0)
    return lines, int(export.is_final) + int(before is not None)


def _require_whole(export: Export, progress: Progress | None) -> None:
    """Raises `ExportPartial`, `ExportChanged`."""
    export.require_full()
    export.check_sums(progress)


def conclude(
    export: Export,
    standing: Replay | Unruled,
    checkpoints: list[tuple[int, str]],
    pinned: str | None,
) -> FinalCheckpoint | None:
    """What was gone through is what tiles, checkpoints and policy say; the newest final one that lies behind."""
    if standing.size == 0:
        raise NotSound("entry", "a genesis", "nothing", 0)
    check_log_key(standing, None if export.is_cut else export.verifier)
    check_log_key(standing, export.pinned)
    if standing.tiles.frontier.root() != export.checkpoint.root:
        raise ExportTreeDiffers(f"the root at size {export.size} is not the checkpoint's")
    standing.flush()
    for level, n, hashes in standing.scratch.rows("tile"):
        name, data = export.tile(level, n)
        if data != hashes:
            raise ExportTreeDiffers(f"{name} does not hold the hashes of these entries")
    check_checkpoints(standing, checkpoints)
    if standing.block_size != standing.size:
        raise NotSound("newest checkpoint", "a block as its last leaf", "another entry")
    if pinned is not None:
        check_note(standing, pinned, "the checkpoint given")
    told = policy_text(standing.state, export.size)
    if told != export.policy and not export.is_cut:
        raise NotSound("policy", told, export.policy)
    return judge_final(export.final, checkpoints, standing.state) if export.final else None


class _Writer:
    """Lays replayed entries down, some at a time, and what follows from all of them at the end."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._rows: list[EntryRow] = []
        self._done: list[Replayed] = []
        self._bytes = 0
        #: Rows written by table.
        self.counts: Counter[str] = Counter()

    def take(self, done: Replayed) -> None:
        self._rows.append(rebuilt.entry_row(done))
        self._done.append(done)
        self._bytes += len(done.record.body or b"")
        self._bytes += sum(len(attachment.data) for attachment in done.record.attachments)
        if len(self._rows) >= rows_at_once or self._bytes >= bytes_at_once:
            self._flush()

    def finish(self, replay: Replay, checkpoints: list[tuple[int, str]], export: Export) -> None:
        """Tiles, projections, checkpoints, cosignatures, and the row that says where the log stands."""
        self._flush()
        t, made = self._transaction, rebuilt.tables(replay)
        for table, rows in made.items():
            for some in _some(rows):
                t.fill(table, some)
                self.counts[table] += len(some)
        for size, note in checkpoints:
            t.add_checkpoint(size, note)
        if export.cosignatures:
            t.cosignatures.put(export.size, export.cosignatures, final=export.is_final)
        t.set_tree(None, rebuilt.tree_state(replay))

    def _flush(self) -> None:
        t = self._transaction
        records = [done.record for done in self._done]
        t.add_entries(self._rows)
        t.add_bodies([(r.index, r.salt or b"", r.body or b"") for r in records])
        t.add_attachments([(r.index, a) for r in records for a in r.attachments])
        self.counts["entry"] += len(records)
        self.counts["attachment"] += sum(len(r.attachments) for r in records)
        self.counts["attachment_key"] = self.counts["attachment"]
        self._rows, self._done, self._bytes = [], [], 0


def _some(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """At most `rows_at_once` together."""
    source = iter(rows)
    while some := list(islice(source, rows_at_once)):
        yield some


def _refuse_existing(transaction: Transaction) -> None:
    if transaction.tree() is not None or transaction.count("entry"):
        raise LogExists("an import goes into an empty store")


def _check_stored(
    transaction: Transaction,
    replay: Replay,
    checkpoints: list[tuple[int, str]],
    export: Export,
    written: Mapping[str, int],
) -> None:
    """What stands in the store, read back, before it is committed."""
    tree, size = transaction.tree(), export.size
    if tree != rebuilt.tree_state(replay) or written["entry"] != size:
        raise NotSound("what was imported", f"{size} entries", tree)
    newest = transaction.checkpoint()
    if newest != checkpoints[-1]:
        raise NotSound("what was imported, newest checkpoint", checkpoints[-1], newest)
    if tree_root(node_reader(transaction.tile), size) != export.checkpoint.root:
        raise NotSound("what was imported", "tiles of the checkpoint's root", "other tiles")
    for table, rows in written.items():
        if transaction.count(table) != rows:
            raise NotSound(f"rows of table {table}", rows, transaction.count(table))
