"""Why a grade is not changed, or nothing permitted."""

from __future__ import annotations

from tallystick.ledger import RuleError


class ThingUnknown(RuleError):
    code = "thing-unknown"
    title = "There is no such thing whose grade could be changed"
    advice = "Name it as the table of classes and grades does (`docs/reference/data-classes.md`)."


class GradeStands(RuleError):
    code = "grade-stands"
    title = "The grade of this thing does not change so"
    advice = (
        "What a type declares is the least; everybody reads a public type, and it stays so. Raise with "
        "`identity.grade.raise/1`, lower by two persons."
    )


class PermissionUnknown(RuleError):
    code = "permission-unknown"
    title = "There is no such permission in force"
    advice = "`tallystick grade permissions` lists them."
