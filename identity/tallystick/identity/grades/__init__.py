"""Grades that organisations give their own data beyond what is declared, and what they let leave the node."""

from tallystick.identity.grades.bodies import EndPermission, LowerGrade, PermitLeaving, RaiseGrade
from tallystick.identity.grades.standing import (
    any_grade_set,
    grades_set,
    permissions,
    permissions_of,
)

__all__ = [
    "EndPermission",
    "LowerGrade",
    "PermitLeaving",
    "RaiseGrade",
    "any_grade_set",
    "grades_set",
    "permissions",
    "permissions_of",
]
