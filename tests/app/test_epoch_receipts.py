"""Receipts and proofs over epochs: who is believed for which checkpoint, by one pinned key."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.ledger.governance import acts
from tests.ledger.governance.acts import governed_world
from tests.ledger.governance.epochs import Successor, epoch_of, newest, stopped
from tests.ledger.test_http import client_of
from tests.ledger.world import World

from tallystick.app import receipts
from tallystick.ledger import (
    ReceiptWrongKey,
    Verifier,
    log_verifier,
    promise,
    witness,
)
from tallystick.ledger.governance import policy_type


@pytest.fixture
def worlds(tmp_path: Path, sqlite_url: str) -> tuple[World, World, list[dict[str, Any]]]:
    """The old operator, which went on; the new one; receipts of entries before and beyond the start."""
    old = governed_world(sqlite_url, tmp_path / "home")
    old.populate()
    given = [dict(old.ledger.receipt(old.append(old.mint(1))))]
    old.ledger.seal()
    note = newest(old)[1]
    successor = Successor(old, f"sqlite:///{tmp_path / 'b.sqlite'}", tmp_path / "b")
    given.append(dict(old.ledger.receipt(old.append(old.mint(1, 1)))))
    old.ledger.seal()
    told = [stopped(old, name, note) for name in ("w1", "w2")]
    successor.take_over(epoch_of(note, told, "w1", "w2"))
    new = successor.as_world()
    given.append(dict(new.ledger.receipt(new.append(new.mint(1, 2)))))
    new.ledger.seal()
    return old, new, given


@pytest.fixture
def serve() -> Iterator[Callable[[World], TestClient]]:
    """A running node over a world."""
    with ExitStack() as stack:
        yield lambda world: stack.enter_context(contextmanager(client_of)(world))


def remote(client: TestClient) -> receipts.RemoteNode:
    return receipts.RemoteNode("http://testserver", client)


def pinned(world: World) -> Verifier:
    with world.reader.open() as snapshot:
        return log_verifier(snapshot.view)


def test_receipts_of_both_operators_by_either_key(
    worlds: tuple[World, World, list[dict[str, Any]]], serve: Callable[[World], TestClient]
) -> None:
    old, new, given = worlds
    node = remote(serve(new))
    for log in (pinned(old), pinned(new)):
        charter = node.charter(log)
        opened = [promise.open_promise(one, charter) for one in given]
        found = [receipts.check(one, charter, node, new.clock)[0] for one in opened]
        assert [one.broken and one.broken.code for one in found] == [None, "receipt-lost", None]
        assert [one.grade for one in found] == ["sealed", "", "sealed"]
        forged = {**given[0], "payload": given[1]["payload"]}
        with pytest.raises(ReceiptWrongKey):
            promise.open_promise(forged, charter)


def test_the_old_operator_is_believed_no_further(
    worlds: tuple[World, World, list[dict[str, Any]]], serve: Callable[[World], TestClient]
) -> None:
    """Who knows of the epoch refuses its checkpoints beyond the start; who does not sees no quorum there."""
    old, new, given = worlds
    ghost, node = remote(serve(old)), remote(serve(new))
    charter = node.charter(pinned(old))
    (lost,) = promise.open_promise(given[1], charter).entries
    proof = ghost.proof(lost.index)
    assert proof is not None
    with pytest.raises(promise.EvidenceRefused, match="not signed by"):
        promise.check_place(lost, proof, charter)
    naive = ghost.charter(pinned(old))
    checked = receipts.check_proof(lost, proof, naive)
    assert checked.grade == "sealed"
    assert not witness.open_cosigned(proof.checkpoint, naive.policy, naive.log).verdict.met


def test_a_chain_that_is_not_in_the_log_counts_for_nothing(
    worlds: tuple[World, World, list[dict[str, Any]]], serve: Callable[[World], TestClient]
) -> None:
    """A node shows an act that a quorum signed, and that was never enacted there."""
    _, new, _ = worlds
    client = serve(new)
    node = remote(client)
    answer = client.get("/log/governance").json()
    body = acts.signed(policy_type, acts.new_policy(2), "w1", "w2")
    written = acts.written(new, policy_type, body)
    answer["entries"].append(
        {
            "index": answer["entries"][-1]["index"] + 1,
            "envelope": json.loads(written.envelope),
            "body": base64.b64encode(written.body).decode(),
            "salt": base64.b64encode(written.salt).decode(),
        }
    )
    charter, entries = promise.chain_charter(answer, pinned(new))
    proof = node.proof(entries[-1].index)
    assert proof is not None
    with pytest.raises(promise.EvidenceRefused):
        promise.check_chain(entries[-1], proof, charter)
    for wrong in ({}, {"entries": 5}, {"entries": [{}]}, {"entries": []},
                  {"entries": [{**answer["entries"][0], "index": "0"}]},
                  {"entries": [{**answer["entries"][0], "body": "?"}]}):  # fmt: skip
        with pytest.raises(promise.EvidenceRefused):
            promise.chain_charter(wrong, pinned(new))
