"""Grades that organisations set, and what they let leave: the reading side.

    grade       <organisation> part <thing>   {grade, lowered, by, proposed?, since, time, reason}
    grade-past  <organisation> part <index>   the same, thing and until
    permission  <payload hash>                {owner, by, recipient, country, class, grade, routes, basis, since,
                                               time, ends, ended?}

A grade that was raised holds only where it is higher than the thing's own, so that raising never lowers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tallystick.ledger import State, View, grading

kind = "grade"
past_kind = "grade-past"
permission_kind = "permission"
by_recipient = "permission-by-recipient"
by_owner = "permission-by-owner"
permissions_max = 200
Row = Mapping[str, Any]


def grades_set(view: State, organisation: str) -> Mapping[str, grading.Set]:
    """What an organisation set, by thing."""
    group = cast(Mapping[str, Row], view.group(kind, organisation))
    return {thing: grading.Set(row["grade"], row["lowered"]) for thing, row in group.items()}


def any_grade_set(view: State) -> bool:
    return bool(view.names(kind, limit=1))


def permissions(view: View, recipient: str, time: str) -> tuple[grading.Permission, ...]:
    """Those in force for a recipient at this ledger time."""
    return tuple(
        grading.Permission(
            name,
            grading.any_owner if row.get("everybody") else row["owner"],
            row["class"],
            row["grade"],
            row["country"],
            frozenset(row["routes"]),
        )
        for name, row in _found(view, by_recipient, recipient)
        if "ended" not in row and time < row["ends"]
    )


def permissions_of(view: View, owner: str) -> list[dict[str, Any]]:
    """What an owner permitted, ended ones too."""
    return [{"permission": name, **row} for name, row in _found(view, by_owner, owner)]


def _found(view: View, index: str, key: str) -> Iterator[tuple[str, Row]]:
    for one in view.find(index, key, limit=permissions_max):
        yield one.name, cast(Row, one.value)
