"""The audit of a store: replay everything, then compare every table with what replay gives.

Order: each entry with its columns, tiles and body; then checkpoints with their cosignatures and anchors, the signer's
memory and a pinned checkpoint; then every projection, row by row. The first thing that differs is raised as `NotSound`.
Without rules, signatures, hashes, bodies, columns, the tree and checkpoints are looked at, and no projection.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tallystick.ledger import rebuilt
from tallystick.ledger.attended import attend
from tallystick.ledger.audit_anchors import check_anchors
from tallystick.ledger.audit_cosignatures import check_cosignatures
from tallystick.ledger.audit_inventory import check_inventory
from tallystick.ledger.auditing.audited import (
    Audited,
    Held,
    found,
    keep,
    run_through,
    scratch_at,
    standing_at,
)
from tallystick.ledger.auditing.comparing import compare, compare_tables
from tallystick.ledger.auditing.crew import Crew
from tallystick.ledger.auditing.run import Progress
from tallystick.ledger.auditing.store_source import StoreSource
from tallystick.ledger.auditing.unruled import Unruled
from tallystick.ledger.bls.logged import kept_certificates
from tallystick.ledger.checker import Checker
from tallystick.ledger.claims import check_checkpoints
from tallystick.ledger.collector import relaxed_collector
from tallystick.ledger.errors import NoLog
from tallystick.ledger.governance import log_policy
from tallystick.ledger.note import Verifier
from tallystick.ledger.replay import NotSound, Replay
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.signer import SignerMemory
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.store import Store, StoreDamaged, Transaction, TreeState


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
    ruled: bool = True,
) -> Audited:
    """Raises `NotSound`. `pinned` is a checkpoint kept elsewhere; `verifier` a pinned log key.

    `crew`: the processes that share the work. `state`: a file to go on from, and to keep what was replayed in.
    `ruled`: execute the rules again, and compare what follows from them.
    """
    ours = crew or Crew(0, checker.admit, lambda: rules)
    held = Held(memory, pinned, verifier)
    try:
        store.check_integrity(whole=True)
        with relaxed_collector(), store.read() as transaction, scratch_at(state, ours) as scratch:
            tree = _tree(transaction)
            standing = standing_at(scratch, rules, directory, checker, ruled=ruled)
            return _audit(store, transaction, tree, standing, ours, held, progress)
    except StoreDamaged as error:
        raise NotSound("database", "rows that can be read", error.detail) from None


def _audit(
    store: Store,
    transaction: Transaction,
    tree: TreeState,
    standing: Replay | Unruled,
    crew: Crew,
    held: Held,
    progress: Progress | None,
) -> Audited:
    source = StoreSource(store.url, transaction, store.vault)
    notes = [(size, note) for size, note in transaction.rows("checkpoint")]
    since, earlier = run_through(standing, crew, source, progress)
    if isinstance(standing, Replay):
        source.check_counts(since)
    held.check(standing, signed=bool(notes))
    _check_tree(standing, tree)
    check_checkpoints(standing, notes)
    cosignatures, final = check_cosignatures(
        transaction,
        dict(notes),
        lambda size: log_policy(standing.state, size),
        kept_certificates(standing.state),
    )
    check_inventory(transaction)
    anchors = check_anchors(transaction, dict(notes))
    _check_names(transaction)
    keep(standing, earlier, sound=False)
    if isinstance(standing, Replay):
        compare_tables(transaction, store.url, standing, crew)
    else:
        compare(transaction, standing.scratch, standing.rules, "tile")
    attended = attend(standing, source)
    keep(standing, earlier, sound=True)
    told = found(standing, since, len(notes), cosignatures, final, attended)
    return replace(told, anchors=anchors)


def _check_names(transaction: Transaction) -> None:
    """The ids of entries, where they have a table of their own."""
    misnamed = transaction.misnamed()
    if misnamed is not None:
        raise NotSound("table entry_name", "one row for each entry", misnamed)


def _tree(transaction: Transaction) -> TreeState:
    """The one row that says where the log stands; raises `NotSound`, `NoLog`."""
    tree = transaction.tree()
    if tree is None and transaction.count("entry"):
        raise NotSound("tree_state", "one row", "nothing")
    if tree is None:
        raise NoLog("the database is empty")
    if transaction.count("tree_state") != 1:
        raise NotSound("rows of table tree_state", 1, transaction.count("tree_state"))
    return tree


def _check_tree(standing: Replay | Unruled, tree: TreeState) -> None:
    """Without rules, state and time of the newest block are not known."""
    if isinstance(standing, Replay):
        told = rebuilt.tree_state(standing)
    else:
        frontier = standing.tiles.frontier
        told = TreeState(
            frontier.size, frontier.root(), frontier.encode(), tree.state, standing.block_size,
            tree.block_time,
        )  # fmt: skip
    for name in TreeState.__dataclass_fields__:
        if getattr(tree, name) != getattr(told, name):
            raise NotSound(f"tree_state {name}", getattr(told, name), getattr(tree, name))
