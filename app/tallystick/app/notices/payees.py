"""Notices about the account to which an organisation is paid: to everybody who was its contact before, but warehouses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tallystick.app.login import Member
from tallystick.app.notices.inbox import Notice, register
from tallystick.ledger import View

_page = 100
#: Who has no other role is not told.
untold = frozenset({"warehouse"})
_kinds = {
    "open": "payee-change-proposed",
    "approved": "payee-change-approved",
    "in-force": "payee-changed",
    "cancelled": "payee-change-cancelled",
}
Row = Mapping[str, Any]


def payees(view: View, member: Member) -> Iterator[Notice]:
    """Each change as it stands; one that can still be stopped waits for somebody to look."""
    if member.roles <= untold:
        return
    own = cast(Mapping[str, Row], view.group("payee", member.organisation))
    for name, row in proposals(view, member.organisation):
        kind = _kinds.get(row["status"])
        if kind is None:
            continue
        told = {"by": str(row["by"]), "currency": str(row["currency"])}
        change = own.get(row["currency"], {}).get("change", {})
        waits = row["status"] == "open"
        if row["status"] == "approved" and change.get("proposal") == name:
            told["from"] = str(change["from"])
            waits = told["from"] > _now(view)
        if kind == "payee-change-approved" and not waits:
            kind = "payee-changed"
        yield Notice(kind, int(row.get("decided", row["index"])), "/accounts", waits, told)


def proposals(view: View, organisation: str) -> Iterator[tuple[str, Row]]:
    """All that were ever made of a change, with their names."""
    behind = None
    while found := view.find("payee-proposal-of", organisation, after=behind, limit=_page):
        yield from ((one.name, cast(Row, one.value)) for one in found)
        behind = (found[-1].name, found[-1].part)


def _now(view: View) -> str:
    block = cast(Row | None, view.get("log", "block"))
    return "" if block is None else str(block["time"])


register(payees.__name__, payees)
