"""Anchors published per second on a development chain, and the gas that they use.

Ours: chain and contract checked, what stands there looked for, signed, sent, taken into a block, found again.
The reference: as many bare transactions of the same account, signed by the same library, sent to the same
node over the same client, taken into a block, their receipts read. Both wait for the node to make the block.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from bench.context import Bench
from bench.measure import Result, Row, Skipped, Work, in_turn, median_cpu, median_rate
from tests import evm

from tallystick.contracts import Chain, Publisher, PublisherKey, Sent, advance, gwei
from tallystick.ledger import anchor

origin = anchor.origin_hash("bench.example/log")
bare_gas = 21_000
few_max = 20


def rows(bench: Bench) -> Iterator[Result]:
    if evm.find() is None:
        yield Skipped("anchors published", "the EVM node of contracts/package-lock.json is missing")
        return
    with ExitStack() as stack:
        yield _row(bench, stack.enter_context(evm.node()))


def _row(bench: Bench, node: evm.EvmNode) -> Row:
    count = min(bench.scale.few, few_max)
    anchors = _Anchors(node, *_deployed(node))
    anchors.publish(1)()
    spent = in_turn(bench.scale.rounds, ours=anchors.publish(count), bare=anchors.bare(count))
    return Row(
        "anchors published on a development chain",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "anchors/s",
        "a bare transaction signed, sent to the same node, taken into a block and its receipt read",
        details={
            "processor ms each": 1000 * median_cpu(spent["ours"]),
            "processor ms each, reference": 1000 * median_cpu(spent["bare"]),
            "gas, first anchor of a log": anchors.gas[0],
            "gas, each further one": anchors.gas[-1],
            "gas, contract": anchors.deployed_gas,
            "gas, reference": bare_gas,
        },
    )


@dataclass
class _Anchors:
    node: evm.EvmNode
    publisher: Publisher
    deployed_gas: int
    size: int = 0

    def __post_init__(self) -> None:
        self.gas: list[int] = []

    def publish(self, count: int) -> Work:
        def work() -> int:
            for _ in range(count):
                self._one()
            return count

        return work

    def _one(self) -> None:
        self.size += 100
        kept: list[Sent] = []
        told = anchor.Commitment(origin, self.size, _root(self.size), bytes(32))
        step = (self.publisher, told)
        if advance(*step, None, kept.append, _root, 0) is not None:
            raise AssertionError("it was there before it was sent")
        self.node.mine()
        seen = advance(*step, kept[0], kept.append, _root, 0)
        if seen is None:
            raise AssertionError("it is not there")
        self.gas.append(_gas(self.publisher, seen.place.transaction))

    def bare(self, count: int) -> Work:
        chain, key = self.publisher.chain, self.publisher.key

        def work() -> int:
            for _ in range(count):
                nonce = int(chain.web3.eth.get_transaction_count(key.address, "latest"))
                digest, raw = key.sign(_bare(nonce, key.address))
                chain.web3.eth.send_raw_transaction(raw)
                self.node.mine()
                _gas(self.publisher, digest)
            return count

        return work


def _deployed(node: evm.EvmNode) -> tuple[Publisher, int]:
    key = PublisherKey.of(node.secrets[0])
    publisher = Publisher(Chain(node.url, evm.chain_id), key, 10_000 * gwei)
    sent = publisher.sign_deployment(0)
    publisher.send(sent)
    node.mine()
    address = publisher.deployed_at(sent) or ""
    made = replace(publisher, chain=Chain(node.url, evm.chain_id, address))
    return made, _gas(made, sent.transaction)


def _bare(nonce: int, to: str) -> dict[str, Any]:
    fees = {"maxFeePerGas": 100 * gwei, "maxPriorityFeePerGas": gwei, "type": 2}
    return {"to": to, "value": 0, "gas": bare_gas, "nonce": nonce, "chainId": evm.chain_id, **fees}


def _gas(publisher: Publisher, transaction: bytes) -> int:
    return int(publisher.chain.receipt(transaction)["gasUsed"])


def _root(size: int) -> bytes:
    return hashlib.sha256(b"%d" % size).digest()
