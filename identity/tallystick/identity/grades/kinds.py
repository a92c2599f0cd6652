"""Entry types and kinds of document of grades and permissions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.grades import bodies, standing
from tallystick.identity.grades.rules import Grades, end_permission
from tallystick.ledger import Act, Document, EntryType, Kind, RuleSet, State, graded

raise_type = "identity.grade.raise/1"
end_type = "identity.permission.end/1"


def register(rule_set: RuleSet) -> Grades:
    """Add them to a rule set; what takes two persons is for `Proposals`."""
    grades = Grades(rule_set)
    rule_set.grades_set = standing.grades_set
    rule_set.any_grade_set = standing.any_grade_set
    rule_set.add_kinds(
        Kind(standing.kind),
        Kind(standing.past_kind),
        Kind(
            standing.permission_kind,
            {standing.by_recipient: _by_recipient, standing.by_owner: _by_owner},
        ),
    )
    rule_set.add(
        EntryType(
            raise_type,
            bodies.RaiseGrade,
            grades.raise_grade,
            "Data of an organisation are of a higher grade from now on",
            _own,
            own_key=True,
            data=graded("identity", "partner"),
        ),
        EntryType(
            end_type,
            bodies.EndPermission,
            end_permission,
            "A permission by which data leave ends",
            _own,
            own_key=True,
            data=graded("identity", "partner"),
        ),
    )
    return grades


def _own(state: State, act: Act[Any]) -> Iterable[str]:
    """The author's organisation"""
    return (directory.speaker(state, act.author).organisation,)


def _by_recipient(_name: str, _part: str, value: Document) -> Iterable[str]:
    return [cast(str, value["recipient"])]


def _by_owner(_name: str, _part: str, value: Document) -> Iterable[str]:
    return [cast(str, value["owner"])]
