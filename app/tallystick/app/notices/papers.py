"""Notices about papers that end: qualification certificates of the organisation, its own papers, those of whom it verified.

They follow from a day and not from an entry, so they name none, and wait until the paper was replaced, revoked or
forgotten: `forgotten_days` after its end it is told of no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tallystick.app.credentials.moment import now_ms
from tallystick.app.credentials.reminding import day_ms, days_before
from tallystick.app.login import Member
from tallystick.app.notices.inbox import Notice, register
from tallystick.app.notices.people import officers
from tallystick.app.permissions import resources
from tallystick.identity import credentials, ending_at, ending_papers, prefix_holder
from tallystick.ledger import View, from_instant, instant

forgotten_days = 30
credentials_max = 200
prefixes_max = 25
others_max = 50
no_entry = 0
Row = Mapping[str, Any]


def qualifications(view: View, member: Member) -> Iterator[Notice]:
    """Those that the organisation holds, for who reads them."""
    if not member.roles & resources["papers"].read_by:
        return
    now = now_ms(view)
    held = credentials.credentials(view, member.organisation, "holder", now, limit=credentials_max)
    for one in held:
        expires = one.row.get("expires")
        if expires is None or one.row["status"] == "revoked":
            continue
        since = _told_since(expires, now)
        if not since:
            continue
        # It is good up to this instant, which is the end of its last day.
        told = {"kind": one.kind, "ends": instant(from_instant(expires) - 1)[:10]}
        kind = "qualification-ended" if expires <= instant(now) else "qualification-ends"
        yield Notice(kind, no_entry, f"/qualifications/{one.credential}", True, told, since)


def own_papers(view: View, member: Member) -> Iterator[Notice]:
    """Of the organisation as its node verified it, for its officers, who hand in later ones."""
    if not member.roles & officers:
        return
    today, until = _days(view)
    link = f"/organisations/{member.organisation}"
    for row in ending_papers(view, member.organisation, today, until):
        since = _told_since(f"{row['ends']}T00:00:00.000Z", now_ms(view))
        if since:
            kind = "paper-ended" if row["ended"] else "paper-ends"
            told = {"kind": row["kind"], "ends": row["ends"]}
            yield Notice(kind, no_entry, link, True, told, since)


def verified(view: View, member: Member) -> Iterator[Notice]:
    """Of organisations that the officers' node verified."""
    if not member.roles & officers:
        return
    _, until = _days(view)
    held = view.find("prefix-by-holder", member.organisation, limit=prefixes_max)
    for found in held:
        row = cast(Row, found.value)
        is_node = row["role"] in ("root", "secondary")
        if not is_node or prefix_holder(view, found.name) != member.organisation:
            continue
        for day, handle in ending_at(view, found.name, until, others_max):
            since = _told_since(f"{day}T00:00:00.000Z", now_ms(view))
            if since:
                told, link = {"organisation": handle, "ends": day}, f"/organisations/{handle}"
                yield Notice("verified-paper-ends", no_entry, link, True, told, since)


def _told_since(moment: str, now: int) -> str:
    """The last of the days on which one is reminded that it ends, or did; empty before them, and long behind."""
    ends = from_instant(moment)
    if now - ends > forgotten_days * day_ms:
        return ""
    days = (ends - before * day_ms for before in (0, *reversed(days_before)))
    passed = next((one for one in days if one <= now), None)
    return "" if passed is None else instant(passed)[:10]


def _days(view: View) -> tuple[str, str]:
    now = now_ms(view)
    return instant(now)[:10], instant(now + (days_before[0] + 1) * day_ms)[:10]


for _source in (qualifications, own_papers, verified):
    register(f"papers-{_source.__name__}", _source)
