"""Mail about where a firm is paid, to those who were its contacts before.

Whoever takes a firm over to be paid in its place is rid of its people first: so whoever left it within `former_days`,
or was left nothing but the warehouse, whoever is suspended, for as long as that lasts, and the contact with which it
applied, are told of each change as it stands. They log in to nothing here that shows it: the mail says itself what it
is about, and no account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tallystick.app.notices import payees
from tallystick.identity import former_days
from tallystick.ledger import View, from_instant, instant

about = "payee-"
subject = "Tallystick: 收款账户变更 / a payee account is being changed"
_text = """\
{organisation} 的收款账户变更：{zh}。您曾是该机构的联系人。若您认为有异，请立即联系该机构或本节点：
The account to which {organisation} is paid: a change was {en}. You were a contact of this organisation. If that
surprises you, tell it or this node at once:

{where}
"""
_words = {
    "open": ("已提出", "proposed"),
    "approved": ("已批准", "approved"),
    "in-force": ("已生效", "put in force"),
    "cancelled": ("已取消", "cancelled"),
}
_page = 500
Row = Mapping[str, Any]


def told(view: View) -> Iterator[tuple[str, str]]:
    """Whom to tell, and of what: a person that left or an organisation, each with `about`, a proposal and its step."""
    after = month_ago(view)
    for person, row in _each(view, "person"):
        since = _ended(row, after) if "card" in row else None
        if since is not None:
            for index, what in _changes(view, row["organisation"], after):
                if index > since:
                    yield person, what
    for name, row in _each(view, "organisation"):
        if any(True for _ in contacts(row)):
            yield from ((name, what) for _, what in _changes(view, name, after))


def contacts(organisation: Row) -> Iterator[Row]:
    """The papers that say how an applicant is reached."""
    return (one for one in organisation.get("papers", ()) if one["kind"] == "contact")


def left_lately(view: View, person: Row) -> bool:
    return "left" in person and person["left"].get("time", "") > month_ago(view)


def _ended(person: Row, after: str) -> int | None:
    """The entry by which somebody is told of it by notices no more, if that is to be made up for."""
    if "suspended" in person:
        return int(person["suspended"]["index"])
    none = "left" in person or payees.untold.issuperset(person["roles"])
    ended: Row = person.get("left", person.get("lost", {})) if none else {}
    return int(ended["index"]) if ended.get("time", "") > after else None


def text(view: View, what: str, where: str) -> str:
    """What the mail says of a step that was told."""
    proposal, _, step = what.removeprefix(about).partition("-")
    row = cast(Row, view.get("payee-proposal", proposal))
    zh, en = _words[step]
    return _text.format(organisation=row["organisation"], zh=zh, en=en, where=where)


def _changes(view: View, organisation: str, after: str) -> Iterator[tuple[int, str]]:
    """The entry of each step of late, and what it is told as."""
    for name, row in payees.proposals(view, organisation):
        if row["time"] > after and row["status"] in _words:
            yield int(row.get("decided", row["index"])), f"{about}{name}-{row['status']}"


def month_ago(view: View) -> str:
    """No instant is before "", which is that of a log without blocks."""
    block = cast(Row | None, view.get("log", "block"))
    if block is None:
        return ""
    return instant(from_instant(str(block["time"])) - former_days * 24 * 3_600_000)


def _each(view: View, kind: str) -> Iterator[tuple[str, Row]]:
    after = ""
    while names := view.names(kind, after=after, limit=_page):
        for name in names:
            yield name, cast(Row, view.get(kind, name))
        after = names[-1]
