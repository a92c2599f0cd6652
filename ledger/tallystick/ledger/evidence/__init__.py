"""Evidence: files by which a stranger sees that a log, or a witness, broke its word (ADR 0020)."""

from tallystick.ledger.evidence.checkpoints import Fork, Inconsistent, Rollback, TwoLeaves
from tallystick.ledger.evidence.copies import Copy, ExportCopy, StoreCopy, Tree
from tallystick.ledger.evidence.delay import Delay, limit_s_default, limit_s_max
from tallystick.ledger.evidence.errors import (
    EvidenceFileRefused,
    EvidenceKeyNeeded,
    EvidenceKindUnknown,
    EvidenceMalformed,
    EvidenceNotSigned,
    EvidenceOfAnotherLog,
    EvidenceProofFails,
    EvidenceProvesNothing,
    EvidenceStoreDiffers,
    EvidenceTooLarge,
    EvidenceTreeMissing,
    EvidenceVersionUnknown,
)
from tallystick.ledger.evidence.file import (
    Evidence,
    evidence_bytes_max,
    kinds,
    read_evidence,
    write_evidence,
)
from tallystick.ledger.evidence.finding import Finding, open_finding, sign_finding
from tallystick.ledger.evidence.genesis import log_key_of
from tallystick.ledger.evidence.held import HeldLog
from tallystick.ledger.evidence.make import (
    of_checkpoints,
    of_leaves,
    of_request,
    of_rule,
    of_witness,
)
from tallystick.ledger.evidence.parts import Dsse, Place, PublicEntry
from tallystick.ledger.evidence.receipt import BrokenReceipt, Elsewhere, Late, Missing
from tallystick.ledger.evidence.rule import RuleBroken
from tallystick.ledger.evidence.verdict import Trust, Verdict

__all__ = [
    "BrokenReceipt",
    "Copy",
    "Delay",
    "Dsse",
    "Elsewhere",
    "Evidence",
    "EvidenceFileRefused",
    "EvidenceKeyNeeded",
    "EvidenceKindUnknown",
    "EvidenceMalformed",
    "EvidenceNotSigned",
    "EvidenceOfAnotherLog",
    "EvidenceProofFails",
    "EvidenceProvesNothing",
    "EvidenceStoreDiffers",
    "EvidenceTooLarge",
    "EvidenceTreeMissing",
    "EvidenceVersionUnknown",
    "ExportCopy",
    "Finding",
    "Fork",
    "HeldLog",
    "Inconsistent",
    "Late",
    "Missing",
    "Place",
    "PublicEntry",
    "Rollback",
    "RuleBroken",
    "StoreCopy",
    "Tree",
    "Trust",
    "TwoLeaves",
    "Verdict",
    "evidence_bytes_max",
    "kinds",
    "limit_s_default",
    "limit_s_max",
    "log_key_of",
    "of_checkpoints",
    "of_leaves",
    "of_request",
    "of_rule",
    "of_witness",
    "open_finding",
    "read_evidence",
    "sign_finding",
    "write_evidence",
]
