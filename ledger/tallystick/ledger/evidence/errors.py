"""Why an evidence file is not read, or convinces nobody (ADR 0020)."""

from __future__ import annotations

from tallystick.ledger.errors import TallystickError


class EvidenceFileRefused(TallystickError):
    """Base of all: the file convinces nobody."""

    code = "evidence-refused"
    status = 422
    title = "The evidence file does not show what it should"
    advice = "It accuses nobody. Ask whoever gave it for the material that it was made from."


class EvidenceTooLarge(EvidenceFileRefused):
    code = "evidence-too-large"
    status = 413
    title = "The evidence file has more bytes than evidence needs"


class EvidenceMalformed(EvidenceFileRefused):
    code = "evidence-malformed"
    status = 400
    title = "The evidence file is not well-formed"
    advice = (
        "Fetch it again as a whole: it is one line of canonical JSON with the members of its kind."
    )


class EvidenceVersionUnknown(EvidenceFileRefused):
    code = "evidence-version-unknown"
    title = "This release does not read evidence files of this version"
    advice = "Take a newer release."


class EvidenceKindUnknown(EvidenceFileRefused):
    code = "evidence-kind-unknown"
    title = "This release does not know this kind of evidence"
    advice = "Take a newer release, or compare the kind with the list in the documentation."


class EvidenceOfAnotherLog(EvidenceFileRefused):
    code = "evidence-of-another-log"
    title = "The evidence is about another log than the one whose key you pinned"
    advice = "Give the key of the log that the file names, as you got it by another way."


class EvidenceNotSigned(EvidenceFileRefused):
    code = "evidence-not-signed"
    title = "What the evidence says somebody signed is not signed by the key you gave"
    advice = "It accuses nobody. Compare the key; anybody can write a file that nobody signed."


class EvidenceProofFails(EvidenceFileRefused):
    code = "evidence-proof-fails"
    title = "A Merkle proof in the evidence does not lead to its checkpoint"


class EvidenceProvesNothing(EvidenceFileRefused):
    code = "evidence-proves-nothing"
    title = "Everything in the evidence may be true of an honest log"


class EvidenceKeyNeeded(EvidenceFileRefused):
    code = "evidence-key-needed"
    title = "The evidence rests on somebody whose key you did not give"
    advice = "Get the key from them by another way, and give it if you believe them."


class EvidenceTreeMissing(EvidenceFileRefused):
    code = "evidence-tree-missing"
    title = "Two checkpoints of different sizes prove nothing without the tree of the larger one"
    advice = (
        "Run the command where a copy of that log is, or give --export or --node; keep both checkpoints until "
        "somebody has the tree."
    )


class EvidenceStoreDiffers(EvidenceFileRefused):
    code = "evidence-store-differs"
    title = "The copy of the log given is not one that settles this"
    advice = (
        "Give a store or a full export that holds this log at least up to the size that is named."
    )
