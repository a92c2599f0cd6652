"""How well the goods behind a certificate are proven: one ladder over the facts that speak for a receipt.

    document   only a document says so
    statement  both firms signed a statement of use
    device     a device of the buyer signed the receiving event
    traced     that, within the time between despatch and entry, after an unbroken chain of scans
    inspected  that, and a device of the buyer reported the inspection

A certificate has the grade of the weakest receipt on which any of its cents rest; where cents rest on none, the lowest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from tallystick.finance.draft import Draft, Row
from tallystick.finance.policies.bodies import EvidenceGrade
from tallystick.finance.trade.lines import line_name

evidence_grades: tuple[EvidenceGrade, ...] = get_args(EvidenceGrade)


def reaches(found: EvidenceGrade, asked: EvidenceGrade) -> bool:
    """Whether one grade is at least another."""
    return evidence_grades.index(found) >= evidence_grades.index(asked)


def grade_of_certificate(draft: Draft, name: str) -> EvidenceGrade:
    """Of the weakest receipt behind it."""
    backings = draft.rows("backing", name).values()
    return _weakest(grade_of_backing(draft, backing) for backing in backings)


def _weakest(found: Iterable[EvidenceGrade]) -> EvidenceGrade:
    return evidence_grades[min(map(evidence_grades.index, found), default=0)]


def grade_of_backing(draft: Draft, backing: Row) -> EvidenceGrade:
    line = line_name(backing["order"], backing["order_line"])
    return _weakest(
        grade_of_receipt(draft, draft.row("receipt", line, used["part"]) or {})
        for used in backing["receipts"]
    )


def grade_of_receipt(draft: Draft, receipt: Row) -> EvidenceGrade:
    evidence = receipt.get("evidence")
    if evidence == "statement":
        return "statement"
    if evidence != "device":
        return "document"
    if not {"time", "chain"} <= set(receipt.get("facts", ())):
        return "device"
    despatch = draft.row("despatch", receipt["despatch"]) or {}
    return "inspected" if "inspected" in despatch else "traced"
