"""Lists in parts: what an index holds under a key, from a mark on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Generic, TypeVar

from tallystick.finance.errors import DocumentWrong
from tallystick.ledger import Found, View

page_rows_max = 200
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


def read_mark(after: str | None) -> tuple[str, str] | None:
    """Raises `DocumentWrong` for what no page gave."""
    if after is None:
        return None
    try:
        name, part = json.loads(after)
    except (ValueError, TypeError, RecursionError):
        raise DocumentWrong(f"{after!r} is not a mark that a page gave") from None
    return str(name), str(part)
