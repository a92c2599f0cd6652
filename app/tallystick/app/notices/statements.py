"""Notices about statements that wait for the answer of an organisation: to everybody of it, but warehouses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import quote

from tallystick.app.login import Member
from tallystick.app.notices.inbox import Notice, register
from tallystick.ledger import View

shown_max = 100
_warehouse = frozenset({"warehouse"})
_answering = frozenset({"maker"})
Row = Mapping[str, Any]


def statements(view: View, member: Member) -> Iterator[Notice]:
    """Each that has open lines; a maker answers it."""
    if member.roles <= _warehouse:
        return
    for found in view.find("statement-waiting-for", member.organisation, limit=shown_max):
        row = cast(Row, found.value)
        told = {"statement": found.name, "open": str(row["open"])}
        waits = bool(member.roles & _answering)
        link = f"/statements/{quote(found.name)}"
        yield Notice("statement-waits", int(row["index"]), link, waits, told)


register(statements.__name__, statements)
