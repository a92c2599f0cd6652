"""The page of freezes: how many there are, for everybody; whom they concern, for them and for the node's people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.login import Member, member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.app.permissions import RoleMissing, reader_of

freezes_per_page = 50
_proposing = frozenset({"maker", "administrator", "security-administrator"})
_approving = frozenset({"checker", "administrator", "security-administrator"})


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/freezes")
    def listed(
        request: Request,
        reading: Reading = Depends(reader),
        after: Annotated[str | None, Query(max_length=700)] = None,
    ) -> Response:
        member = _disposing(reading, member_of(request))
        mine = _own(reading, member, after)
        node = _is_node(reading, member)
        waiting = _waiting(reading) if node else []
        money = _money(reading, [*(mine.rows if mine else ()), *waiting])
        return pages.page(
            request,
            "freezes.html",
            count=finance.views.freeze_count(reading.view),
            mine=mine,
            waiting=waiting,
            node=node,
            proposes=member is not None and bool(member.roles & _proposing),
            approves=member is not None and bool(member.roles & _approving),
            person=member.person if member else "",
            currency=money,
            firm=firm_names(reading.view, choose(request)),
        )


def _disposing(reading: Reading, member: Member | None) -> Member | None:
    """Somebody who may read of money, or enters freezes for a node; to all others the page is the public one."""
    if member is None:
        return None
    if _is_node(reading, member) and member.roles & (_proposing | _approving):
        return member
    try:
        reader_of("/finance", member.roles, member.reader())
    except RoleMissing:
        return None
    return member


def _own(reading: Reading, member: Member | None, after: str | None) -> Any:
    """Freezes of the reader's own units; of a node, those that its people entered; None without an organisation."""
    if member is None:
        return None
    try:
        return finance.views.freezes(reading, member.organisation, after, freezes_per_page)
    except finance.NotReadable:
        return None


def _waiting(reading: Reading) -> list[Any]:
    """What one person of the node proposed, newest last."""
    found = finance.views.freeze_proposals(reading, None, None, freezes_per_page)
    return [one for one in found.rows if one.row["status"] == "open"]


def _is_node(reading: Reading, member: Member | None) -> bool:
    """Whether the reader's organisation verifies others."""
    if member is None:
        return False
    found: Any = reading.view.get("organisation", member.organisation)
    return found is not None and "node" in found.get("capacities", ())


def _money(reading: Reading, rows: list[Any]) -> dict[str, str]:
    """The currency of each certificate that is named."""
    told = {}
    for one in rows:
        name = one.row["certificate"]
        found: Any = reading.view.get("certificate", name)
        told[name] = found["currency"] if found is not None else ""
    return told
