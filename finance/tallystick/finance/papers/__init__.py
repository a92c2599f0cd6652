"""The words of the papers of the acts on a certificate: undertaking, assignment, notice, settlement; in Chinese and English."""

from tallystick.finance.papers.credit import CreditFacts, Line, credit_words, write_credit
from tallystick.finance.papers.facts import (
    Facts,
    Hop,
    Language,
    Paper,
    PaperFontMissing,
    PaperKind,
    PaperMissing,
    PaperNotSealed,
    Part,
    Seal,
    Signed,
    languages,
    paper_kinds,
)
from tallystick.finance.papers.words import titles, write

__all__ = [
    "CreditFacts",
    "Facts",
    "Hop",
    "Language",
    "Line",
    "Paper",
    "PaperFontMissing",
    "PaperKind",
    "PaperMissing",
    "PaperNotSealed",
    "Part",
    "Seal",
    "Signed",
    "credit_words",
    "languages",
    "paper_kinds",
    "titles",
    "write",
    "write_credit",
]
