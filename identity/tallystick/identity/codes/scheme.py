"""What a scheme of codes is: a name, one canonical spelling for each code, and a check.

Entries hold codes in their canonical spelling alone, so that one code has one name in state; whoever reads
or types a code may spell it as people do (blanks, hyphens, small letters, `(01)`), and `parse` turns it into that one.
No character is taken for another that looks like it: what is not of the alphabet is refused by its code point.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tallystick.ledger import RuleError

code_chars_max = 500


class CodeRefused(RuleError):
    code = "code-refused"
    title = "This is not a code of that scheme"
    advice = "Copy it again from its label or register; the table of schemes says what is checked."


class CodeNotCanonical(RuleError):
    code = "code-not-canonical"
    title = "The code is good, but this is not the spelling that entries hold"
    advice = "Write it as the message says, and sign again."


class SchemeUnknown(RuleError):
    code = "scheme-unknown"
    title = "There is no scheme of codes under this name"
    advice = "`tallystick name schemes` lists them."


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a scheme in its canonical spelling."""

    scheme: str
    value: str

    @property
    def name(self) -> str:
        """As state names it."""
        return f"{self.scheme}:{self.value}"

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


@dataclass(frozen=True, slots=True)
class Scheme:
    """A row of the table of schemes. Texts are in English (`en`) and Chinese (`zh`).

    `form`: the canonical spelling. `check`: what is checked, and what is not. `read` gives the canonical
    spelling of a text, or raises `CodeRefused`.
    """

    name: str
    source: str
    title: Mapping[str, str]
    form: Mapping[str, str]
    check: Mapping[str, str]
    example: str
    read: Callable[[str], str]

    def parse(self, text: str) -> Code:
        """The code that a text spells; raises `CodeRefused`."""
        if len(text) > code_chars_max:
            raise CodeRefused(f"a code has at most {code_chars_max} characters")
        return Code(self.name, self.read(text))


def said(en: str, zh: str) -> Mapping[str, str]:
    return {"en": en, "zh": zh}


def require_ascii(text: str, scheme: str) -> None:
    """Visible ASCII alone; raises `CodeRefused` that names the first other character."""
    for character in text:
        if not "!" <= character <= "~":
            raise CodeRefused(f"{scheme}: U+{ord(character):04X} is no visible ASCII character")


def require(pattern: str, text: str, scheme: str, told: str) -> None:
    """The whole text is of a pattern; raises `CodeRefused`, which says what it is not."""
    if not re.fullmatch(pattern, text):
        raise CodeRefused(f"{scheme}: {text} is not {told}")


def require_digit(scheme: str, number: str, found: str, right: str) -> None:
    """The check digit is right; raises `CodeRefused`."""
    if found != right:
        raise CodeRefused(f"{scheme}: the check digit of {number} is {right}, not {found}")


def compact(text: str, scheme: str) -> str:
    """Without the blanks and hyphens that people set between groups, in upper case."""
    bare = text.replace(" ", "").replace("-", "")
    require_ascii(bare, scheme)
    return bare.upper()
