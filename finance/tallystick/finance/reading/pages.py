"""Lists in parts: what an index holds under a key, from a mark on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from tallystick.finance.errors import DocumentWrong
from tallystick.ledger import Found, View

page_rows_max = 200
_index_digits = 12
_aged = re.compile(rf"[0-9]{{{_index_digits}}}")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, and the mark from which the next page goes on (None: there is none)."""

    rows: tuple[T, ...]
    after: str | None


def page(view: View, index: str, key: str, after: str | None, limit: int) -> Page[Found]:
    """Documents under a key, in the order of their names."""
    size = max(1, min(limit, page_rows_max))
    found = view.find(index, key, after=read_mark(after), limit=size + 1)
    rows = tuple(found[:size])
    return Page(rows, mark_of(rows[-1].name, rows[-1].part) if len(found) > size else None)


def aged_key(key: str, index: int) -> str:
    """Under which an index holds what has an age; sorts as the index of the log does.

    >>> aged_key("99.100/O-A", 17)
    '99.100/O-A 000000000017'
    """
    return f"{key} {index:0{_index_digits}d}"


def page_by_age(view: View, index: str, key: str, after: str | None, limit: int) -> Page[Found]:
    """Documents under the aged keys of `key`, the oldest first. What comes or goes in between moves no other row."""
    size = max(1, min(limit, page_rows_max))
    kind, start = index.partition("-")[0], f"{key} "
    mark = read_mark(after)
    if mark is not None and not _aged.fullmatch(mark[0]):
        raise DocumentWrong(f"{after!r} is not a mark that a page gave")
    # Behind a mark stands what is under this key alone, whatever the mark says.
    behind = None if mark is None else (f"{start}{mark[0]}", mark[1], "")
    found = view.keys(index, start, f"{key}!", after=behind, limit=size + 1)
    rows = [(name, part, view.get(kind, name, part)) for _, name, part in found[:size]]
    more = len(found) > size
    return Page(
        tuple(Found(kind, name, part, value) for name, part, value in rows if value is not None),
        mark_of(found[size - 1][0].removeprefix(start), found[size - 1][1]) if more else None,
    )


def page_of_names(view: View, index: str, key: str, after: str | None, limit: int) -> Page[str]:
    """Names under a key, each once however many parts it has there."""
    size = max(1, min(limit, page_rows_max))
    mark, names = read_mark(after), list[str]()
    while len(names) <= size:
        found = view.find(index, key, after=mark, limit=1)
        if not found:
            return Page(tuple(names), None)
        names.append(found[0].name)
        # Parts are digits and handles; nothing of this name sorts after this mark.
        mark = (found[0].name, "\U0010ffff")
    last = json.dumps([names[size - 1], "\U0010ffff"])
    return Page(tuple(names[:size]), last)


def mark_of(name: str, part: str) -> str:
    """The mark behind a document."""
    return json.dumps([name, part])


def mark_behind(found: Found) -> str:
    """The mark behind a document that an index of ages holds."""
    return mark_of(f"{cast(int, found.value['index']):0{_index_digits}d}", found.name)


def read_mark(after: str | None) -> tuple[str, str] | None:
    """Raises `DocumentWrong` for what no page gave."""
    if after is None:
        return None
    try:
        name, part = json.loads(after)
    except (ValueError, TypeError, RecursionError):
        raise DocumentWrong(f"{after!r} is not a mark that a page gave") from None
    return str(name), str(part)
