"""Limits by currency: of a core and its group by the node that verified it, of a funder by itself."""

from tallystick.finance.limits.bodies import LimitKind, kinds
from tallystick.finance.limits.recount import Difference, differences
from tallystick.finance.limits.views import (
    Limit,
    Proposed,
    Version,
    limits,
    proposals,
    versions,
)

__all__ = [
    "Difference",
    "Limit",
    "LimitKind",
    "Proposed",
    "Version",
    "differences",
    "kinds",
    "limits",
    "proposals",
    "versions",
]
