"""A witness's statement that it will never again cosign under a log key (formats §3, Epoch).

A signed note (C2SP signed-note, Ed25519, named and keyed as the witness's cosigner) of five lines:

    tallystick/witness-stop/v1
    <origin>
    <verifier key of the log that it will not cosign again>
    <size of the newest checkpoint that it cosigned, 0 if none>
    <base64 root of that tree>

The first line keeps it apart from every checkpoint and cosignature.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.ledger import merkle
from tallystick.ledger.checkpoint import Checkpoint, parse_number
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.governance.bodies import Stopped
from tallystick.ledger.governance.errors import EpochRefused, StopStatementRefused
from tallystick.ledger.keys import PrivateKey
from tallystick.ledger.note import Note, NoteRefused, Verifier, sign_note, strict_base64
from tallystick.ledger.witness.policy import Policy, PolicyWitness
from tallystick.ledger.witness.quorum import printable

header = "tallystick/witness-stop/v1"


@dataclass(frozen=True, slots=True)
class StopStatement:
    """`stopped` is the log key under which the witness cosigns no more; `newest` what it cosigned last."""

    stopped: Verifier
    newest: Checkpoint

    def text(self) -> str:
        told = self.newest
        root = base64.b64encode(told.root).decode()
        return f"{header}\n{told.origin}\n{self.stopped.encode()}\n{told.size}\n{root}\n"

    def sign(self, witness: str, key: PrivateKey) -> Note:
        return sign_note(self.text(), witness, key)

    @staticmethod
    def read(note: str) -> StopStatement:
        """Of a signed note, whoever signed it; raises `StopStatementRefused`."""
        try:
            return StopStatement.parse(Note.parse(note).text)
        except NoteRefused as error:
            raise StopStatementRefused(error.detail) from None

    @staticmethod
    def parse(text: str) -> StopStatement:
        """Raises `StopStatementRefused`."""
        lines = text.split("\n")
        if len(lines) != 6 or lines[0] != header or lines[5]:
            raise StopStatementRefused(f"five lines are expected, the first {header}")
        size, root = parse_number(lines[3]), strict_base64(lines[4])
        if size is None or len(root) != 32 or (size == 0 and root != merkle.empty_root):
            raise StopStatementRefused("size or root is not in its form")
        try:
            stopped = Verifier.parse(lines[2])
        except NoteRefused as error:
            raise StopStatementRefused(error.detail) from None
        if stopped.name != lines[1]:
            raise StopStatementRefused(f"its key is of {stopped.name}, not of {lines[1]}")
        found = StopStatement(stopped, Checkpoint(lines[1], size, root))
        if found.text() != text:
            raise StopStatementRefused("it is written in another way than a statement is")
        return found


def open_stopped(told: Stopped, policy: Policy, log: Verifier) -> tuple[str, StopStatement]:
    """The witness of the policy, and what it states about this log key.

    The checkpoint beside it is the one stated, signed by log and witness. Raises `StopStatementRefused`.
    """
    try:
        note = Note.parse(told.statement)
        found = StopStatement.parse(note.text)
        witness = _signer(note, policy)
        if found.stopped != log:
            raise StopStatementRefused(
                f"{printable(witness.name)} stopped another key than the log's"
            )
        if told.checkpoint or found.newest.size:
            _check_checkpoint(told.checkpoint, found.newest, witness, log)
    except NoteRefused as error:
        raise StopStatementRefused(error.detail) from None
    return witness.name, found


def _signer(note: Note, policy: Policy) -> PolicyWitness:
    for one in policy.witnesses:
        if note.verify([Verifier(one.cosigner.name, one.cosigner.key)]):
            return one
    raise StopStatementRefused("no witness of the policy in force signed it")


def _check_checkpoint(text: str, stated: Checkpoint, witness: PolicyWitness, log: Verifier) -> None:
    name = printable(witness.name)
    try:
        note = Note.parse(text)
        checkpoint = Checkpoint.parse_extended(note.text)
    except TallystickError as error:
        raise StopStatementRefused(f"{name}: its checkpoint: {error.detail}") from None
    if checkpoint != stated:
        raise StopStatementRefused(f"{name}: its checkpoint is not the one that it states")
    if not note.verify([log]) or not note.signed_by([witness.cosigner]):
        raise StopStatementRefused(f"{name}: its checkpoint lacks the log's signature or its own")


def start_of(opened: Sequence[tuple[Stopped, StopStatement]]) -> Checkpoint:
    """The largest of the checkpoints, to which every other leads; raises `EpochRefused`."""
    start = max((statement.newest for _, statement in opened), key=lambda newest: newest.size)
    for told, statement in opened:
        newest = statement.newest
        if newest.size == 0 or newest == start:
            continue
        proof = [bytes.fromhex(node) for node in told.consistency]
        try:
            merkle.verify_consistency(newest.size, start.size, newest.root, start.root, proof)
        except merkle.ProofRefused as error:
            raise EpochRefused(f"from {newest.size} to {start.size}: {error.detail}") from None
    return start
