"""A contract on a development chain, its publisher, and a log that is nothing but its roots."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests import evm

from tallystick.contracts import Chain, Publisher, PublisherKey, Seen, Sent, advance, gwei
from tallystick.ledger import anchor

origin = anchor.origin_hash("tests.example/log")
fee_max = 1000 * gwei


def root(size: int) -> bytes:
    return hashlib.sha256(b"root %d" % size).digest()


def root_at(most: int) -> Callable[[int], bytes | None]:
    return lambda size: root(size) if size <= most else None


def of(size: int, **other: bytes) -> anchor.Commitment:
    """The checkpoint of this size."""
    note = hashlib.sha256(b"note %d" % size).digest()
    return replace(anchor.Commitment(origin, size, root(size), note), **other)


@dataclass
class Anchoring:
    """`kept`: what a store would hold of what was sent, newest last."""

    node: evm.EvmNode
    publisher: Publisher
    kept: list[Sent] = field(default_factory=list)
    now_ms: int = 0
    log_size: int = 1000

    @property
    def chain(self) -> Chain:
        return self.publisher.chain

    def step(self, size: int, **other: bytes) -> Seen | None:
        sent = self.kept[-1] if self.kept else None
        told, roots = of(size, **other), root_at(self.log_size)
        return advance(self.publisher, told, sent, self.kept.append, roots, self.now_ms)

    def anchored(self, size: int, **other: bytes) -> Seen:
        """Sent, taken into a block, and found there."""
        assert self.step(size, **other) is None
        found = self.mined(size, **other)
        assert found is not None
        self.kept.clear()
        return found

    def mined(self, size: int, **other: bytes) -> Seen | None:
        """The next step, after a block."""
        self.node.mine()
        return self.step(size, **other)

    def transactions(self) -> int:
        """How many of the publisher's are in blocks."""
        return int(
            self.node.ask("eth_getTransactionCount", self.publisher.key.address, "latest"), 16
        )


def deploy(node: evm.EvmNode, account: int = 0) -> Anchoring:
    key = PublisherKey.of(node.secrets[account])
    publisher = Publisher(Chain(node.url, evm.chain_id), key, fee_max)
    sent = publisher.sign_deployment(0)
    publisher.send(sent)
    node.mine()
    address = publisher.deployed_at(sent)
    assert address is not None
    return Anchoring(node, replace(publisher, chain=Chain(node.url, evm.chain_id, address)))
