"""The credit file of one financing (授信档案): what a bank keeps of it, section by section, and what is missing.

A line says a value, a phrase with values in it, or that something is missing; nothing that has a line here is left out
in silence. Words are a pure function of the facts, as of the other papers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from tallystick.finance.papers.credit_phrases import CreditPhrases, credit_phrases
from tallystick.finance.papers.facts import Language, Paper, Part, Signed

Chapter = Literal[
    "promise", "confirmation", "authority", "evidence", "chain", "notice", "register", "quote", "interest",
    "account", "payment",
]  # fmt: skip
chapters: tuple[Chapter, ...] = get_args(Chapter)


@dataclass(frozen=True, slots=True)
class Line:
    """`label` and `said` are words of `credit_phrases`; `told` fills the phrase, with `word` translated.

    `missing`: why there is nothing to say; `value` is then of whom.
    """

    label: str
    value: str = ""
    said: str = ""
    told: Mapping[str, object] = field(default_factory=dict)
    word: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class CreditFacts:
    """`entries`: those on which it rests. `lookup`: where anybody finds the entry of issue."""

    certificate: str
    quote: str
    bank: str
    seller: str
    sections: tuple[tuple[Chapter, tuple[Line, ...]], ...]
    entries: tuple[Signed, ...]
    origin: str
    size: int
    root: str
    lookup: str
    simulated: bool


def write_credit(facts: CreditFacts, language: Language) -> Paper:
    """The file's words. `made` is the last entry's time, so that the same file is the same bytes."""
    said = credit_phrases[language]
    titles = dict(facts.sections)
    number = iter(said.numbers)
    parts = [
        Part(
            next(number) + said.chapters[name],
            tuple((said.labels[one.label], _value(one, said)) for one in lines),
        )
        for name, lines in titles.items()
    ]
    missing = tuple(
        (said.labels[one.label], _missing(one, said.missing[one.missing]))
        for lines in titles.values()
        for one in lines
        if one.missing
    )
    gaps = missing or ((said.nothing_missing, said.nothing_missing_told),)
    return Paper(
        title=said.title,
        subtitle=said.subtitle.format(certificate=facts.certificate),
        language=language,
        opening=said.opening.format(bank=facts.bank, seller=facts.seller, quote=facts.quote),
        rows=(),
        paragraphs=said.paragraphs,
        payouts=(),
        signatory=(said.no_seal,),
        seal=None,
        evidence=said.evidence,
        table=(said.columns, *(_entry(one, said) for one in facts.entries)),
        closing=tuple(_closing(facts, said)),
        lookup=facts.lookup,
        footer=f"{said.title} · {facts.certificate}",
        made=max(entry.time for entry in facts.entries),
        parts=(*parts, Part(next(number) + said.gaps, gaps)),
    )


def credit_words(language: Language) -> CreditPhrases:
    return credit_phrases[language]


def _missing(one: Line, why: str) -> str:
    return f"{one.value}: {why}" if one.value else why


def _value(one: Line, said: CreditPhrases) -> str:
    if one.missing:
        return _missing(one, said.absent.format(why=said.missing[one.missing]))
    word = said.words.get(one.word, one.word)
    if one.said:
        return said.phrases[one.said].format(**one.told, word=word)
    return one.value or word


def _entry(one: Signed, said: CreditPhrases) -> tuple[str, ...]:
    word = said.verified if one.verified else said.unverified
    return (str(one.index), said.words[one.act], one.time, one.leaf_hash, word)


def _closing(facts: CreditFacts, said: CreditPhrases) -> Iterator[str]:
    yield said.checkpoint.format(origin=facts.origin, size=facts.size, root=facts.root)
    yield from said.closing
    if facts.simulated:
        yield said.simulated
