"""What a verified bundle states: what it says, how far it is proven, and members; the words stand in words.json.

The browser's verifier reads the same words, so that both say the same of the same file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from tallystick.finance import format_amount

#: proven: rests on checkpoint and pin, and on heads where it says complete, current or absent.
#: authentic: in the log, not proven complete or current. note: what must be said beside.
Grade = Literal["proven", "authentic", "note"]
Language = Literal["en", "zh"]
Value = str | int | None
nothing = "–"
_minor = "_minor"


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence that follows from the bundle."""

    says: str
    grade: Grade
    members: tuple[tuple[str, Value], ...] = ()

    def document(self) -> dict[str, Any]:
        return {"says": self.says, "grade": self.grade, **dict(self.members)}

    def said(self, language: Language) -> str:
        """In words; an amount as people write it, with its currency."""
        shown: dict[str, object] = {}
        told = dict(self.members)
        for name, value in told.items():
            shown[name] = nothing if value is None else value
            if name.endswith(_minor):
                currency = str(told["currency"])
                amount = (
                    f"{format_amount(value, currency)} {currency}"
                    if isinstance(value, int)
                    else nothing
                )
                shown[name.removesuffix(_minor)] = amount
        return words()[self.says][language].format_map(shown)


def proven(says: str, /, **members: Value) -> Statement:
    return Statement(says, "proven", tuple(members.items()))


def authentic(says: str, /, **members: Value) -> Statement:
    return Statement(says, "authentic", tuple(members.items()))


def note(says: str, /, **members: Value) -> Statement:
    return Statement(says, "note", tuple(members.items()))


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """By key and language."""
    found = (files("tallystick.app.bundles") / "words.json").read_text(encoding="utf-8")
    read: Mapping[str, Mapping[str, str]] = json.loads(found)
    return read
