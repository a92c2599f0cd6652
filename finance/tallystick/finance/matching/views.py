"""What pages and endpoints may ask of the match; each function takes the reader first."""

from __future__ import annotations

from tallystick.finance.matching.lists import HeldLine, Tally, held_lines, looked_at_max, tally
from tallystick.finance.matching.one_line import Ask, LineView, Sides, one_line
from tallystick.finance.matching.tolerance_views import (
    Proposed,
    Tolerances,
    Version,
    tolerance_versions,
    tolerances_of,
)
from tallystick.finance.trade.match_reasons import Reason, Status
from tallystick.finance.trade.match_reasons import reasons as match_reasons
from tallystick.finance.trade.match_reasons import releases as match_releases
from tallystick.finance.trade.match_reasons import statuses as match_statuses

__all__ = [
    "Ask",
    "HeldLine",
    "LineView",
    "Proposed",
    "Reason",
    "Sides",
    "Status",
    "Tally",
    "Tolerances",
    "Version",
    "held_lines",
    "looked_at_max",
    "match_reasons",
    "match_releases",
    "match_statuses",
    "one_line",
    "tally",
    "tolerance_versions",
    "tolerances_of",
]
