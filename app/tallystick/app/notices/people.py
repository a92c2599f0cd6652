"""Notices about people, their keys and what waits for a second person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tallystick.app.login import Member
from tallystick.app.notices.inbox import Notice, register
from tallystick.identity import decided_since, pending_of, people_of
from tallystick.ledger import View, from_instant, instant

officers = frozenset({"administrator", "security-administrator"})
#: For so long it is told what was decided.
decided_days = 90
_page = 200
Row = Mapping[str, Any]


def waiting(view: View, member: Member) -> Iterator[Notice]:
    """Proposals that wait for an officer, of its own organisation or of one that its node helps; a firm's own waiting acts."""
    if not member.roles & officers:
        return
    for row in _open(view, member):
        if row["until"] <= _now(view):
            continue
        mine = member.person in row["persons"]
        if mine and "after" not in row:
            continue
        told = {"kind": row["what"]["kind"], "by": row["by"], "organisation": row["organisation"]}
        told |= {"after": row["after"]} if "after" in row else {}
        kind = "proposal-waits" if row["organisation"] == member.organisation else "help-waits"
        yield Notice(kind, row["since"], f"/pending#p-{row['proposal']}", True, told)


def decided(view: View, member: Member) -> Iterator[Notice]:
    """What others decided lately about this person, and what became of what it proposed."""
    now = _now(view)
    if not now:
        return
    since = instant(from_instant(now) - decided_days * 24 * 3_600_000)
    for row in decided_since(view, member.reader(), member.organisation, since, now):
        about = row["what"].get("person") == member.person
        mine = row["by"] == member.person and row["decided"]["by"] != member.person
        if about or mine:
            kind = "decided-about-you" if about else "your-proposal-decided"
            told = {"kind": row["what"]["kind"], "state": row["state"], "by": row["decided"]["by"]}
            link = f"/pending/{row['proposal']}"
            yield Notice(kind, row["decided"]["index"], link, told=told)


def keys(view: View, member: Member) -> Iterator[Notice]:
    """Keys of the person that were added, replaced, recovered or revoked."""
    for index, row in cast(Mapping[str, Row], view.group("key", member.person)).items():
        told = {"key": f"{index}:{member.person}"}
        kind = "key-recovered" if "replaces" in row else "key-added"
        yield Notice(kind, row["since"], "/keys", told=told)
        if "until" in row:
            ended = {**told, "reason": str(row.get("reason", ""))}
            yield Notice("key-ended", row["until"] - 1, "/keys", told=ended)


def cards(view: View, member: Member) -> Iterator[Notice]:
    """Where a person is reached was changed: told to that person, and to the officers of its firm."""
    is_officer = bool(member.roles & officers)
    people = people_of(view, member.reader(), member.organisation, limit=None)
    for row in people if is_officer else ({"person": member.person},):
        found = cast(Row | None, view.get("person", row["person"])) or {}
        card = found.get("card", {})
        if "by" in card:
            told = {"person": row["person"], "by": card["by"]}
            yield Notice("card-changed", card["index"], "/members", told=told)


def suspensions(view: View, member: Member) -> Iterator[Notice]:
    """Of the person's organisation; and, for its officers, of members."""
    firm = cast(Row | None, view.get("organisation", member.organisation))
    if firm is not None and "index" in firm.get("suspended", {}):
        told = {"reason": str(firm["suspended"]["reason"])}
        yield Notice("organisation-suspended", firm["suspended"]["index"], "/members", True, told)
    if not member.roles & officers:
        return
    for row in people_of(view, member.reader(), member.organisation, limit=None):
        found = row.get("suspended", {})
        if "index" in found:
            told = {"person": row["person"], "reason": str(found["reason"])}
            yield Notice("member-suspended", found["index"], "/members", told=told)


def register_all() -> None:
    for source in (waiting, decided, keys, cards, suspensions):
        register(source.__name__, source)


def _open(view: View, member: Member) -> Iterator[dict[str, Any]]:
    reader, after = member.reader(), ""
    while rows := pending_of(view, reader, member.organisation, after, _page, only_open=True):
        yield from rows
        after = rows[-1]["proposal"]


def _now(view: View) -> str:
    block = cast(Row | None, view.get("log", "block"))
    return "" if block is None else str(block["time"])


register_all()
