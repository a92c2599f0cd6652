"""The words of the papers of the acts on a certificate: undertaking, assignment, notice, settlement; in Chinese and English."""

from tallystick.finance.papers.facts import (
    Facts,
    Hop,
    Language,
    Paper,
    PaperFontMissing,
    PaperKind,
    PaperMissing,
    PaperNotSealed,
    Seal,
    Signed,
    languages,
    paper_kinds,
)
from tallystick.finance.papers.words import titles, write

__all__ = [
    "Facts",
    "Hop",
    "Language",
    "Paper",
    "PaperFontMissing",
    "PaperKind",
    "PaperMissing",
    "PaperNotSealed",
    "Seal",
    "Signed",
    "languages",
    "paper_kinds",
    "titles",
    "write",
]
