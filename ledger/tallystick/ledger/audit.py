"""The audit of a store: replay everything, then compare every table with what replay gives.

Order: each entry with its columns, tiles and body; then checkpoints with their cosignatures, the signer's
memory and a pinned checkpoint; then every projection, row by row. The first thing that differs is raised as `NotSound`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from tallystick.ledger import rebuilt, system
from tallystick.ledger.attended import Attachments, Attended
from tallystick.ledger.audit_cosignatures import check_cosignatures
from tallystick.ledger.bls.logged import kept_certificates
from tallystick.ledger.checker import Checker
from tallystick.ledger.claims import (
    check_checkpoints,
    check_log_key,
    check_note,
    claimed_size,
)
from tallystick.ledger.collector import relaxed_collector
from tallystick.ledger.errors import NoLog
from tallystick.ledger.governance import log_policy, log_verifier
from tallystick.ledger.note import Verifier
from tallystick.ledger.replay import NotSound, Record, Replay, Replayed
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.signer import SignerMemory
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.store import EntryRow, Store, StoreDamaged, Transaction, TreeState

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Audited:
    """What a sound log was found to hold."""

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
    attachments: Attachments


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
) -> Audited:
    """Raises `NotSound`. `pinned` is a checkpoint kept elsewhere; `verifier` a pinned log key."""
    try:
        with relaxed_collector(), store.read() as transaction:
            replay = Replay(rules, directory, checker)
            return _audit(transaction, replay, memory, pinned, verifier, progress)
    except StoreDamaged as error:
        raise NotSound("database", "rows that can be read", error.detail) from None


def _audit(
    transaction: Transaction,
    replay: Replay,
    memory: SignerMemory | None,
    pinned: str | None,
    verifier: Verifier | None,
    progress: Progress | None,
) -> Audited:
    tree = transaction.tree()
    if tree is None and transaction.count("entry"):
        raise NotSound("tree_state", "one row", "nothing")
    if tree is None:
        raise NoLog("the database is empty")
    if transaction.count("tree_state") != 1:
        raise NotSound("rows of table tree_state", 1, transaction.count("tree_state"))
    notes = [(size, note) for size, note in transaction.rows("checkpoint")]
    size, root = memory.load() if memory else (0, b"")
    claimed = [claimed_size(note) for _, note in notes] + [claimed_size(pinned or "")]
    leaves = _Leaves(transaction)
    replay.find = leaves.find
    attached = Attended()
    refused = blocks = contradictions = 0
    for done in replay.run(leaves.records(), {size, *(c for c in claimed if c)}):
        leaves.check(done)
        refused += done.outcome.refusal is not None
        contradictions += done.outcome.contradiction is not None
        attached.take(replay.rules, done)
        blocks += done.verified.entry.type == system.block_type
        if progress:
            progress(replay.size, tree.size)
    leaves.check_counts()
    if replay.size == 0:
        raise NotSound("entry", "a genesis", "nothing", 0)
    check_log_key(replay, verifier)
    if memory is not None and size == 0 and notes and pinned is None:
        raise NotSound("the signer's memory", "the last checkpoint it signed", "nothing")
    _check_memory(replay, size, root)
    if pinned is not None:
        check_note(replay, pinned, "the checkpoint given")
    _check_tree(replay, tree)
    check_checkpoints(replay, notes)
    cosignatures, final = check_cosignatures(
        transaction,
        dict(notes),
        lambda size: log_policy(replay.state, size),
        kept_certificates(replay.state),
    )
    _check_tables(transaction, replay)
    attached.check(replay, transaction.attached.still_there)
    return Audited(
        log_verifier(replay.state).name,
        replay.size,
        tree.root,
        tree.state,
        blocks,
        len(notes),
        cosignatures,
        final,
        refused,
        sum(1 for _ in replay.state.documents()),
        attached.missing,
        contradictions,
        attached.told(),
    )


class _Leaves:
    """Reads entries with bodies and attachments in pages, and checks their stored columns."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._rows: dict[int, EntryRow] = {}
        self._counts = {"entry": 0, "body": 0, "attachment": 0, "attachment_key": 0}

    def records(self) -> Iterator[Record]:
        expected = 0
        for page in self._transaction.pages():
            bodies = {row.index: row for row in page.bodies}
            for row in page.entries:
                if row.index != expected:
                    raise NotSound("entry", f"entry {expected}", f"entry {row.index}", expected)
                expected += 1
                self._rows[row.index] = row
                body = bodies.get(row.index)
                attachments = tuple(page.attachments.get(row.index, ()))
                unseen = tuple(page.unseen.get(row.index, ()))
                self._count(body is not None, len(attachments) + len(unseen))
                salt, data = (body.salt, body.data) if body else (None, None)
                yield Record(row.index, row.leaf, salt, data, attachments, unseen)

    def find(self, index: int) -> Record | None:
        """An earlier one once more, for a rule that looks at it."""
        row, body = self._transaction.entry(index), self._transaction.body(index)
        if row is None or body is None:
            return None
        return Record(index, row.leaf, body.salt, body.data)

    def check(self, done: Replayed) -> None:
        """Raises `NotSound` if a column says other than what the leaf and the replay say."""
        index = done.record.index
        row = self._rows.pop(index)
        told = rebuilt.entry_row(done)
        if row != told:
            for name in EntryRow.__dataclass_fields__:
                if getattr(row, name) != getattr(told, name):
                    raise NotSound(f"column {name}", getattr(told, name), getattr(row, name), index)

    def check_counts(self) -> None:
        """Raises `NotSound` if a log table holds rows that belong to no entry."""
        for table, seen in self._counts.items():
            found = self._transaction.count(table)
            if found != seen:
                raise NotSound(f"rows of table {table}", seen, found)

    def _count(self, body: bool, attachments: int) -> None:
        self._counts["entry"] += 1
        self._counts["body"] += body
        self._counts["attachment"] += attachments
        self._counts["attachment_key"] += attachments


def _check_tree(replay: Replay, tree: TreeState) -> None:
    told = rebuilt.tree_state(replay)
    for name in TreeState.__dataclass_fields__:
        if getattr(tree, name) != getattr(told, name):
            raise NotSound(f"tree_state {name}", getattr(told, name), getattr(tree, name))


def _check_memory(replay: Replay, size: int, root: bytes) -> None:
    if size > replay.size:
        raise NotSound("the signer's memory", f"at least {size} entries", f"{replay.size} entries")
    if size and replay.roots.get(size) != root:
        raise NotSound(f"the signer's memory, root at size {size}", root, replay.roots.get(size))


def _check_tables(transaction: Transaction, replay: Replay) -> None:
    """Tiles and projections, row by row, against what replay computed."""
    for table, expected in rebuilt.tables(replay).items():
        for told, found in zip_longest(expected, transaction.rows(table)):
            if told != found:
                raise NotSound(f"table {table}", told or "no more rows", found or "no more rows")
