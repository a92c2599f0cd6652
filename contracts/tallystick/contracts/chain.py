"""Reading anchors from a chain: its id and the contract's code are checked before anything is believed.

What one server says is believed as far as it goes: it may lie about all of a chain. So whatever is read to
be relied on is asked of every server that is named, and they must agree (`agreed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import httpx

from tallystick.contracts.artifact import artifact
from tallystick.contracts.errors import (
    AnchorCovered,
    AnchorDiffers,
    AnchorFork,
    AnchorGone,
    NotOurContract,
    RpcAnswerRefused,
    RpcsDiffer,
    TransactionReverted,
    WrongChain,
)
from tallystick.contracts.rpc import connect, reading
from tallystick.contracts.values import Event, Held, Seen, host_of, read_address
from tallystick.ledger import anchor, instant

walk_blocks_max = 2000
word_bytes = 32
_seconds_max = 10**11


@dataclass(frozen=True)
class Chain:
    """A contract on a chain, as one RPC server tells of it; `contract` is empty before it is deployed."""

    url: str
    chain: int
    contract: str = ""
    http: httpx.Client | None = None

    @cached_property
    def web3(self) -> Any:
        return connect(self.url, self.http)

    @cached_property
    def code(self) -> Any:
        """The contract as web3 calls it."""
        found = artifact()
        address = self.web3.to_checksum_address(read_address(self.contract))
        return self.web3.eth.contract(address=address, abi=found.abi)

    def reading(self) -> Any:
        return reading(self.url)

    def require_chain(self) -> None:
        """Raises `WrongChain`."""
        with self.reading():
            found = self.web3.eth.chain_id
        if found != self.chain:
            raise WrongChain(f"{host_of(self.url)} is on chain {found}, not {self.chain}")

    def require_ours(self) -> None:
        """Raises `WrongChain`, or `NotOurContract` unless the code there is ours, byte for byte."""
        self.require_chain()
        with self.reading():
            found = bytes(self.web3.eth.get_code(self.code.address))
        if found != artifact().runtime:
            said = f"{len(found)} bytes of other code" if found else "no code"
            raise NotOurContract(f"{said} at {self.contract} on chain {self.chain}")

    def publisher(self) -> str:
        with self.reading():
            return str(self.code.functions.publisher().call())

    def height(self) -> int:
        with self.reading():
            return int(self.web3.eth.block_number)

    def held(self, origin: bytes) -> Held:
        """The newest anchored checkpoint of the log with this hash of its origin."""
        with self.reading():
            root, size, number = self.code.functions.newest(origin).call()
        return Held(int(size), bytes(root), int(number))

    def find(self, commitment: anchor.Commitment) -> Event | None:
        """The anchor of this checkpoint, whoever sent it and however; None if its size is still to come.

        Raises `AnchorFork` if its size has another root there, `AnchorCovered` if only larger ones stand.
        """
        held = self.held(commitment.origin)
        if held.size < commitment.size:
            return None
        if held.size == commitment.size and held.root != commitment.root:
            raise AnchorFork(_two_roots(commitment, held.root))
        for event in self.events(commitment.origin, held):
            if event.commitment.size == commitment.size:
                if event.commitment.root != commitment.root:
                    raise AnchorFork(_two_roots(commitment, event.commitment.root))
                return event
            if event.commitment.size < commitment.size:
                break
        raise AnchorCovered(f"{held.size} entries are anchored, {commitment.size} were to be")

    def events(self, origin: bytes, held: Held) -> Iterator[Event]:
        """All anchors of a log, newest first, at most `walk_blocks_max` blocks of them."""
        number = held.number
        for _ in range(walk_blocks_max):
            if number == 0:
                return
            found = self._events_of(origin, number)
            if not found:
                raise RpcAnswerRefused(f"{host_of(self.url)} shows no anchor in block {number}")
            yield from found
            if found[-1].previous >= number:
                raise RpcAnswerRefused(f"{host_of(self.url)}: anchors do not lead back in time")
            number = found[-1].previous

    def _events_of(self, origin: bytes, number: int) -> list[Event]:
        with self.reading():
            topic = self.code.events.Anchored().topic
            asked = {
                "fromBlock": number,
                "toBlock": number,
                "address": self.code.address,
                "topics": [topic, "0x" + origin.hex()],
            }
            found = [_event(row, topic) for row in self.web3.eth.get_logs(asked)]
        if any(one.number != number or one.commitment.origin != origin for one in found):
            raise RpcAnswerRefused(f"{host_of(self.url)} shows what was not asked for")
        return sorted(found, key=lambda one: -one.commitment.size)

    def look(self, commitment: anchor.Commitment, transaction: bytes) -> Seen:
        """The anchor that a transaction is said to have written.

        Raises `AnchorGone` if no block holds it, `TransactionReverted`, or `AnchorDiffers`.
        """
        receipt = self.receipt(transaction)
        if receipt is None:
            raise AnchorGone(f"0x{transaction.hex()} on chain {self.chain}")
        with self.reading():
            good = int(receipt["status"]) == 1
            topic = self.code.events.Anchored().topic
            rows = [row for row in receipt["logs"] if self._is_ours(row, topic)]
            events = [_event(row, topic) for row in rows]
        if not good:
            raise TransactionReverted(f"0x{transaction.hex()}")
        for event in events:
            if replace(event.commitment, quorum=commitment.quorum) == commitment:
                return self.seen(replace(event, transaction=transaction))
        raise AnchorDiffers(f"0x{transaction.hex()} anchored no checkpoint of this size and root")

    def receipt(self, transaction: bytes) -> Any:
        """What became of a transaction; None while no block holds it."""
        from web3.exceptions import TransactionNotFound

        with self.reading():
            try:
                return self.web3.eth.get_transaction_receipt(transaction)
            except TransactionNotFound:
                return None

    def require_not_reverted(self, transaction: bytes) -> None:
        """Raises `TransactionReverted`."""
        receipt = self.receipt(transaction)
        with self.reading():
            reverted = receipt is not None and int(receipt["status"]) != 1
        if reverted:
            raise TransactionReverted(f"0x{transaction.hex()}")

    def _is_ours(self, row: Any, topic: str) -> bool:
        address = str(row["address"]).lower()
        return address == self.contract.lower() and _hex(row["topics"][0]) == topic

    def seen(self, event: Event) -> Seen:
        """Where an event stands. Raises `AnchorGone` if the block of its height is another one by now."""
        with self.reading():
            block = self.web3.eth.get_block(event.number)
            block_hash, seconds = bytes(block["hash"]), int(block["timestamp"])
            height = int(self.web3.eth.block_number)
        if block_hash != event.block_hash:
            raise AnchorGone(f"block {event.number} of chain {self.chain} is another one now")
        if not 0 <= seconds <= _seconds_max:
            raise RpcAnswerRefused(f"{host_of(self.url)}: block {event.number} has no time")
        place = anchor.Place(
            self.chain,
            self.contract.lower(),
            event.transaction,
            event.number,
            block_hash,
            instant(seconds * 1000),
        )
        return Seen(place, event.commitment.quorum, max(1, height - event.number + 1))


def agreed(chains: Sequence[Chain], read: Callable[[Chain], Seen]) -> Seen:
    """What every server says, with the fewest confirmations. Raises `RpcsDiffer`."""
    found = [read(chain) for chain in chains]
    for chain, one in zip(chains[1:], found[1:], strict=True):
        if (one.place, one.quorum) != (found[0].place, found[0].quorum):
            said = f"{host_of(chains[0].url)} and {host_of(chain.url)}"
            raise RpcsDiffer(f"{said}: transaction 0x{found[0].place.transaction.hex()}")
    return replace(found[0], confirmations=min(one.confirmations for one in found))


def _event(row: Any, topic: str) -> Event:
    """A log row of the contract. Raises what `reading` turns into `RpcAnswerRefused`."""
    first, origin, size = (bytes(one) for one in row["topics"])
    data = bytes(row["data"])
    if "0x" + first.hex() != topic or len(data) != 4 * word_bytes:
        raise ValueError("another event")
    root, note, quorum, previous = (data[n : n + word_bytes] for n in range(0, len(data), 32))
    told = anchor.Commitment(origin, int.from_bytes(size, "big"), root, note, quorum)
    return Event(
        told,
        int.from_bytes(previous, "big"),
        bytes(row["transactionHash"]),
        int(row["blockNumber"]),
        bytes(row["blockHash"]),
    )


def _hex(value: Any) -> str:
    return "0x" + bytes(value).hex()


def _two_roots(commitment: anchor.Commitment, there: bytes) -> str:
    here = commitment.root.hex()
    return f"size {commitment.size}: root {here} here, root {there.hex()} on the chain"
