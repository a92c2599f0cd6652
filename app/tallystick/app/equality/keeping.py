"""The equality of each day, made once the day is over and kept as rows of the outbox: `finance.equality`.

Made by the worker for every day since the last, up to `days_at_once` at a time, or by command. A row is of one day
and of all banks together, or of one; what is done with it is a line in the log of the process, a warning where
something is not explained.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
import structlog

import tallystick.finance as finance
from tallystick.app.bootstrap import Node
from tallystick.app.credentials.moment import now_ms
from tallystick.identity import AsOfBeforeLog, index_of
from tallystick.ledger import Snapshot, TallystickError, from_instant, instant

equality_job = "finance.equality"
plan_interval_s = 600
#: A node that was down catches up; what is older is made by command.
days_at_once = 7
_settled_ms = 5 * 60 * 1000
_page = 200
#: Of all banks together: no handle is written so.
everybody = "*"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Day:
    """What was kept of a day: a document for each currency."""

    day: str
    organisation: str
    reports: tuple[Mapping[str, Any], ...]

    @property
    def unexplained(self) -> int:
        return sum(one["unexplained"] for one in self.reports)


def made(snapshot: Snapshot, day: str) -> list[finance.equality.Report]:
    """The reports of a day; raises `DateRefused`."""
    size, end = snapshot.size(), end_of(snapshot, day)
    entries = snapshot.accepted(finance.equality.types, 0, size)
    return finance.equality.of_day(snapshot.view, entries, day, end, last=end == size)


def end_of(snapshot: Snapshot, day: str) -> int:
    """The index behind the entries of a day; raises `DateRefused`."""
    behind = from_instant(finance.day_start(finance.next_day(day)))
    try:
        return index_of(snapshot, instant(behind - 1)) + 1
    except AsOfBeforeLog:
        return 0


def keep(node: Node, day: str) -> int:
    """Make the reports of a day and keep them; how much is unexplained of all."""
    with node.reader.open() as snapshot:
        found = made(snapshot, day)
    rows: dict[str, list[Mapping[str, Any]]] = {everybody: []}
    for one in found:
        rows.setdefault(one.organisation or everybody, []).append(one.document())
    with node.store.write() as transaction:
        for organisation, documents in rows.items():
            payload = orjson.dumps(documents).decode()
            transaction.outbox.add(equality_job, _key(organisation, day), payload)
    return sum(one.unexplained for one in found if not one.organisation)


def kept(node: Node, organisation: str, since: str, limit: int = 50) -> list[Day]:
    """The days of a bank, or of all banks together, from one on; raises `DateRefused`."""
    behind = _key(organisation, finance.plus_days(since, -1) if since else "")
    with node.store.read() as transaction:
        rows = transaction.outbox.of(equality_job, behind, limit)
    found = []
    for row in rows:
        whose, _, day = row.key.rpartition(" ")
        if whose == organisation:
            found.append(Day(day, organisation, tuple(orjson.loads(row.payload))))
    return found


def tell(_node: Node, payload: str) -> None:
    """The outbox job."""
    for one in orjson.loads(payload):
        log = _log.warning if one["unexplained"] else _log.info
        log("equality", day=one["day"], currency=one["currency"], unexplained=one["unexplained"])


@dataclass
class Watch:
    """When this process last looked."""

    monotonic_ns: Callable[[], int] = time.monotonic_ns
    next_ns: int = field(default=0)

    def plan(self, node: Node) -> int:
        """Keep the days that are over, unless it is too early to look; how many."""
        now_ns = self.monotonic_ns()
        if now_ns < self.next_ns:
            return 0
        self.next_ns = now_ns + plan_interval_s * 10**9
        days = list(_missing(node))
        for day in days:
            keep(node, day)
        return len(days)


@lru_cache(maxsize=1)
def watch() -> Watch:
    """Of this process."""
    return Watch()


def plan(node: Node) -> None:
    """For the worker's beat, which nothing here may stop."""
    try:
        watch().plan(node)
    except TallystickError as error:
        _log.error("equality-not-made", code=error.code, detail=error.detail)


def today(snapshot: Snapshot) -> str:
    """By the node's clock; in a simulated log by that of the log."""
    return finance.money_date(instant(now_ms(snapshot.view) - _settled_ms))


def _missing(node: Node) -> Iterator[str]:
    """Days that are over and were not kept; none before the first certificate."""
    with node.reader.open() as snapshot:
        if not snapshot.size() or not snapshot.view.names("certificate", limit=1):
            return
        day = today(snapshot)
    days = [finance.plus_days(day, -back) for back in range(days_at_once, 0, -1)]
    done = {one.day for one in kept(node, everybody, days[0])}
    yield from (one for one in days if one not in done)


def _key(organisation: str, day: str) -> str:
    return f"{organisation} {day}"
