"""The audit of a store: replay everything, then compare every table with what replay gives.

Order: each entry with its columns, tiles and body; then checkpoints with their cosignatures, the signer's
memory and a pinned checkpoint; then every projection, row by row. The first thing that differs is raised as `NotSound`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tallystick.ledger import rebuilt, tiles
from tallystick.ledger.audit_cosignatures import check_cosignatures
from tallystick.ledger.auditing.comparing import compare_tables
from tallystick.ledger.auditing.crew import Crew
from tallystick.ledger.auditing.pieces import Row, StorePiece, piece_entries
from tallystick.ledger.auditing.run import replay_all, rest_on, save
from tallystick.ledger.bls.logged import kept_certificates
from tallystick.ledger.checker import Checker
from tallystick.ledger.claims import (
    check_checkpoints,
    check_log_key,
    check_note,
)
from tallystick.ledger.collector import relaxed_collector
from tallystick.ledger.errors import NoLog
from tallystick.ledger.governance import log_policy, log_verifier
from tallystick.ledger.note import Verifier
from tallystick.ledger.replay import NotSound, Replay, Replayed
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.signer import SignerMemory
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.store import EntryRow, Store, StoreDamaged, Transaction, TreeState
from tallystick.ledger.store.audit_rows import count_outside, index_end
from tallystick.ledger.store.scratch import Scratch

with_rules = "with rules, of a database"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Audited:
    """What a sound log was found to hold.

    `since`: entries below it were replayed by earlier runs, and rest on the state file that those left.
    """

    origin: str
    size: int
    root: bytes
    state: bytes
    blocks: int
    checkpoints: int
    cosignatures: int
    final: int
    refused: int
    documents: int
    attachments_missing: int
    contradictions: int
    since: int = 0


def audit(
    store: Store,
    rules: RuleSet,
    directory: KeyDirectory,
    checker: Checker,
    *,
    memory: SignerMemory | None = None,
    pinned: str | None = None,
    verifier: Verifier | None = None,
    progress: Progress | None = None,
    crew: Crew | None = None,
    state: Path | None = None,
) -> Audited:
    """Raises `NotSound`. `pinned` is a checkpoint kept elsewhere; `verifier` a pinned log key.

    `crew`: the processes that share the work. `state`: a file to go on from, and to keep what was replayed in.
    """
    ours = crew or Crew(0, checker.admit, lambda: rules)
    try:
        with relaxed_collector(), scratch_at(state, ours) as scratch, store.read() as transaction:
            run = _Run(store.url, transaction, rules, directory, checker, ours, scratch)
            return run.audit(memory, pinned, verifier, progress)
    except StoreDamaged as error:
        raise NotSound("database", "rows that can be read", error.detail) from None


@contextmanager
def scratch_at(state: Path | None, crew: Crew) -> Iterator[Scratch]:
    """The state file; without one, a file of this run alone. Raises `AuditStateDamaged`."""
    with ExitStack() as stack:
        path = state
        if path is None and crew.processes:
            folder = stack.enter_context(TemporaryDirectory(prefix="tallystick-audit-"))
            path = Path(folder) / "state"
        scratch = Scratch(path)
        stack.callback(scratch.close)
        yield scratch


class _Run:
    """One audit of a database, in one snapshot of it."""

    def __init__(
        self,
        url: str,
        transaction: Transaction,
        rules: RuleSet,
        directory: KeyDirectory,
        checker: Checker,
        crew: Crew,
        scratch: Scratch,
    ) -> None:
        tree = transaction.tree()
        if tree is None and transaction.count("entry"):
            raise NotSound("tree_state", "one row", "nothing")
        if tree is None:
            raise NoLog("the database is empty")
        if transaction.count("tree_state") != 1:
            raise NotSound("rows of table tree_state", 1, transaction.count("tree_state"))
        self._tree = tree
        self._transaction = transaction
        self._crew = crew
        self._source = StoreSource(url, transaction)
        self._earlier = rest_on(scratch, with_rules, self._source)
        self._replay = Replay(rules, directory, checker, scratch)

    def audit(
        self,
        memory: SignerMemory | None,
        pinned: str | None,
        verifier: Verifier | None,
        progress: Progress | None,
    ) -> Audited:
        replay, transaction = self._replay, self._transaction
        since = replay.size
        notes = [(size, note) for size, note in transaction.rows("checkpoint")]
        replay_all(replay, self._crew, self._source, self._earlier, progress)
        self._source.check_counts(replay, since)
        if replay.size == 0:
            raise NotSound("entry", "a genesis", "nothing", 0)
        check_log_key(replay, verifier)
        _check_memory(replay, memory, bool(notes) and pinned is None)
        if pinned is not None:
            check_note(replay, pinned, "the checkpoint given")
        _check_tree(replay, self._tree)
        check_checkpoints(replay, notes)
        cosignatures, final = check_cosignatures(
            transaction,
            dict(notes),
            lambda size: log_policy(replay.state, size),
            kept_certificates(replay.state),
        )
        save(replay, self._earlier)
        compare_tables(transaction, self._source.url, replay, self._crew)
        save(replay, self._earlier, sound=replay.size)
        tally = replay.tally
        return Audited(
            log_verifier(replay.state).name,
            replay.size,
            self._tree.root,
            self._tree.state,
            tally.blocks,
            len(notes),
            cosignatures,
            final,
            tally.refused,
            replay.scratch.count("document"),
            tally.attachments_missing,
            tally.contradictions,
            since,
        )


class StoreSource:
    """A database, as it stands in one snapshot."""

    def __init__(self, url: str, transaction: Transaction) -> None:
        self.url = url
        self.size = index_end(transaction)
        self._transaction = transaction
        self._counts = {"entry": 0, "body": 0, "attachment": 0}

    def pieces(self, start: int) -> Iterator[StorePiece]:
        for low in range(start, self.size, piece_entries):
            high = min(low + piece_entries, self.size)
            yield StorePiece(self.url, low, high, self._transaction)

    def leaf(self, index: int) -> bytes | None:
        row = self._transaction.entry(index)
        return None if row is None else row.leaf

    def root(self, size: int) -> bytes:
        try:
            return tiles.root(self._transaction.tiles, size)
        except tiles.TilePathRefused as error:
            raise NotSound("table tile", "a tile for every hash", error.detail) from None

    def check(self, row: Row, done: Replayed) -> None:
        """Raises `NotSound` if a column says other than what the leaf and the replay say."""
        self._counts["entry"] += 1
        self._counts["body"] += row.body is not None
        self._counts["attachment"] += len(row.attachments)
        refusal, told = done.outcome.refusal, row.told or ()
        outcome = ("refused", refusal.code) if refusal else ("accepted", None)
        if told == (*outcome, done.time):
            return
        expected = rebuilt.entry_row(done)
        found = dict(zip(_columns, told, strict=True)) if len(told) == len(_columns) else {}
        if not found:
            found = dict(zip(("outcome", "code", "time"), told, strict=True))
        for name, value in found.items():
            if getattr(expected, name) != value:
                raise NotSound(f"column {name}", getattr(expected, name), value, row.index)

    def check_counts(self, replay: Replay, since: int) -> None:
        """Raises `NotSound` if a log table holds rows that belong to no entry."""
        for table, seen in self._counts.items():
            found = count_outside(self._transaction, table, since)
            if found != seen:
                raise NotSound(f"rows of table {table}", seen, found)


_columns = tuple(name for name in EntryRow.__dataclass_fields__ if name not in ("index", "leaf"))


def _check_tree(replay: Replay, tree: TreeState) -> None:
    told = rebuilt.tree_state(replay)
    for name in TreeState.__dataclass_fields__:
        if getattr(tree, name) != getattr(told, name):
            raise NotSound(f"tree_state {name}", getattr(told, name), getattr(tree, name))


def _check_memory(replay: Replay, memory: SignerMemory | None, signed: bool) -> None:
    """`signed`: checkpoints are there, and nobody kept one elsewhere: then the memory must know one."""
    if memory is None:
        return
    size, root = memory.load()
    if size == 0 and signed:
        raise NotSound("the signer's memory", "the last checkpoint it signed", "nothing")
    if size > replay.size:
        raise NotSound("the signer's memory", f"at least {size} entries", f"{replay.size} entries")
    if size and replay.root_at(size) != root:
        what = f"the signer's memory, root at size {size}"
        raise NotSound(what, root, replay.root_at(size))
