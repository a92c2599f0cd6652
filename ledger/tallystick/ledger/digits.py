"""Numbers that others wrote in digits."""

from __future__ import annotations


def whole(text: str, most: int) -> int | None:
    """The number that these ASCII digits write, or `most` where it is larger; None for any other text.

    Digits beyond those of `most` are counted and not computed: Python refuses numbers of more than 4,300.

    >>> whole("042", 100), whole("9" * 5000, 100), whole("-1", 100), whole("", 100)
    (42, 100, None, None)
    """
    if not text.isascii() or not text.isdecimal():
        return None
    told = text.lstrip("0")
    return most if len(told) > len(str(most)) else min(int(told or "0"), most)
