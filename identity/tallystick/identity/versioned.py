"""Documents of which every version is kept: the present one, and each before it under the entry that began it.

<kind>       <name>               {…, since}   since: the entry that wrote this version
<kind>-past  <name> part <since>  the versions before, each as it stood

What does not change costs the one number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from tallystick.ledger import Act, Change, State, View

Row = Mapping[str, Any]


def changed(
    kind: str, name: str, before: Mapping[str, Any] | None, after: dict[str, Any]
) -> list[Change]:
    """The new version, and the one before it among the past."""
    new = Change(kind, name, after)
    if before is None:
        return [new]
    return [Change(f"{kind}-past", name, before, part(before["since"])), new]


def written(state: State, act: Act[Any], kind: str, name: str, row: Row) -> list[Change]:
    """`row` as the version that this act writes."""
    before = cast(Row | None, state.get(kind, name))
    return changed(kind, name, before, {**row, "since": act.index})


def part(since: int) -> str:
    """The part under which a version that began with this entry is kept: parts sort as indexes do."""
    return f"{since:020d}"


def at(view: View, kind: str, name: str, index: int) -> Mapping[str, Any] | None:
    """The version in force when the entry `index` was judged and taken in; None before the first."""
    newest = cast(Mapping[str, Any] | None, view.get(kind, name))
    if newest is None or newest["since"] <= index:
        return newest
    found = view.below(f"{kind}-past", name, part(index + 1), 1)
    return cast(Mapping[str, Any], found[0].value) if found else None


def versions(state: State, kind: str, name: str) -> Iterable[Mapping[str, Any]]:
    """Every version, the newest first."""
    newest = cast(Mapping[str, Any] | None, state.get(kind, name))
    if newest is not None:
        yield newest
        yield from reversed(
            list(cast(Mapping[str, Any], state.group(f"{kind}-past", name)).values())
        )


def since_each(view: View, kind: str, name: str, before: int, limit: int) -> list[int]:
    """The entries below `before` that wrote a version, the newest first."""
    newest = cast(Mapping[str, Any] | None, view.get(kind, name))
    if newest is None:
        return []
    mine = [newest["since"]] if newest["since"] < before else []
    past = view.below(f"{kind}-past", name, part(before), limit)
    return [*mine, *(cast(Mapping[str, Any], found.value)["since"] for found in past)][:limit]
