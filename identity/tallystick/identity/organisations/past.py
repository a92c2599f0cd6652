"""What happened to an organisation: admitted, papers, suspended, held, and the ends of these.

organisation-past  <organisation> part <index>   {what, time, by, reason?, …}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from tallystick.ledger import Act, Change

kind = "organisation-past"
What = Literal["admitted", "papers", "suspended", "lifted", "held", "released", "quota"]


def noted(
    act: Act[Any], organisation: str, what: What, by: str, more: Mapping[str, Any] | None = None
) -> Change:
    """One line of it. `by`: who proposed; the author of the act decided."""
    told = {"what": what, "time": act.time, "by": sorted({by, act.author}), **(more or {})}
    return Change(kind, organisation, told, f"{act.index:012d}")
