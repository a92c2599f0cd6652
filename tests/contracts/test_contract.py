"""The contract itself, on a real EVM: what it takes, what it refuses by name, what it says."""

from __future__ import annotations

from typing import Any

import pytest
from tests import evm, node
from tests.conftest import missing
from tests.contracts.rig import Anchoring, of, origin, root

from tallystick.contracts import (
    AnchorFork,
    AnchorPending,
    NotPublisher,
    PublisherKey,
    TransactionReverted,
    artifact,
)
from tallystick.contracts.artifact import artifact_file
from tallystick.ledger import anchor


def test_the_shipped_bytes_are_what_the_locked_compiler_makes_of_the_source(tmp_path: Any) -> None:
    if not (evm.sources / "node_modules" / "solc").exists():
        missing("the compiler of contracts/package-lock.json (`./dev test` brings it)")
    made = tmp_path / artifact_file
    told = node.run_in(evm.sources, "compile.mjs", str(made))
    assert told.returncode == 0, told.stderr
    shipped = evm.sources / "tallystick" / "contracts" / artifact_file
    assert made.read_bytes() == shipped.read_bytes()


def test_the_newest_anchor_of_each_log_is_held_and_each_one_is_an_event(rig: Anchoring) -> None:
    other = anchor.origin_hash("another.example/log")
    quorum = bytes([7]) * 32
    rig.anchored(5)
    rig.anchored(9, quorum=quorum)
    rig.anchored(3, origin=other)
    assert (rig.chain.held(origin).size, rig.chain.held(origin).root) == (9, root(9))
    assert rig.chain.held(other).size == 3
    assert rig.chain.held(bytes(32)).size == 0
    events = list(rig.chain.events(origin, rig.chain.held(origin)))
    assert [one.commitment for one in events] == [of(9, quorum=quorum), of(5)]
    assert [one.previous for one in events] == [events[1].number, 0]


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        (of(8), AnchorPending),
        (of(9), AnchorPending),
        (of(9, root=root(8)), AnchorFork),
        (of(10, root=bytes(32)), TransactionReverted),
        (anchor.Commitment(bytes(32), 0, root(1), root(1)), TransactionReverted),
    ],
    ids=["smaller", "again", "another root", "no root", "empty"],
)
def test_the_contract_refuses_by_name(
    rig: Anchoring, told: anchor.Commitment, refusal: type[Exception]
) -> None:
    rig.anchored(9)
    before = rig.transactions()
    with pytest.raises(refusal):
        rig.publisher.sign(told, 0)
    assert rig.transactions() == before


def test_a_refused_anchor_that_is_forced_into_a_block_changes_nothing(rig: Anchoring) -> None:
    rig.anchored(9)
    receipt = act(rig, rig.publisher.key, "anchor", *members(of(9, root=root(8))))
    assert receipt["status"] == "0x0"
    assert rig.chain.held(origin).root == root(9)


def test_only_the_publisher_anchors_and_hands_over_in_two_steps(rig: Anchoring) -> None:
    """A key that was mistyped never becomes the publisher: it would have to accept."""
    stranger = PublisherKey.of(rig.node.secrets[1])
    first = rig.publisher.key
    assert act(rig, stranger, "anchor", *members(of(5)))["status"] == "0x0"
    assert act(rig, stranger, "offerPublisher", stranger.address)["status"] == "0x0"
    assert act(rig, stranger, "acceptPublisher")["status"] == "0x0"
    assert act(rig, first, "offerPublisher", "0x" + "00" * 19 + "01")["status"] == "0x1"
    assert act(rig, stranger, "acceptPublisher")["status"] == "0x0"
    rig.anchored(5)
    assert act(rig, first, "offerPublisher", stranger.address)["status"] == "0x1"
    assert rig.chain.publisher() == first.address
    assert act(rig, stranger, "acceptPublisher")["status"] == "0x1"
    assert rig.chain.publisher() == stranger.address
    assert act(rig, stranger, "acceptPublisher")["status"] == "0x0"
    assert act(rig, first, "anchor", *members(of(6)))["status"] == "0x0"
    assert act(rig, stranger, "anchor", *members(of(6)))["status"] == "0x1"
    with pytest.raises(NotPublisher):
        rig.step(7)


def test_an_offer_can_be_taken_back(rig: Anchoring) -> None:
    stranger = PublisherKey.of(rig.node.secrets[1])
    assert act(rig, rig.publisher.key, "offerPublisher", stranger.address)["status"] == "0x1"
    assert act(rig, rig.publisher.key, "offerPublisher", "0x" + "00" * 20)["status"] == "0x1"
    assert act(rig, stranger, "acceptPublisher")["status"] == "0x0"


def test_it_takes_no_funds(rig: Anchoring) -> None:
    assert act(rig, rig.publisher.key, "acceptPublisher", value=1)["status"] == "0x0"
    sent = {"to": rig.chain.code.address, "value": 1, "data": b""}
    assert submit(rig, rig.publisher.key, sent)["status"] == "0x0"
    assert rig.node.ask("eth_getBalance", rig.chain.contract, "latest") == "0x0"


def test_nothing_in_it_moves_funds_or_runs_other_code() -> None:
    """Of all instructions, read one by one: no call, no creation, no self-destruction."""
    code, at, found = artifact().runtime, 0, set[int]()
    while at < len(code):
        found.add(code[at])
        at += 1 + max(0, code[at] - 0x5F if 0x60 <= code[at] <= 0x7F else 0)
    assert found.isdisjoint({0xF0, 0xF1, 0xF2, 0xF4, 0xF5, 0xFA, 0xFF})
    assert 0x5F not in found  # PUSH0, which chains before Shanghai do not know


def members(told: anchor.Commitment) -> tuple[Any, ...]:
    return told.origin, told.size, told.root, told.note, told.quorum


def act(rig: Anchoring, key: PublisherKey, name: str, *given: Any, value: int = 0) -> Any:
    """A call in a block, whether the contract refuses it or not: its receipt."""
    data = rig.chain.code.encode_abi(name, args=given)
    return submit(rig, key, {"to": rig.chain.code.address, "value": value, "data": data})


def submit(rig: Anchoring, key: PublisherKey, told: dict[str, Any]) -> Any:
    nonce = int(rig.node.ask("eth_getTransactionCount", key.address, "latest"), 16)
    fees = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9, "type": 2}
    whole = {**told, **fees, "gas": 200_000, "nonce": nonce, "chainId": evm.chain_id}
    digest, raw = key.sign(whole)
    rig.node.ask("eth_sendRawTransaction", "0x" + raw.hex())
    rig.node.mine()
    return rig.node.ask("eth_getTransactionReceipt", "0x" + digest.hex())
