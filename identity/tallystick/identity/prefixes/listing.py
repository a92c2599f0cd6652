"""Prefixes of a log, and their figures for those who may see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from tallystick.identity.prefixes.answers import data
from tallystick.ledger import NotReadable, Reader, TallystickError, View


class PrefixNotFound(TallystickError):
    code = "prefix-not-found"
    status = 404
    title = "Nobody ever held this prefix in this log"
    advice = "`GET /api/prefixes` lists those that are known here."


def listed(view: View, after: str, limit: int, holder: str = "") -> Sequence[Mapping[str, Any]]:
    """In the order of their texts."""
    if holder:
        start = (after, "") if after else None
        found = view.find("prefix-by-holder", holder, after=start, limit=limit)
        names: Sequence[str] = [one.name for one in found]
    else:
        names = view.names("prefix", after=after, limit=limit)
    rows = (data(view, name) for name in names)
    return [row for row in rows if row is not None]


def statistics_of(
    view: View,
    reader: Reader,
    prefix: str,
    statistics: Callable[[str, str, str], Mapping[str, Mapping[str, int]]],
    first: str,
    last: str,
) -> Sequence[Mapping[str, Any]]:
    """By day, for the prefix's holder and auditors. Raises `NotReadable`."""
    row = cast(Mapping[str, Any] | None, view.get("prefix", prefix))
    if row is None or not reader.may_read("parties", (row["holder"],)):
        raise NotReadable(f"statistics of {prefix}")
    days = statistics(prefix, first, last)
    return [{"day": day, **days[day]} for day in sorted(days)]
