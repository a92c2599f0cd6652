"""The database as it stands, read for `compare`, and held to itself on the way."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.ledger import tiles
from tallystick.ledger.checkpoint import open_checkpoint
from tallystick.ledger.errors import NoLog, TallystickError, defects
from tallystick.ledger.governance import log_verifier
from tallystick.ledger.merkle import Frontier, empty_root
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.signer import SignerMemory
from tallystick.ledger.start.compare import Claim, Start, Stored, compare
from tallystick.ledger.store import Store, StoreDamaged, StoredView, Transaction, TreeState


def look(store: Store, rules: RuleSet, memory: SignerMemory, claims: Sequence[Claim] = ()) -> Start:
    """What a start would come to, with nothing changed.

    Raises `NoLog`, `StoreDamaged`, or `SignerRefused` for a memory that is damaged.
    """
    # Before the snapshot: what is signed meanwhile is then in both.
    size, root = memory.load()
    remembered = Claim("the signer's memory", size, root)
    with store.read() as transaction:
        return compare(read_stored(transaction, rules, [remembered, *claims]), remembered, claims)


def read_stored(transaction: Transaction, rules: RuleSet, claims: Sequence[Claim] = ()) -> Stored:
    """Raises `NoLog`, or `StoreDamaged` unless tree, tiles and newest checkpoint agree."""
    tree = transaction.tree()
    if tree is None:
        raise NoLog("the database is empty")
    try:
        _check_tree(transaction, tree)
        newest = _newest(transaction, rules)
        wanted = {one.size for one in (*claims, *([newest] if newest else [])) if one.size}
        roots = {size: tiles.root(transaction.tiles, size) for size in wanted if size <= tree.size}
    except StoreDamaged:
        raise
    except (TallystickError, *defects) as error:
        raise StoreDamaged(f"tree and checkpoints cannot be read: {error}") from error
    return Stored(tree.size, tree.block_size, newest, roots)


def _check_tree(transaction: Transaction, tree: TreeState) -> None:
    frontier = Frontier.decode(tree.size, tree.frontier)
    if not 0 <= tree.block_size <= tree.size:
        raise StoreDamaged(f"a block at {tree.block_size} in a tree of {tree.size} entries")
    root = tiles.root(transaction.tiles, tree.size) if tree.size else empty_root
    if not tree.root == frontier.root() == root:
        raise StoreDamaged(f"tree_state and tiles are not of one tree of {tree.size} entries")
    last = transaction.entry(tree.size - 1)
    if last is None or transaction.entry(tree.size) is not None:
        raise StoreDamaged(f"the last entry is not the one at {tree.size - 1}")


def _newest(transaction: Transaction, rules: RuleSet) -> Claim | None:
    """The newest checkpoint, by the key of its epoch."""
    found = transaction.checkpoint()
    if found is None:
        return None
    size, note = found
    opened = open_checkpoint(note, log_verifier(StoredView(transaction, rules), size))
    if opened.size != size:
        raise StoreDamaged(f"checkpoint {size} is one of {opened.size} entries")
    return Claim("the database", size, opened.root)
