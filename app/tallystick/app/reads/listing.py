"""Who looked at an organisation's things, as that organisation gets to know it, and auditors; and what it looked at.

Of people and programs of others it sees organisation and roles, not which person; of its own, the person too. That
others' things were looked at in the same request is not told. Of what it looked at itself it sees whose that was.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson

from tallystick.app.bootstrap import Node
from tallystick.app.permissions import RouteUnknown, resource_of
from tallystick.ledger import TallystickError

rows_page_max = 200
csv_rows_max = 50_000
Whose = Literal["all", "own", "others", "made"]
_last_ms = 2**53 - 1
_columns = (
    "time",
    "organisation",
    "kind",
    "name",
    "roles",
    "what",
    "route",
    "path",
    "grades",
    "grounds",
    "of",
)
#: Whose name tells no more than whom the operator let in.
_named = frozenset({"token", "operator"})


class ReadsRequestMalformed(TallystickError):
    code = "reads-request-malformed"
    status = 400
    title = "The read log cannot be asked for so"
    advice = "Days are written 2026-07-01, and `after` is what the page before answered as `next`."


@dataclass(frozen=True, slots=True)
class Asked:
    """Of whose things, by whom, from which day on, up to which, behind which row. `by`: one organisation alone.

    whose: `made` are its own looks at others' things; `by` is then whose these are.
    """

    organisation: str
    whose: Whose = "all"
    first: str = ""
    last: str = ""
    after: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One row as it is shown."""

    id: str
    time: str
    own: bool
    organisation: str | None
    kind: str
    name: str | None
    roles: tuple[str, ...]
    what: str
    route: str
    path: str
    grades: tuple[str, ...]
    grounds: tuple[str, ...]
    of: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        return {
            "id": self.id, "time": self.time, "own": self.own, "organisation": self.organisation,
            "kind": self.kind, "name": self.name, "roles": list(self.roles), "what": self.what,
            "route": self.route, "path": self.path, "grades": list(self.grades), "grounds": list(self.grounds),
            "of": list(self.of),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Looks:
    """A page, newest first. `next`: behind which row the next one begins."""

    rows: tuple[Look, ...]
    next: str | None


def looks(node: Node, asked: Asked, *, audits: bool, limit: int = rows_page_max) -> Looks:
    """audits: whoever asks sees every name. Raises `ReadsRequestMalformed`."""
    first, last = _start(asked.first) if asked.first else 0, _last_ms
    if asked.last:
        last = _start(asked.last, days=1) - 1
    after = _place(asked.after) if asked.after else None
    with node.store.read() as transaction:
        if asked.whose == "made":
            found = transaction.reads.by(
                asked.organisation,
                first_ms=first,
                last_ms=last,
                after=after,
                limit=limit + 1,
                of=asked.by,
            )
        else:
            found = transaction.reads.about(
                asked.organisation,
                own={"all": None, "own": True, "others": False}[asked.whose],
                first_ms=first,
                last_ms=last,
                after=after,
                limit=limit + 1,
                by=asked.by,
            )
    shown = tuple(_look(row_id, data, asked, audits) for row_id, data in found[:limit])
    more = len(found) > limit
    return Looks(shown, f"{_ms(shown[-1].time)}-{shown[-1].id}" if more else None)


def as_csv(node: Node, asked: Asked, *, audits: bool) -> Iterator[str]:
    """Lines of a table, page by page; a cell that a spreadsheet would calculate is text."""
    yield _line(_columns)
    left, after = csv_rows_max, asked.after
    while left > 0:
        page = looks(
            node,
            replace(asked, after=after),
            audits=audits,
            limit=min(left, 1000),
        )
        for one in page.rows:
            told = one.told()
            yield _line(_cell(told[name]) for name in _columns)
        if page.next is None:
            return
        left, after = left - len(page.rows), page.next


def _look(row_id: str, data: bytes, asked: Asked, audits: bool) -> Look:
    told: Mapping[str, Any] = orjson.loads(data)
    viewer, made = asked.organisation, asked.whose == "made"
    by = told["by"]
    organisation = by.get("organisation")
    own = organisation == viewer
    named = own or audits or by["kind"] in _named
    return Look(
        row_id, told["at"], own, organisation, by["kind"], by["name"] if named else None,
        tuple(by.get("roles", ())), _what(told["route"]), told["route"], told["path"],
        tuple(told["grades"]), tuple(told["grounds"]),
        tuple(one for one in told["parties"] if one != viewer) if made else (),
    )  # fmt: skip


def _what(route: str) -> str:
    """The resource of the table of permissions; a command by its own name."""
    try:
        return resource_of(route).name
    except RouteUnknown:
        return route


def _start(day: str, days: int = 0) -> int:
    try:
        moment = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=days)
    except (ValueError, OverflowError):
        raise ReadsRequestMalformed(f"{day} is no day") from None
    return int(moment.timestamp()) * 1000


def _place(text: str) -> tuple[int, str]:
    at, _, row_id = text.partition("-")
    if not at.isascii() or not at.isdecimal() or len(at) > 15 or len(row_id) != 32:
        raise ReadsRequestMalformed(f"after {text}")
    return int(at), row_id


def _ms(time: str) -> int:
    moment = datetime.fromisoformat(time)
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def _cell(value: Any) -> str:
    text = " ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
