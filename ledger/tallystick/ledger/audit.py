"""The audit of a store: replay everything, then compare every table with what replay gives.

Order: each entry with its columns, tiles and body; then checkpoints with their cosignatures, the signer's
memory and a pinned checkpoint; then every projection, row by row. The first thing that differs is raised as `NotSound`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from tallystick.ledger import canonical, system
from tallystick.ledger.audit_cosignatures import check_cosignatures
from tallystick.ledger.checker import Checker
from tallystick.ledger.checkpoint import Checkpoint, CheckpointRefused, open_checkpoint
from tallystick.ledger.collector import relaxed_collector
from tallystick.ledger.errors import NoLog, TallystickError
from tallystick.ledger.finality import log_policy
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.note import Note, Verifier
from tallystick.ledger.replay import NotSound, Record, Replay, Replayed
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.signer import SignerMemory
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.state import State
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


def log_verifier(state: State) -> Verifier:
    """The verifier of the log's checkpoints, from its genesis."""
    genesis: Any = state.get("log", "genesis")
    return Verifier(genesis["origin"], PublicKey.from_jwk(genesis["log_key"]["jwk"]))


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
    claimed = [_claimed_size(note) for _, note in notes] + [_claimed_size(pinned or "")]
    leaves = _Leaves(transaction)
    refused = blocks = missing = contradictions = 0
    for done in replay.run(leaves.records(), {size, *(c for c in claimed if c)}):
        leaves.check(done)
        refused += done.outcome.refusal is not None
        missing += _missing_attachments(replay.rules, done)
        contradictions += done.outcome.contradiction is not None
        blocks += done.verified.entry.type == system.block_type
        if progress:
            progress(replay.size, tree.size)
    leaves.check_counts()
    if replay.size == 0:
        raise NotSound("entry", "a genesis", "nothing", 0)
    known = log_verifier(replay.state)
    if verifier is not None and verifier != known:
        raise NotSound("log key", verifier.encode(), known.encode())
    if memory is not None and size == 0 and notes and pinned is None:
        raise NotSound("the signer's memory", "the last checkpoint it signed", "nothing")
    _check_memory(replay, size, root)
    if pinned is not None:
        _check_note(replay, known, pinned, "the checkpoint given")
    _check_tree(replay, tree)
    _check_checkpoints(replay, known, notes)
    cosignatures, final = check_cosignatures(transaction, dict(notes), log_policy(replay.state))
    _check_tables(transaction, replay)
    return Audited(
        known.name,
        replay.size,
        tree.root,
        tree.state,
        blocks,
        len(notes),
        cosignatures,
        final,
        refused,
        sum(1 for _ in replay.state.documents()),
        missing,
        contradictions,
    )


def _missing_attachments(rules: RuleSet, done: Replayed) -> int:
    """Attachments that the body names and the store has not: they may be erased, never unnoticed."""
    entry_type = rules.types.get(done.verified.entry.type)
    if entry_type is None or entry_type.attachments is None or done.outcome.refusal is not None:
        return 0
    body = rules.parse_body(entry_type.name, done.record.body or b"")
    return len({ref.hash for ref in entry_type.attachments(body)}) - len(done.record.attachments)


class _Leaves:
    """Reads entries with bodies and attachments in pages, and checks their stored columns."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._rows: dict[int, EntryRow] = {}
        self._counts = {"entry": 0, "body": 0, "attachment": 0}

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
                self._count(body is not None, len(attachments))
                salt, data = (body.salt, body.data) if body else (None, None)
                yield Record(row.index, row.leaf, salt, data, attachments)

    def check(self, done: Replayed) -> None:
        """Raises `NotSound` if a column says other than what the leaf and the replay say."""
        index = done.record.index
        row = self._rows.pop(index)
        entry, refusal = done.verified.entry, done.outcome.refusal
        told = EntryRow(
            index,
            entry.author,
            entry.id,
            entry.type,
            entry.seq,
            "refused" if refusal else "accepted",
            refusal.code if refusal else None,
            done.time,
            done.verified.payload_hash,
            done.verified.leaf_hash,
            row.leaf,
        )
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


def _check_tree(replay: Replay, tree: TreeState) -> None:
    frontier = replay.tiles.frontier
    told = TreeState(
        frontier.size,
        frontier.root(),
        frontier.encode(),
        replay.judge.chain,
        replay.block_size,
        replay.judge.block_time,
    )
    for name in TreeState.__dataclass_fields__:
        if getattr(tree, name) != getattr(told, name):
            raise NotSound(f"tree_state {name}", getattr(told, name), getattr(tree, name))


def _claimed_size(note: str) -> int | None:
    try:
        return Checkpoint.parse(Note.parse(note).text).size
    except TallystickError:
        return None


def _check_note(replay: Replay, verifier: Verifier, note: str, what: str) -> int:
    """The size of a checkpoint that this log extends."""
    try:
        checkpoint = open_checkpoint(note, verifier)
    except CheckpointRefused as error:
        raise NotSound(what, f"signed by {verifier.name}", error.detail) from None
    if checkpoint.size > replay.size:
        raise NotSound(what, f"at least {checkpoint.size} entries", f"{replay.size} entries")
    root = replay.roots.get(checkpoint.size)
    if root != checkpoint.root:
        raise NotSound(f"{what}, root at size {checkpoint.size}", checkpoint.root, root or b"")
    return checkpoint.size


def _check_checkpoints(replay: Replay, verifier: Verifier, rows: Sequence[tuple[int, str]]) -> None:
    for size, note in rows:
        signed = _check_note(replay, verifier, note, f"checkpoint {size}")
        if signed != size:
            raise NotSound(f"checkpoint {size}, column size", signed, size)
        if size not in replay.block_sizes:
            raise NotSound(f"checkpoint {size}", "a block as its last leaf", "another entry")
    newest = rows[-1][0] if rows else 0
    if newest < replay.block_size == replay.size:
        asked = (
            f"size {replay.size} (a node that was stopped just before it signs it when it starts)"
        )
        raise NotSound("newest checkpoint", asked, f"size {newest}")


def _check_memory(replay: Replay, size: int, root: bytes) -> None:
    if size > replay.size:
        raise NotSound("the signer's memory", f"at least {size} entries", f"{replay.size} entries")
    if size and replay.roots.get(size) != root:
        raise NotSound(f"the signer's memory, root at size {size}", root, replay.roots.get(size))


def _check_tables(transaction: Transaction, replay: Replay) -> None:
    """Tiles and projections, row by row, against what replay computed."""
    touched = replay.tiles.touched.items()
    rebuilt: dict[str, Iterable[tuple[Any, ...]]] = {
        "tile": sorted((level, n, bytes(data)) for (level, n), data in touched),
        "stream": sorted((a, seq, prev) for a, (seq, prev) in replay.judge.streams.items()),
        "entry_party": sorted(replay.parties),
        "document": (
            (*key, canonical.encode(value).decode()) for key, value in replay.state.documents()
        ),
        "lookup": sorted(_lookups(replay)),
    }
    for table, expected in rebuilt.items():
        for told, found in zip_longest(expected, transaction.rows(table)):
            if told != found:
                raise NotSound(f"table {table}", told or "no more rows", found or "no more rows")


def _lookups(replay: Replay) -> set[tuple[str, str, str, str]]:
    return {
        (index, found, name, part)
        for (kind, name, part), value in replay.state.documents()
        for index, keys in replay.rules.kinds[kind].indexes.items()
        for found in keys(name, part, value)
    }
