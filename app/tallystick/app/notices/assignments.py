"""Notices to a debtor that what it owes was passed on, until it says that it had them: to everybody of it, but warehouses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import quote

from tallystick.app.login import Member
from tallystick.app.notices.inbox import Notice, register
from tallystick.ledger import View

shown_max = 100
_warehouse = frozenset({"warehouse"})
_answering = frozenset({"maker", "checker", "finance"})
Row = Mapping[str, Any]


def assignments(view: View, member: Member) -> Iterator[Notice]:
    """Each that nobody has acknowledged; a clerk does."""
    if member.roles <= _warehouse:
        return
    for found in view.find("notice-waiting-for", member.organisation, limit=shown_max):
        row = cast(Row, found.value)
        told = {"certificate": found.name, "to": str(row["to"])}
        waits = bool(member.roles & _answering)
        link = f"/certificates/{quote(found.name, safe='')}"
        yield Notice("assignment-noticed", int(row["index"]), link, waits, told)


register(assignments.__name__, assignments)
