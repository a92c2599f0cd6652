"""Making evidence from what a holder has: notes, proofs, receipts, sightings, a copy of the log."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.ledger import merkle
from tallystick.ledger.checkpoint import Checkpoint
from tallystick.ledger.evidence.checkpoints import (
    Fork,
    Inconsistent,
    Rollback,
    TwoLeaves,
    fork,
    inconsistent,
)
from tallystick.ledger.evidence.copies import Tree
from tallystick.ledger.evidence.errors import EvidenceProvesNothing, EvidenceTreeMissing
from tallystick.ledger.evidence.finding import Finding, sign_finding
from tallystick.ledger.evidence.held import HeldLog
from tallystick.ledger.evidence.parts import Place, open_note
from tallystick.ledger.evidence.rule import RuleBroken
from tallystick.ledger.keys import PrivateKey
from tallystick.ledger.note import Note, Verifier
from tallystick.ledger.witness.cosignature import Cosigner


def of_checkpoints(
    first: Note, second: Note, log: Sequence[Verifier], tree: Tree | None = None
) -> Fork | Inconsistent:
    """What two checkpoints prove; `tree` is that of the larger one, if they are of different sizes.

    Raises `EvidenceProvesNothing` if one extends the other, `EvidenceTreeMissing` if nobody can tell.
    """
    (one, _), (two, _) = open_note(first.encode(), log), open_note(second.encode(), log)
    if one.size > two.size:
        return of_checkpoints(second, first, log, tree)
    if one.size == two.size:
        if one.root == two.root:
            raise EvidenceProvesNothing("both are of one tree")
        return fork(one.origin, first, second)
    if one.size == 0:
        raise EvidenceProvesNothing("every tree begins with none")
    if tree is None:
        raise EvidenceTreeMissing(f"they are of {one.size} and {two.size} entries")
    prefix, path = tree.root_at(one.size), tree.consistency(one.size, two.size)
    try:
        merkle.verify_consistency(one.size, two.size, prefix, two.root, path)
    except merkle.ProofRefused:
        raise EvidenceTreeMissing(
            f"the tree at hand is not that of the checkpoint of {two.size}"
        ) from None
    if prefix == one.root:
        raise EvidenceProvesNothing(f"the tree of {two.size} extends the tree of {one.size}")
    return inconsistent(one.origin, first, second, prefix, path)


def of_request(
    known: tuple[Note, Checkpoint], other: tuple[Note, Checkpoint], proof: Sequence[bytes]
) -> Fork | Inconsistent | None:
    """What a witness can prove of a request that it refuses: both notes are signed by the log.

    Beyond one size it takes a proof that leads to the new tree and shows another root below it.
    """
    (note, old), (second, new) = known, other
    if old.size == new.size and old.root != new.root:
        return fork(old.origin, note, second)
    shown = merkle.shown_prefix(old.size, new.size, new.root, proof)
    if shown is None or shown == old.root:
        return None
    return inconsistent(old.origin, note, second, shown, proof)


def of_leaves(first: tuple[bytes, Place], second: tuple[bytes, Place], origin: str) -> TwoLeaves:
    """Of two leaf hashes with their places."""
    return TwoLeaves(
        origin=origin,
        first_leaf=first[0].hex(),
        first=first[1],
        second_leaf=second[0].hex(),
        second=second[1],
    )


def of_witness(
    larger: Note, smaller: Note, cosigner: Cosigner, log: Sequence[Verifier]
) -> Rollback:
    checkpoint, _ = open_note(larger.encode(), log)
    return Rollback(
        origin=checkpoint.origin,
        witness=cosigner.encode(),
        larger=larger.encode(),
        smaller=smaller.encode(),
    )


def of_rule(held: HeldLog, time: str, auditor: tuple[str, PrivateKey] | None = None) -> RuleBroken:
    """The first entry of a copy that its replay refuses, signed by an auditor if one is given.

    Raises `EvidenceProvesNothing` if there is none, `EvidenceStoreDiffers` if only this copy is damaged.
    """
    size, note = held.copy.newest()
    broken = held.first_broken(size)
    if broken is None:
        raise EvidenceProvesNothing(
            f"this program admits all {size} entries under the newest checkpoint"
        )
    index, finding = broken.record.index, broken.finding
    path, prefix = held.copy.inclusion_path(index, size), held.copy.consistency(index + 1, size)
    made = RuleBroken(
        origin=Checkpoint.parse(Note.parse(note).text).origin,
        leaf_hash=merkle.leaf_hash(broken.record.leaf).hex(),
        place=Place(index=index, path=tuple(node.hex() for node in path), checkpoint=note),
        prefix_path=tuple(node.hex() for node in prefix),
    )
    if auditor is None:
        return made
    name, key = auditor
    said = Finding(
        origin=made.origin,
        index=index,
        leaf_hash=made.leaf_hash,
        what=finding.what,
        expected=str(finding.expected)[:1000],
        found=str(finding.found)[:1000],
        time=time,
        auditor=name,
    )
    vkey = Verifier(name, key.public).encode()
    return made.model_copy(update={"auditor": vkey, "finding": sign_finding(said, key)})
