"""A new operator on this machine: the take-over, and the proof of it for witnesses."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tallystick.app.bootstrap import Node
from tallystick.app.governance import acts
from tallystick.app.governance.files import Proposal
from tallystick.ledger import (
    Ledger,
    LogSigner,
    SystemClock,
    governance,
    prove_epoch,
    replace_durably,
)
from tallystick.ledger import (
    take_over as begin,
)


def take_over(node: Node, proposal: Proposal) -> None:
    """Begin the epoch here. Raises `GovernanceRefused`, `TakeOverRefused`."""
    body = acts.check(node, proposal)
    if not isinstance(body, governance.Epoch):
        raise governance.EpochRefused(f"{proposal.type} is no epoch")
    keys = [node.keys.get(named.key) for named in (body.log_key, body.receipt_key)]
    checker = node.checker()
    try:
        with node.alone():
            ledger = Ledger(
                node.store,
                node.rules,
                node.directory,
                LogSigner(proposal.origin, keys[0], node.memory()),
                keys[1],
                SystemClock(),
                checker,
            )
            begin(ledger, body, keys, node.memory(), checker)
    finally:
        checker.close()


def write_proof(node: Node, path: Path, sizes: Iterable[int]) -> int:
    """From these sizes and those that the witnesses of the epoch stated; the size it is under."""
    stated: list[int] = []
    with node.reader.open() as snapshot:
        epochs = snapshot.view.group("log", "epoch")
        if not epochs:
            raise governance.EpochRefused("the log has had one operator only")
        start = max(int(part) for part in epochs)
        body: Any = node.rules.parse_body(governance.epoch_type, snapshot.stored_body(start))
    for told in body.stopped:
        stated.append(governance.StopStatement.read(told.statement).newest.size)
    proof = prove_epoch(node.reader, [*sizes, *stated])
    replace_durably(path, proof.encode())
    return proof.size
