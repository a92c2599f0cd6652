"""Replaying an export: the audit of a folder, and the import of one into an empty store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from tallystick.ledger import rebuilt, system
from tallystick.ledger.attended import Attended, Name, StillThere, erased_names
from tallystick.ledger.audit import Audited
from tallystick.ledger.checker import Checker
from tallystick.ledger.claims import (
    check_checkpoints,
    check_log_key,
    check_note,
    claimed_size,
)
from tallystick.ledger.collector import relaxed_collector
from tallystick.ledger.erasure import erase_named
from tallystick.ledger.errors import LogExists
from tallystick.ledger.export.errors import ExportRecordRefused, ExportTreeDiffers
from tallystick.ledger.export.read import Export
from tallystick.ledger.governance import policy_text
from tallystick.ledger.merkle import tree_root
from tallystick.ledger.replay import NotSound, Replay, Replayed
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
) -> Audited:
    """Check everything in a full export, without a store. `pinned` is a checkpoint kept elsewhere.

    Raises `ExportRefused`, or `NotSound` for what only the replay finds.
    """
    with relaxed_collector():
        run = _Run(export, Replay(rules, directory, checker), pinned, progress)
        for _ in run.entries():
            pass
        return run.conclude(run.still_there)


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
        run = _Run(export, Replay(rules, directory, checker), pinned, progress)
        writer = _Writer(transaction)
        for done in run.entries():
            writer.take(done)
        # An export that was cut before an erasure, and grew after it, still holds what was erased.
        found = run.conclude(lambda _: ())
        writer.finish(run.replay, run.checkpoints, export)
        _check_stored(transaction, run, writer.counts)
        erase_named(transaction, erased_names(run.replay))
        return found


class _Run:
    """One replay of an export, from its sums to its last checkpoint."""

    def __init__(
        self, export: Export, replay: Replay, pinned: str | None, progress: Progress | None
    ) -> None:
        export.require_full()
        export.check_sums(progress)
        self.export, self.replay, self._pinned = export, replay, pinned
        self.checkpoints = export.checkpoints()
        self._progress = progress
        self._refused = self._blocks = self._contradictions = 0
        self._attached = Attended()
        replay.find = lambda index: export.record(replay.rules, index)

    def entries(self) -> Iterator[Replayed]:
        """Each entry as it was judged again."""
        export, replay = self.export, self.replay
        claimed = claimed_size(self._pinned or "")
        sizes = {*(size for size, _ in self.checkpoints), *([claimed] if claimed else ())}
        for done in replay.run(export.records(replay.rules), sizes):
            missing = self._attached.take(replay.rules, done)
            if missing and done.record.index not in export.erased:
                index = done.record.index
                raise ExportRecordRefused(f"attachments of entry {index} are left out")
            self._contradictions += done.outcome.contradiction is not None
            self._refused += done.outcome.refusal is not None
            self._blocks += done.verified.entry.type == system.block_type
            if self._progress:
                self._progress(replay.size, export.size)
            yield done

    def still_there(self, names: Sequence[Name]) -> Sequence[Name]:
        """Those of these erased attachments that the export holds."""
        found: list[Name] = []
        for index in sorted({index for index, _ in names}):
            record = self.export.record(self.replay.rules, index)
            there = {one.hash() for one in record.attachments} if record else set()
            found += [name for name in names if name[0] == index and name[1] in there]
        return found

    def conclude(self, still_there: StillThere) -> Audited:
        """What the replay gave is what tiles, checkpoints and policy say."""
        export, replay = self.export, self.replay
        self._attached.check(replay, still_there)
        if replay.size == 0:
            raise NotSound("entry", "a genesis", "nothing", 0)
        check_log_key(replay, None if export.is_cut else export.verifier)
        check_log_key(replay, export.pinned)
        if replay.tiles.frontier.root() != export.checkpoint.root:
            raise ExportTreeDiffers(f"the root at size {export.size} is not the checkpoint's")
        for (level, n), hashes in replay.tiles.touched.items():
            name, data = export.tile(level, n)
            if data != hashes:
                raise ExportTreeDiffers(f"{name} does not hold the hashes of these entries")
        check_checkpoints(replay, self.checkpoints)
        if replay.block_size != replay.size:
            raise NotSound("newest checkpoint", "a block as its last leaf", "another entry")
        if self._pinned is not None:
            check_note(replay, self._pinned, "the checkpoint given")
        told = policy_text(replay.state, export.size)
        if told != export.policy and not export.is_cut:
            raise NotSound("policy", told, export.policy)
        return self._found()

    def _found(self) -> Audited:
        replay = self.replay
        return Audited(
            origin=self.export.about.origin,
            size=replay.size,
            root=self.export.checkpoint.root,
            state=replay.judge.chain,
            blocks=self._blocks,
            checkpoints=len(self.checkpoints),
            # Of the newest checkpoint alone: an export holds no others.
            cosignatures=len(self.export.cosignatures),
            final=int(self.export.is_final),
            refused=self._refused,
            documents=sum(1 for _ in replay.state.documents()),
            attachments_missing=self._attached.missing,
            contradictions=self._contradictions,
            attachments=self._attached.told(),
        )


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


def _check_stored(transaction: Transaction, run: _Run, written: Mapping[str, int]) -> None:
    """What stands in the store, read back, before it is committed."""
    tree, size = transaction.tree(), run.export.size
    if tree != rebuilt.tree_state(run.replay) or written["entry"] != size:
        raise NotSound("what was imported", f"{size} entries", tree)
    newest = transaction.checkpoint()
    if newest != run.checkpoints[-1]:
        raise NotSound("what was imported, newest checkpoint", run.checkpoints[-1], newest)
    if tree_root(node_reader(transaction.tile), size) != run.export.checkpoint.root:
        raise NotSound("what was imported", "tiles of the checkpoint's root", "other tiles")
    for table, rows in written.items():
        if transaction.count(table) != rows:
            raise NotSound(f"rows of table {table}", rows, transaction.count(table))
