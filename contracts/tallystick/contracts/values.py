"""What is anchored, and where on a chain it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from tallystick.contracts.errors import AnchorAddressRefused
from tallystick.ledger import anchor

_address = re.compile(r"0x[0-9a-fA-F]{40}")
no_root = bytes(32)


@dataclass(frozen=True, slots=True)
class Held:
    """The newest anchored checkpoint of a log, as the contract keeps it; size 0 if there is none.

    `number`: the block in which it was anchored.
    """

    size: int
    root: bytes
    number: int


@dataclass(frozen=True, slots=True)
class Event:
    """A checkpoint that the contract said it anchored, in a transaction of a block."""

    commitment: anchor.Commitment
    previous: int
    transaction: bytes
    number: int
    block_hash: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """An anchor that stands on the chain. `confirmations` counts its own block too."""

    place: anchor.Place
    quorum: bytes
    confirmations: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A signed transaction: the same bytes may be sent any number of times.

    Fees are in wei per gas; on a chain without a base fee both are the price. `at_ms`: when it was signed.
    """

    transaction: bytes
    raw: bytes
    nonce: int
    fee: int
    tip: int
    at_ms: int


def read_address(text: str) -> str:
    """In lower case; the check digits of a mixed one must hold (EIP-55). Raises `AnchorAddressRefused`."""
    if not _address.fullmatch(text):
        raise AnchorAddressRefused(repr(text[:60]))
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper()):
        from web3 import Web3

        if Web3.to_checksum_address(text.lower()) != text:
            raise AnchorAddressRefused(f"{text}: its check digits do not hold")
    return text.lower()


def host_of(url: str) -> str:
    """What may be shown of an RPC server's address: the rest of it may hold a key."""
    try:
        split = urlsplit(url)
        port = f":{split.port}" if split.port else ""
    except ValueError:
        return "(an address that is none)"
    return f"{split.scheme}://{split.hostname or ''}{port}"
