"""The patterns of templates: a part of regular expressions that is matched in time linear in the text.

A pattern is a row of pieces; each is one character, or a class such as `[A-Z0-9-]`, and may be followed by
`?`, `{n}` or `{n,m}`. Nothing is nested and nothing chosen between, so no pattern of a stranger can hold up
the log, and the same pattern means the same as a regular expression of the whole text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache

from tallystick.ledger import RuleError

pieces_max = 32
count_max = 4096
_special = frozenset("[]{}()?*+|.^$\\")


class PictureRefused(RuleError):
    code = "pattern-refused"
    title = "This pattern cannot stand in a template"
    advice = "Write characters and classes with counts, such as `[A-Z]{2}-[0-9]{1,4}`."


@dataclass(frozen=True, slots=True)
class Piece:
    """One of these characters, at least and at most so often."""

    ranges: tuple[tuple[str, str], ...]
    least: int
    most: int

    def takes(self, character: str) -> bool:
        return any(first <= character <= last for first, last in self.ranges)


@lru_cache(maxsize=1024)
def read_picture(pattern: str) -> tuple[Piece, ...]:
    """The pieces of a pattern; raises `PictureRefused`."""
    pieces: list[Piece] = []
    position = 0
    while position < len(pattern):
        if len(pieces) == pieces_max:
            raise PictureRefused(f"a pattern has at most {pieces_max} pieces")
        ranges, position = _class(pattern, position)
        least, most, position = _count(pattern, position)
        pieces.append(Piece(ranges, least, most))
    return tuple(pieces)


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text is so; raises `PictureRefused`."""
    expression = _expression(pattern)
    if expression is not None:
        return expression.fullmatch(text) is not None
    return matches(read_picture(pattern), text)


@lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str] | None:
    """The pattern as a regular expression, where that is as quick: nothing to choose but one length."""
    varied = sum(piece.least != piece.most for piece in read_picture(pattern))
    return re.compile(pattern, re.DOTALL) if varied <= 1 else None


def matches(pieces: tuple[Piece, ...], text: str) -> bool:
    """Whether the whole text is so. Takes pieces × characters steps at most."""
    reached = {0}
    for piece in pieces:
        reached = _after(piece, text, reached)
        if not reached:
            return False
    return len(text) in reached


def _after(piece: Piece, text: str, reached: set[int]) -> set[int]:
    """Where the text may stand after this piece, from where it may stand before."""
    found: set[int] = set()
    starts = sorted(reached)
    for first, end in _runs(piece, text):
        inside = starts[bisect_left(starts, first) : bisect_right(starts, end)]
        found.update(_spread(piece, inside, end))
    return found


def _spread(piece: Piece, starts: list[int], end: int) -> set[int]:
    """All places `least` to `most` characters behind one of the starts, within the run."""
    found: set[int] = set()
    done = 0
    for start in starts:
        first, last = start + piece.least, min(start + piece.most, end)
        found.update(range(max(first, done), last + 1))
        done = max(done, last + 1)
    return found


def _runs(piece: Piece, text: str) -> list[tuple[int, int]]:
    """Stretches of characters that the piece takes, empty ones between others included."""
    runs: list[tuple[int, int]] = []
    start = 0
    for position, character in enumerate(text):
        if not piece.takes(character):
            runs.append((start, position))
            start = position + 1
    runs.append((start, len(text)))
    return runs


def _class(pattern: str, position: int) -> tuple[tuple[tuple[str, str], ...], int]:
    character = pattern[position]
    if character == "[":
        return _ranges(pattern, position + 1)
    if character == "\\":
        if position + 1 == len(pattern) or pattern[position + 1] not in _special:
            raise PictureRefused(f"`\\` at {position} stands before none of {_spelled()}")
        return ((pattern[position + 1], pattern[position + 1]),), position + 2
    if character in _special:
        raise PictureRefused(
            f"`{character}` at {position} means nothing here; write `\\` before it"
        )
    return ((character, character),), position + 1


def _ranges(pattern: str, position: int) -> tuple[tuple[tuple[str, str], ...], int]:
    end = pattern.find("]", position)
    told = pattern[position:end]
    if end < 0 or not told or told[0] == "^" or any(c in "[\\&~|" for c in told):
        raise PictureRefused(f"the class at {position - 1} is not like `[A-Z0-9-]`")
    if "--" in told:
        raise PictureRefused(f"`-` stands last in the class at {position - 1}")
    ranges: list[tuple[str, str]] = []
    at = 0
    while at < len(told):
        first, ranged = told[at], told[at + 1 : at + 2] == "-" and at + 2 < len(told)
        last = told[at + 2] if ranged else first
        if last < first or (first == "-" and at + 1 < len(told)):
            raise PictureRefused(
                f"the class at {position - 1} has a range that ends before it begins"
            )
        ranges.append((first, last))
        at += 3 if ranged else 1
    return tuple(ranges), end + 1


def _count(pattern: str, position: int) -> tuple[int, int, int]:
    if pattern[position : position + 1] == "?":
        return 0, 1, position + 1
    if pattern[position : position + 1] != "{":
        return 1, 1, position
    end = pattern.find("}", position)
    least, comma, most = pattern[position + 1 : end].partition(",")
    if end < 0 or not _plain(least) or (comma and not _plain(most)):
        raise PictureRefused(f"the count at {position} is not like {{4}} or {{4,6}}")
    low, high = int(least), int(most) if comma else int(least)
    if low > high or high > count_max or high == 0:
        raise PictureRefused(f"the count at {position} is empty, or above {count_max}")
    return low, high, end + 1


def _plain(digits: str) -> bool:
    return 0 < len(digits) <= 4 and digits.isascii() and digits.isdigit()


def _spelled() -> str:
    return " ".join(sorted(_special))
