"""Templates as readers get them. They are public: what they hold, everybody may read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from tallystick.identity import names
from tallystick.identity.templates.kinds import by_prefix
from tallystick.identity.templates.template import kind
from tallystick.ledger import State, View

page_max = 500


def versions_of(view: State, handle: str) -> Sequence[Mapping[str, Any]]:
    """Every version of a template, the oldest first; none if there is no such template."""
    return cast(Sequence[Mapping[str, Any]], tuple(view.group(kind, names.fold(handle)).values()))


def templates_of(
    view: View, prefix: str, *, after: tuple[str, str] | None = None, limit: int = page_max
) -> Iterator[Mapping[str, Any]]:
    """Every version of every template under a prefix, by handle and version."""
    for found in view.find(by_prefix, prefix, after=after, limit=limit):
        yield cast(Mapping[str, Any], found.value)
