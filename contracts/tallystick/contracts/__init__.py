"""The anchor of logs on an EVM chain: the contract, and the client that writes and checks it."""

from tallystick.contracts.advancing import RootAt, advance, require_own
from tallystick.contracts.artifact import Artifact, artifact
from tallystick.contracts.chain import Chain
from tallystick.contracts.checking import check_claim
from tallystick.contracts.errors import (
    AnchorAddressRefused,
    AnchorCovered,
    AnchorDiffers,
    AnchorFailed,
    AnchorFork,
    AnchorGone,
    AnchorKeyExists,
    AnchorKeyMissing,
    AnchorKeyRefused,
    AnchorPending,
    AnchorUnconfirmed,
    ChainAhead,
    ChainUnreachable,
    FeeTooHigh,
    NotEnoughFunds,
    NotOurContract,
    NotPublisher,
    RpcAnswerRefused,
    RpcRefused,
    RpcsDiffer,
    TransactionReverted,
    WrongChain,
)
from tallystick.contracts.key import PublisherKey
from tallystick.contracts.publishing import Publisher, gwei
from tallystick.contracts.values import Event, Held, Seen, Sent, host_of, read_address

__all__ = [
    "AnchorAddressRefused",
    "AnchorCovered",
    "AnchorDiffers",
    "AnchorFailed",
    "AnchorFork",
    "AnchorGone",
    "AnchorKeyExists",
    "AnchorKeyMissing",
    "AnchorKeyRefused",
    "AnchorPending",
    "AnchorUnconfirmed",
    "Artifact",
    "Chain",
    "ChainAhead",
    "ChainUnreachable",
    "Event",
    "FeeTooHigh",
    "Held",
    "NotEnoughFunds",
    "NotOurContract",
    "NotPublisher",
    "Publisher",
    "PublisherKey",
    "RootAt",
    "RpcAnswerRefused",
    "RpcRefused",
    "RpcsDiffer",
    "Seen",
    "Sent",
    "TransactionReverted",
    "WrongChain",
    "advance",
    "artifact",
    "check_claim",
    "gwei",
    "host_of",
    "read_address",
    "require_own",
]
