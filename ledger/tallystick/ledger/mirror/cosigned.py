"""Cosignatures of others, as the operator shows them: kept beside a mirror's own copy of the checkpoint.

So a mirror's store says by itself how far the log is final, and can show it when the operator is gone.
"""

from __future__ import annotations

from tallystick.ledger import merkle
from tallystick.ledger.checkpoint import open_checkpoint
from tallystick.ledger.governance import log_policy
from tallystick.ledger.mirror.errors import OperatorAnswerRefused
from tallystick.ledger.mirror.follow import signed_alone
from tallystick.ledger.note import Note, Verifier
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.store import Store, StoredView
from tallystick.ledger.tiles import node_reader
from tallystick.ledger.witness.cosigned import cosign_times


def keep_cosigned(store: Store, rules: RuleSet, verifier: Verifier, note: str) -> bool:
    """Whether this checkpoint was in the tree and bore cosignatures by witnesses of the policy.

    Raises `CheckpointRefused`, `NoteRefused`, or `OperatorAnswerRefused` if it is of another tree.
    """
    checkpoint = open_checkpoint(note, verifier)
    parsed = Note.parse(note)
    with store.read() as transaction:
        tree = transaction.tree()
        if tree is None or not 0 < checkpoint.size <= tree.size:
            return False
        if set(parsed.signatures) <= {
            *Note.parse(signed_alone(note, verifier)).signatures,
            *transaction.cosignatures.of(checkpoint.size),
        }:
            return False
        policy = log_policy(StoredView(transaction, rules), checkpoint.size)
        root = merkle.tree_root(node_reader(transaction.tile), checkpoint.size)
    if root != checkpoint.root:
        raise OperatorAnswerRefused(f"its checkpoint {checkpoint.size} is of another tree")
    known = [one.cosigner for one in policy.witnesses]
    lines = [line for _, line in parsed.signed_by(known)]
    if not lines:
        return False
    final = not policy.is_none and policy.judge(cosign_times(parsed, policy).keys()).met
    with store.write() as transaction:
        if transaction.checkpoint(checkpoint.size) is None:
            transaction.add_checkpoint(checkpoint.size, signed_alone(note, verifier))
        transaction.cosignatures.put(checkpoint.size, lines, final=final)
    return True
