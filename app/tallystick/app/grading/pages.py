"""`/grades`: grades of an organisation's own data, raised by one and lowered by two, and what is kept too long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response

from tallystick.app.access import Reading
from tallystick.app.bootstrap import Node
from tallystick.app.grading import retention
from tallystick.app.login import Member, member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.app.pages.route import html_route
from tallystick.app.routing import add_routes
from tallystick.identity import founded
from tallystick.ledger import RuleSet, SystemClock, grading, instant

#: So many entries are looked through for one page of what is kept too long.
entries_looked_max = 2000
#: As `tallystick.identity.grades` judges who grades data.
_graders = frozenset({"maker", "checker", "finance", "administrator", "security-administrator"})
_Handle = Annotated[str, Query(max_length=255)]


@dataclass(frozen=True, slots=True)
class Declared:
    """A thing that has a class and a grade by its type. `level`: what the grade is read as."""

    thing: str
    data_class: str
    grade: str
    level: str


@dataclass(frozen=True, slots=True)
class Overdue:
    """Of a stretch of the log. `next`: where the next begins; None where nothing behind it can be over."""

    rows: tuple[retention.Due, ...]
    next: int | None


def install(app: FastAPI, node: Node, pages: Pages, reader: Callable[..., Any]) -> None:
    """Add the page's route."""
    routes = APIRouter(route_class=html_route(pages), include_in_schema=False)
    known = tuple(declared(node.rules))

    @routes.get("/grades")
    def page(
        request: Request,
        reading: Reading = Depends(reader),
        organisation: _Handle = "",
        entry: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        """`entry`: from which on the log is looked through. An auditor names the `organisation`."""
        own, member = reading.reader.lists_of(organisation or None), member_of(request)
        rows: Mapping[str, Any] = {}
        due = Overdue((), None)
        if own is not None:
            rows = cast(Mapping[str, Any], reading.view.group("grade", own))
            due = overdue(node, own, entry)
        return pages.page(
            request,
            "grades.html",
            own=own,
            organisation=organisation,
            changes=sorted(rows.items(), key=lambda row: -row[1]["since"]),
            declared=known,
            kept=[(name, _days(name)) for name in grading.classes],
            due=due,
            entry=entry,
            acts=own is not None and _grades(member, own),
            founded=own is not None and founded(reading.view, own),
            firm=firm_names(reading.view, choose(request)),
        )

    add_routes(app, routes)


def declared(rules: RuleSet) -> Iterator[Declared]:
    """All that types declare and no entry makes public, in the order of their names."""
    for name, kind in sorted(rules.types.items()):
        if kind.public:
            continue
        for pointer, mark in kind.data.marks():
            thing = f"field:{name}#{pointer}" if pointer else f"type:{name}"
            yield Declared(thing, mark.data_class, mark.grade, grading.level_of(mark.grade))


def overdue(node: Node, own: str, first: int, now: str = "") -> Overdue:
    """Attachments of an organisation in a stretch of the log whose time is over."""
    moment = now or instant(SystemClock().now_ms())
    last = first + entries_looked_max
    with node.reader.open() as snapshot:
        size = snapshot.size()
        if first >= size:
            return Overdue((), None)
        begins = snapshot.row(first).time
    if datetime.fromisoformat(begins) + timedelta(days=_least_days()) > datetime.fromisoformat(
        moment
    ):
        # Ledger time never goes back: nothing behind it can be over.
        return Overdue((), None)
    rows = tuple(retention.due(node, moment, own, first, last))
    return Overdue(rows, last if last < size else None)


def _days(name: str) -> int | None:
    return grading.rows[cast(grading.DataClass, name), "restricted"].kept_days


def _least_days() -> int:
    return min(row.kept_days for row in grading.rows.values() if row.kept_days is not None)


def _grades(member: Member | None, own: str) -> bool:
    return member is not None and member.organisation == own and bool(_graders & member.roles)
