"""Notices about freezes: at once to whom one concerns, and to the node's people when a second person is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tallystick.app.login import Member
from tallystick.app.notices.inbox import Notice, register
from tallystick.ledger import View

shown_max = 100
_warehouse = frozenset({"warehouse"})
Row = Mapping[str, Any]


def freezes(view: View, member: Member) -> Iterator[Notice]:
    """Of each freeze of the organisation's units how it stands, and for a node what waits for a second person."""
    if member.roles <= _warehouse:
        return
    for found in view.find("freeze-of", member.organisation, limit=shown_max):
        row = cast(Row, found.value)
        told = {"case": str(row["case"])}
        kind = "frozen" if row["status"] == "frozen" else "freeze-over"
        yield Notice(kind, int(row["index"]), "/freezes", False, told)
    for found in view.find("freeze-proposal-of", member.organisation, limit=shown_max):
        row = cast(Row, found.value)
        if row["status"] == "open" and row["proposer"] != member.person:
            yield Notice(
                "freeze-waits", int(row["index"]), "/freezes", True, {"case": str(row["case"])}
            )


register(freezes.__name__, freezes)
