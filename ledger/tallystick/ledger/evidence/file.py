"""Evidence files: one JSON object in RFC 8785 form, self-contained, limited in size."""

from __future__ import annotations

from pydantic import ValidationError

from tallystick.ledger import canonical
from tallystick.ledger.evidence.checkpoints import Fork, Inconsistent, Rollback, TwoLeaves
from tallystick.ledger.evidence.delay import Delay
from tallystick.ledger.evidence.errors import (
    EvidenceKindUnknown,
    EvidenceMalformed,
    EvidenceTooLarge,
    EvidenceVersionUnknown,
)
from tallystick.ledger.evidence.parts import version
from tallystick.ledger.evidence.receipt import BrokenReceipt
from tallystick.ledger.evidence.rule import RuleBroken

evidence_bytes_max = 2 * 1024 * 1024

Evidence = Fork | Inconsistent | TwoLeaves | Rollback | BrokenReceipt | Delay | RuleBroken
kinds: dict[str, type[Evidence]] = {
    "fork": Fork,
    "inconsistent": Inconsistent,
    "two-leaves": TwoLeaves,
    "rollback": Rollback,
    "receipt": BrokenReceipt,
    "delay": Delay,
    "rule": RuleBroken,
}


def write_evidence(evidence: Evidence) -> bytes:
    """The bytes of a file; raises `EvidenceTooLarge`."""
    data = evidence.encode() + b"\n"
    if len(data) > evidence_bytes_max:
        raise EvidenceTooLarge(f"at most {evidence_bytes_max} bytes")
    return data


def read_evidence(data: bytes) -> Evidence:
    """What a file says; nothing of it is verified yet. Raises `EvidenceFileRefused` or one of its kinds."""
    if len(data) > evidence_bytes_max:
        raise EvidenceTooLarge(f"at most {evidence_bytes_max} bytes")
    line = data.removesuffix(b"\n")
    try:
        members = canonical.decode_object(line)
    except canonical.NotCanonical as error:
        raise EvidenceMalformed(error.detail) from None
    told, kind = members.get("v"), members.get("kind")
    if type(told) is not int or told < 1:
        raise EvidenceMalformed("v is the version of its form, 1")
    if told != version:
        raise EvidenceVersionUnknown(f"version {told}, this is version {version}")
    if not isinstance(kind, str):
        raise EvidenceMalformed("kind is text")
    model = kinds.get(kind)
    if model is None:
        raise EvidenceKindUnknown(kind[:40])
    try:
        return model.model_validate_json(line)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in wrong["loc"])
        raise EvidenceMalformed(f"{kind}, {where or 'as a whole'}: {wrong['msg']}") from None
