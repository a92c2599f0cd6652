"""Forms of the values of application identifiers, in the notation of the GS1 General Specifications §3.

A form is written as parts: a character set (`n` digits, `x` set 82, `y` set 39, `z` base64url), a length or
`..` and the longest, and what the part must satisfy (see `_checks`). `[…]` may be missing: `n14c`, `n13c [x..17]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

from tallystick.identity.digital_link.check_digits import characters_82, check_pair, closes

_sets = {
    "n": "[0-9]",
    "x": "[" + re.escape(characters_82) + "]",
    "y": "[#\\-/0-9A-Z]",
    "z": "[A-Za-z0-9_=-]",
}
_part = re.compile(r"(?P<set>[nxyz])(?P<up_to>\.\.)?(?P<length>[1-9][0-9]?)(?P<checks>[a-zA-Z]*)")
_prefix_digits_min = 4


@dataclass(frozen=True, slots=True)
class Form:
    """`text`: as written; `pattern`: one group for each part; `checks`: (group, name of a check)."""

    text: str
    pattern: re.Pattern[str]
    checks: tuple[tuple[int, str], ...]

    def complaint(self, value: str) -> str | None:
        """What is wrong with a value; None if nothing is. `check` names a wrong check digit alone."""
        found = self.pattern.fullmatch(value)
        if found is None:
            return f"it is not of the form {self.text}"
        for group, name in self.checks:
            part = found.group(group)
            if part is not None and not _checks[name][0](part):
                return _checks[name][1]
        return None


def _is_date(digits: str) -> bool:
    """YYMMDD of a century of which every year divisible by 4 is a leap year, as near 2000."""
    try:
        date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    return True


def _is_month_or_date(digits: str) -> bool:
    return _is_date(digits[:4] + ("01" if digits[4:] == "00" else digits[4:]))


def _is_time(digits: str) -> bool:
    """HHMM."""
    return int(digits[:2]) < 24 and int(digits[2:]) < 60


def _is_whole_date(digits: str) -> bool:
    """YYYYMMDD."""
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True


def _is_piece(digits: str) -> bool:
    return 1 <= int(digits[:2]) <= int(digits[2:])


def _has_pair(text: str) -> bool:
    return 2 < len(text) <= 25 and check_pair(text[:-2]) == text[-2:]


def _has_prefix(text: str) -> bool:
    head = text[:_prefix_digits_min]
    return len(head) == _prefix_digits_min and head.isascii() and head.isdecimal()


_wrong_check = "its check digit is wrong"
_checks: dict[str, tuple[Callable[[str], bool], str]] = {
    "c": (closes, _wrong_check),
    "g": (_has_pair, "its pair of check characters is wrong"),
    "k": (_has_prefix, "it does not begin with the digits of a GS1 company prefix"),
    "p": (_is_piece, "it is not a piece and a total"),
    "z": (lambda text: text.strip("0") == "", "it does not begin with a zero"),
    "s": (lambda text: text == "0" or text[0] != "0", "it begins with a zero"),
    "i": (lambda text: text[0] not in "!\"%&'()*+,./:;<=>?", "its importer index is none"),
    "d": (_is_month_or_date, "it holds no date"),
    "D": (_is_date, "it holds no date"),
    "t": (_is_time, "it holds no time of day"),
    "h": (lambda text: int(text) < 24, "it holds no hour"),
    "m": (lambda text: int(text) < 60, "it holds no minute or second"),
    "Y": (_is_whole_date, "it holds no date"),
    "w": (lambda text: int(text) > 0, "it holds a measure of nothing"),
    "r": (lambda text: text in "019", "it holds no direction of winding"),
    "e": (lambda text: text in "0129", "it holds no code of ISO/IEC 5218"),
    "y": (lambda text: text == "-", "it ends in something other than a minus"),
    "b": (lambda text: text in "01", "it is neither 0 nor 1"),
}
check_complaints = (_wrong_check, _checks["g"][1])


@cache
def form(text: str) -> Form:
    """A form as written. Raises ValueError for one that is not."""
    pattern, checks = "", []
    for group, part in enumerate(text.split(" "), start=1):
        found = _part.fullmatch(part.strip("[]"))
        if found is None:
            raise ValueError(text)
        count = f"{{1,{found['length']}}}" if found["up_to"] else f"{{{found['length']}}}"
        optional = "?" if part.startswith("[") else ""
        pattern += f"({_sets[found['set']]}{count}){optional}"
        checks += [(group, name) for name in found["checks"]]
    return Form(text, re.compile(pattern), tuple(checks))
