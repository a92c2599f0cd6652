"""Quorum certificates: one BLS signature for k of n witnesses under a checkpoint (formats §3, ADR 0017)."""

from tallystick.ledger.bls.errors import (
    PointAtInfinity,
    PointOutsideGroup,
    PointRefused,
    PossessionRefused,
    QuorumKeyTwice,
    QuorumNameRefused,
    QuorumTextRefused,
    QuorumTextTooLarge,
    RogueKey,
    SignerNotWitness,
)
from tallystick.ledger.bls.registered import ProvenQuorum, Registered
from tallystick.ledger.bls.text import QuorumSigner, QuorumText, quorum_text

__all__ = [
    "PointAtInfinity",
    "PointOutsideGroup",
    "PointRefused",
    "PossessionRefused",
    "ProvenQuorum",
    "QuorumKeyTwice",
    "QuorumNameRefused",
    "QuorumSigner",
    "QuorumText",
    "QuorumTextRefused",
    "QuorumTextTooLarge",
    "Registered",
    "RogueKey",
    "SignerNotWitness",
    "quorum_text",
]
