"""Which application identifiers need each other, and which exclude each other (GS1 General Specifications §4.13, §4.14).

What is needed may stand in another symbol on the same thing, so a link that lacks it is read, but not written; what
excludes each other stands in no link. Qualifiers are not here: their key says which it has. `n` is any digit, `+` means both.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache

_measures = "30 31nn 32nn 35nn 36nn"
#: By what is needed (one of the alternatives), the AI that need it.
_needed_by: Mapping[str, str] = {
    "00": "403 430[0-24-9] 431[0-24-9] 432[0-6] 433[0-3]",
    "01": "243 337n 71n 8001",
    "37": "02 8026",
    "255": "394n 8111",
    "415": "8007",
    "4302": "4303",
    "4312": "4313",
    "8018": "725[0127] 7259",
    "8020": "12 391n 415",
    "00 01": "33[0-6]n 34nn 35[345]n 36[23789]n 8009",
    "00+02 00+8026": "37",
    "01 02": "30 31nn 32nn 35[01267]n 36[01456]n 423 424 425 426 70(?:02|03|05|06|07|08|09|10|11|3n) 8005 8008",
    "01 02 8006 8026": "10 11 13 15 16 20 240 241 242 422 7001",
    "01 02 255 8006 8026": "17",
    "01 8004": "723n",
    "01 8006": "251 7021 7240 8012",
    "01+10": "7004",
    "01+21 8006+21": "250",
    "01+416 8006+416": "7020",
    "01+422 02+422": "427",
    "01+7021 8006+7021": "7022",
    "8017 8018": "7241 7242 725[3456]",
    "8018+7259": "7258",
    "255 8020": "390n",
    _measures: "393n 395n",
    " ".join(f"01+{one}" for one in _measures.split()): "392n",
    "00 01+21 253 255 8003 8004 8006+21 8010+8011 8017 8018": "8030",
}
#: By AI, those that it never stands with.
_excludes: Mapping[str, str] = {
    "01": "02 255 37 8006",
    "02": "255 8026",
    "255": "415 8006 8020 8026",
    "37": "8006",
    "390n": "391n 394n 8111",
    "392n": "393n 395n",
    "393n": "395n",
    "394n": "8111",
    "395n": "8005",
    "420": "421",
    "421": "4307",
    "422": "426",
    "423": "426",
    "424": "426",
    "425": "426",
    "4330": "4331",
    "4332": "4333",
    "7250": "7251",
    "7253": "7256 7259",
    "7254": "7256 7259",
    "7255": "7256 7259",
    "7256": "7259",
    "8006": "8026",
    "8017": "8018",
}
#: One measure or price, of which the last digit says where the decimal point is.
_decimals = re.compile(r"3[1-69][0-9][0-9]")


def contradiction(ais: Collection[str]) -> tuple[str, str] | None:
    """Two of them that exclude each other."""
    given = sorted(ais)
    for at, first in enumerate(given):
        for second in given[at + 1 :]:
            if _same_measure(first, second) or _excluded(first, second):
                return first, second
    return None


def lacking(attributes: Iterable[str], ais: Collection[str]) -> tuple[str, str] | None:
    """An attribute, and what it needs that is not among all AI of its link."""
    for ai in attributes:
        for wanted in needs(ai):
            if not any(_all_there(one, ais) for one in wanted.split()):
                return ai, wanted
    return None


@cache
def needs(ai: str) -> tuple[str, ...]:
    """What an AI needs: of each text one alternative."""
    return tuple(wanted for wanted, told in _needed_by.items() if _named(told, ai))


def _excluded(first: str, second: str) -> bool:
    return _named(_foes(first), second) or _named(_foes(second), first)


@cache
def _foes(ai: str) -> str:
    return " ".join(told for names, told in _excludes.items() if _named(names, ai))


def _same_measure(first: str, second: str) -> bool:
    return first[:3] == second[:3] and bool(_decimals.fullmatch(first) and len(second) == 4)


def _all_there(wanted: str, ais: Collection[str]) -> bool:
    return all(any(_named(one, ai) for ai in ais) for one in wanted.split("+"))


def _named(told: str, ai: str) -> bool:
    """Whether an AI is one of those that a text names."""
    return any(re.fullmatch(one.replace("n", "[0-9]"), ai) for one in told.split())
