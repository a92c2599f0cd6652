"""Sending anchors: one transaction in flight, kept before it is sent, so that a crash sends it twice or never.

The contract itself makes it idempotent: what stands there is found before anything is sent (`Chain.find`),
whoever sent it. Fees are those of EIP-1559, on chains without a base fee the price. A transaction that no
block takes for `replace_after_ms` is signed again under the same nonce with a higher fee, so that at most one
of the two is ever in a block.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tallystick.contracts.artifact import artifact
from tallystick.contracts.chain import Chain
from tallystick.contracts.errors import (
    AnchorFailed,
    AnchorFork,
    AnchorPending,
    FeeTooHigh,
    NotEnoughFunds,
    NotPublisher,
    RpcRefused,
    TransactionReverted,
)
from tallystick.contracts.key import PublisherKey
from tallystick.contracts.values import Sent, host_of
from tallystick.ledger import anchor

replace_after_ms = 120_000
bump_percent = 125  # servers take a replacement from 10 % more on
gwei = 10**9
default_tip = gwei
base_fee_factor = 2
gas_margin_percent = 120
anchor_gas_max = 300_000
deploy_gas_max = 3_000_000
_known = ("already known", "known transaction", "already imported", "alreadyknown", "nonce too low")
#: What stood there when it was looked at is superseded: the next step finds what stands there now.
_reverts: dict[str, type[AnchorFailed]] = {
    "NotPublisher": NotPublisher,
    "SmallerSize": AnchorPending,
    "AlreadyAnchored": AnchorPending,
    "DifferentRoot": AnchorFork,
}


@dataclass(frozen=True, slots=True)
class Fees:
    """In wei per gas. `typed`: by EIP-1559; else `fee` is the price."""

    fee: int
    tip: int
    typed: bool

    def members(self) -> dict[str, int]:
        if not self.typed:
            return {"gasPrice": self.fee}
        return {"type": 2, "maxFeePerGas": self.fee, "maxPriorityFeePerGas": self.tip}

    def above(self, before: Sent) -> Fees:
        """At least so much more than before that servers take it as a replacement."""
        fee = max(self.fee, before.fee * bump_percent // 100 + 1)
        return Fees(fee, max(self.tip, before.tip * bump_percent // 100 + 1), self.typed)


@dataclass(frozen=True)
class Publisher:
    """The account that anchors. `fee_max`: the highest fee it pays, in wei per gas."""

    chain: Chain
    key: PublisherKey
    fee_max: int

    def require_publisher(self) -> None:
        """Raises `NotPublisher`."""
        there = self.chain.publisher()
        if there.lower() != self.key.address.lower():
            raise NotPublisher(f"the contract's is {there}, this one is {self.key.address}")

    def sign(self, commitment: anchor.Commitment, now_ms: int, before: Sent | None = None) -> Sent:
        """The transaction that anchors a checkpoint; it takes the place of `before` if that waits still.

        Raises what the contract would refuse, `NotEnoughFunds` or `FeeTooHigh`: nothing is sent yet.
        """
        told = commitment
        call = self.chain.code.functions.anchor(
            told.origin, told.size, told.root, told.note, told.quorum
        )
        return self._sign(call.build_transaction, anchor_gas_max, now_ms, before)

    def sign_deployment(self, now_ms: int) -> Sent:
        """The transaction that makes a new contract, of which this account is the publisher."""
        self.chain.require_chain()
        found = artifact()
        made = self.chain.web3.eth.contract(abi=found.abi, bytecode=found.bytecode)
        return self._sign(made.constructor().build_transaction, deploy_gas_max, now_ms, None)

    def send(self, sent: Sent) -> None:
        """Sent again, the same bytes are the same transaction."""
        try:
            with self.chain.reading():
                self.chain.web3.eth.send_raw_transaction(sent.raw)
        except RpcRefused as error:
            if not any(said in error.detail.lower() for said in _known):
                raise self._funds(error) from None

    def nonce_used(self, sent: Sent) -> bool:
        """Whether a transaction of this account with this nonce is in a block."""
        return self._nonce() > sent.nonce

    def balance(self) -> int:
        with self.chain.reading():
            return int(self.chain.web3.eth.get_balance(self.key.address))

    def deployed_at(self, sent: Sent) -> str | None:
        """The address of the new contract; None while no block holds the transaction."""
        receipt = self.chain.receipt(sent.transaction)
        if receipt is None:
            return None
        self.chain.require_not_reverted(sent.transaction)
        return str(receipt["contractAddress"])

    def _sign(
        self, build: Callable[[dict[str, Any]], Any], gas_max: int, now_ms: int, before: Sent | None
    ) -> Sent:
        nonce = self._nonce()
        fees = self._fees()
        if before is not None and before.nonce == nonce:
            fees = fees.above(before)
        if fees.fee > self.fee_max:
            said = f"{fees.fee / gwei:.3f} gwei asked, {self.fee_max / gwei:.3f} allowed"
            raise FeeTooHigh(said)
        told = {
            "from": self.key.address,
            "chainId": self.chain.chain,
            "nonce": nonce,
            "value": 0,
            "gas": gas_max,
            **fees.members(),
        }
        with self.chain.reading():
            transaction = dict(build(told))
        transaction["gas"] = self._gas(transaction, fees, gas_max)
        self._require_funds(transaction["gas"] * fees.fee)
        del transaction["from"]
        digest, raw = self.key.sign(transaction)
        return Sent(digest, raw, nonce, fees.fee, fees.tip, now_ms)

    def _gas(self, transaction: dict[str, Any], fees: Fees, gas_max: int) -> int:
        from web3.exceptions import ContractLogicError

        # Without fees: an empty account is told so by `_require_funds`, in one way on every server.
        asked = {key: transaction[key] for key in ("from", "to", "data") if transaction.get(key)}
        try:
            with self.chain.reading():
                try:
                    needed = int(self.chain.web3.eth.estimate_gas(asked))
                except ContractLogicError as error:
                    raise self._refused(error) from None
        except RpcRefused as error:
            raise self._funds(error) from None
        return min(gas_max, needed * gas_margin_percent // 100)

    def _refused(self, error: Any) -> AnchorFailed:
        """The contract's error by its name."""
        data = str(getattr(error, "data", "") or "")
        for entry in artifact().abi:
            if entry["type"] == "error":
                types = ",".join(one["type"] for one in entry["inputs"])
                selector = bytes(self.chain.web3.keccak(text=f"{entry['name']}({types})"))[:4]
                if data.startswith("0x" + selector.hex()):
                    return _reverts.get(entry["name"], TransactionReverted)(entry["name"])
        return TransactionReverted(f"{host_of(self.chain.url)}: the contract refuses it")

    def _fees(self) -> Fees:
        with self.chain.reading():
            block = self.chain.web3.eth.get_block("latest")
            base = block.get("baseFeePerGas")
            if base is None:
                price = int(self.chain.web3.eth.gas_price)
                return Fees(price, price, typed=False)
            base = int(base)
        try:
            with self.chain.reading():
                tip = int(self.chain.web3.eth.max_priority_fee)
        except RpcRefused:
            tip = default_tip
        return Fees(base_fee_factor * base + tip, tip, typed=True)

    def _nonce(self) -> int:
        with self.chain.reading():
            return int(self.chain.web3.eth.get_transaction_count(self.key.address, "latest"))

    def _require_funds(self, needed: int) -> None:
        held = self.balance()
        if held < needed:
            raise NotEnoughFunds(f"{self.key.address} holds {held} wei of {needed} needed")

    def _funds(self, error: RpcRefused) -> AnchorFailed:
        said = error.detail.lower()
        return NotEnoughFunds(self.key.address) if "insufficient funds" in said else error
