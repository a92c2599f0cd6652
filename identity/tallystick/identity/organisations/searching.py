"""Finding organisations by what they are called, by their number, or by their handle.

A name is found by how any of its words begins, and a Chinese one from any of its characters on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from tallystick.ledger import Document, View

by_text = "organisation-by-text"
key_chars_max = 40
starts_max = 60
_after_all = "\U0010ffff"


def texts(name: str, _part: str, value: Document) -> Iterable[str]:
    """The keys of an organisation in the index."""
    row = cast(Mapping[str, Any], value)
    found = {folded(name.partition("/")[2])}
    if "number" in row:
        found.add(folded(row["number"]))
    for called in row["name"].values():
        found.update(_starts(folded(called)))
    return sorted(found)


def folded(text: str) -> str:
    """As names are compared: case, and how many blanks there are, do not count."""
    return " ".join(text.casefold().split()).replace("\x00", "")[:200]


def search(view: View, wanted: str, after: str, limit: int, node: str | None = None) -> list[str]:
    """Handles in order, behind `after`, of those that have `wanted` as the beginning of something."""
    key = folded(wanted)[:key_chars_max]
    found: set[str] = set()
    mark = None
    while keys := view.keys(by_text, key, key + _after_all, after=mark, limit=500):
        found.update(name for _, name, _ in keys if name > after)
        mark = keys[-1]
    ordered = sorted(found)
    if node is not None:
        ordered = [one for one in ordered if _node(view, one) == node]
    return ordered[:limit]


def _starts(name: str) -> Iterator[str]:
    """What a name reads like from each of its words, or Chinese characters, on."""
    count = 0
    for position, character in enumerate(name):
        begins = position == 0 or not name[position - 1].isalnum() or not character.isascii()
        if begins and character.isalnum() and count < starts_max:
            count += 1
            yield name[position : position + key_chars_max]


def _node(view: View, handle: str) -> str:
    row = cast(Mapping[str, Any], view.get("organisation", handle))
    return str(row["node"])
