"""What can go wrong between a log and the chain on which it is anchored, each by its name."""

from __future__ import annotations

from tallystick.ledger import TallystickError

_operator = "The log goes on without the anchor; it is tried again."


class AnchorFailed(TallystickError):
    """Base of all of them."""

    code = "anchor-failed"
    status = 502
    title = "The anchor could not be written or read"
    advice = _operator


class ChainUnreachable(AnchorFailed):
    code = "anchor-chain-unreachable"
    status = 503
    title = "The chain's RPC server does not answer"
    advice = (
        "Check TALLYSTICK_ANCHOR_RPC, or ask another server. Nothing is lost: it is tried again."
    )


class RpcAnswerRefused(AnchorFailed):
    code = "anchor-rpc-answer"
    title = "The RPC server's answer is not in its form"
    advice = "Check that the address is that of an Ethereum JSON-RPC server, or ask another one."


class RpcRefused(AnchorFailed):
    code = "anchor-rpc-refused"
    title = "The RPC server refuses the request"
    advice = "What it says stands behind the colon; ask its operator, or another server."


class RpcsDiffer(AnchorFailed):
    code = "anchor-rpcs-differ"
    status = 409
    title = "Two RPC servers say different things of one chain"
    advice = "One of them lies or is on a fork of its own: believe neither before you know which. Ask a third."


class WrongChain(AnchorFailed):
    code = "anchor-wrong-chain"
    status = 409
    title = "The RPC server is on another chain"
    advice = "Check TALLYSTICK_ANCHOR_CHAIN and TALLYSTICK_ANCHOR_RPC: nothing was sent."


class AnchorAddressRefused(AnchorFailed):
    code = "anchor-address-refused"
    status = 400
    title = "This is no address of a contract"
    advice = (
        "It is 0x and 40 hex digits, as `tallystick anchor deploy` printed it; check each of them."
    )


class NotOurContract(AnchorFailed):
    code = "anchor-contract-not-ours"
    status = 409
    title = "At this address is no anchor contract of this version"
    advice = (
        "Check address and chain. Do not rely on what it says: only code that is, byte for byte, that of "
        "the published source refuses two roots of one size."
    )


class NotPublisher(AnchorFailed):
    code = "anchor-not-publisher"
    status = 403
    title = "The contract takes anchors from another key"
    advice = (
        "Use the key that deployed it, or let that one hand over (offerPublisher, acceptPublisher)."
    )


class AnchorFork(AnchorFailed):
    code = "anchor-fork"
    status = 409
    title = "The chain holds another root of the same size: this log has two histories"
    advice = (
        "This is evidence of a fork. Stop, keep this store and the transaction, and compare with witnesses "
        "and mirrors before anything is signed again."
    )


class ChainAhead(AnchorFailed):
    code = "anchor-chain-ahead"
    status = 409
    title = "The chain holds a larger checkpoint than this log has ever signed"
    advice = (
        "The log lost entries, or a second copy of it is running. Stop, and find out which, before "
        "anything is signed again."
    )


class AnchorCovered(AnchorFailed):
    code = "anchor-covered"
    status = 409
    title = "A larger checkpoint is anchored already, and this size alone never was"
    advice = "Nothing needs to be sent: the larger one covers it."


class NotEnoughFunds(AnchorFailed):
    code = "anchor-no-funds"
    status = 402
    title = "The publisher's account cannot pay for the transaction"
    advice = "Send it funds; `tallystick anchor show` prints its address. It is tried again."


class FeeTooHigh(AnchorFailed):
    code = "anchor-fee-too-high"
    status = 503
    title = "The chain asks for a higher fee than is allowed"
    advice = "Wait, or raise TALLYSTICK_ANCHOR_FEE_MAX_GWEI. It is tried again."


class TransactionReverted(AnchorFailed):
    code = "anchor-reverted"
    status = 409
    title = "The chain took the transaction and refused what it does"
    advice = "`tallystick anchor check` says what the contract holds."


class AnchorPending(AnchorFailed):
    code = "anchor-pending"
    status = 503
    title = "The transaction is sent and in no block yet"
    advice = (
        "Nothing waits for it; it is looked at again, and sent again with a higher fee in time."
    )


class AnchorUnconfirmed(AnchorFailed):
    code = "anchor-unconfirmed"
    status = 503
    title = "The anchor is in a block that has too few blocks behind it"
    advice = "Nothing waits for it; it is looked at again."


class AnchorGone(AnchorFailed):
    code = "anchor-gone"
    status = 409
    title = "The chain no longer holds a transaction that was in one of its blocks"
    advice = "The chain was reorganised. The operator's worker sends it again; check again later."


class AnchorDiffers(AnchorFailed):
    code = "anchor-differs"
    status = 409
    title = "The chain does not say what is claimed of it"
    advice = "Do not rely on the anchor: what was claimed never stood in this transaction."


class AnchorKeyMissing(AnchorFailed):
    code = "anchor-key-missing"
    status = 503
    title = "The key that pays for anchors is not in the key store"
    advice = "Make one by `tallystick anchor key`, or restore `keys/anchor.pem` from its backup."


class AnchorKeyRefused(AnchorFailed):
    code = "anchor-key-refused"
    status = 503
    title = "The file of the publisher's key is no secp256k1 key in PEM"
    advice = "Restore `keys/anchor.pem` from its backup."


class AnchorKeyExists(AnchorFailed):
    code = "anchor-key-exists"
    status = 409
    title = "There is a publisher's key already"
    advice = "It is not replaced. Move `keys/anchor.pem` away first if another one shall publish."
