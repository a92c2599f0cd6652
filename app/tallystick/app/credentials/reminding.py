"""Reminders before a credential expires, by way of the outbox: `identity.credential-expiry`.

One for each credential and each of `days_before`, for its holder: the key of the outbox row names both, so a
worker that looks again reminds nobody twice. What is due is looked up once in `plan_interval_s`; a node that was
down reminds of the nearest day alone. A reminder is a row that holder and operator see, and a line in the log of
the process; neither holds a field of the credential.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

import orjson
import structlog

from tallystick.app.bootstrap import Node
from tallystick.app.credentials.moment import now_ms
from tallystick.identity import credentials
from tallystick.identity.credentials import by_expiry, kind
from tallystick.ledger import TallystickError, View, from_instant, instant

reminder_job = "identity.credential-expiry"
days_before = (90, 30, 7, 1)
plan_interval_s = 600
day_ms = 24 * 3600 * 1000
_page = 200
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reminder:
    """That a credential expires within so many days."""

    credential: str
    holder: str
    days: int
    expires: str
    done: str | None = None

    @property
    def key(self) -> str:
        return f"{self.credential}:{self.days:03d}"

    def payload(self) -> str:
        told = {"credential": self.credential, "holder": self.holder}
        return orjson.dumps({**told, "days": self.days, "expires": self.expires}).decode()

    def told(self) -> dict[str, Any]:
        """For the holder."""
        reminded = {"reminded": self.done} if self.done else {}
        told = {"credential": self.credential, "days": self.days, "expires": self.expires}
        return {**told, **reminded}

    @staticmethod
    def of_row(payload: str, done: str | None = None) -> Reminder:
        return Reminder(**orjson.loads(payload), done=done)


@dataclass
class Watch:
    """When this process last looked."""

    monotonic_ns: Callable[[], int] = time.monotonic_ns
    next_ns: int = field(default=0)

    def plan(self, node: Node) -> int:
        """Write the rows of what is due, unless it is too early to look; how many."""
        now_ns = self.monotonic_ns()
        if now_ns < self.next_ns:
            return 0
        self.next_ns = now_ns + plan_interval_s * 10**9
        with node.reader.open() as snapshot:
            due = list(_due(snapshot.view, now_ms(snapshot.view)))
        written = 0
        for start in range(0, len(due), _page):
            written += _enqueue(node, due[start : start + _page])
        return written


@lru_cache(maxsize=1)
def watch() -> Watch:
    """Of this process."""
    return Watch()


def plan(node: Node) -> None:
    """For the worker's beat, which nothing here may stop."""
    try:
        watch().plan(node)
    except TallystickError as error:
        _log.error("reminders-not-planned", code=error.code, detail=error.detail)


def remind(node: Node, payload: str) -> None:
    """The outbox job. What was revoked since needs no reminder."""
    told = Reminder.of_row(payload)
    with node.reader.open() as snapshot:
        row = cast(Mapping[str, Any] | None, snapshot.view.get(kind, told.credential))
    if row is None or row["status"] == "revoked":
        return
    _log.warning(
        "credential-expires",
        credential=told.credential,
        holder=told.holder,
        expires=told.expires,
        within_days=told.days,
    )


def of_holder(
    node: Node, view: View, holder: str, after: str = ""
) -> tuple[list[Reminder], str | None]:
    """Those of a page of the holder's credentials, and behind which one the next page begins."""
    rows = credentials.credentials(view, holder, "holder", now_ms(view), after, _page)
    keys = [f"{one.credential}:{days:03d}" for one in rows for days in days_before]
    found: list[Reminder] = []
    with node.store.read() as transaction:
        for start in range(0, len(keys), _page):
            named = transaction.outbox.named(reminder_job, keys[start : start + _page])
            found += [Reminder.of_row(row.payload, row.done) for row in named]
    return found, rows[-1].credential if len(rows) == _page else None


def reminders(node: Node) -> Iterator[Reminder]:
    """All there were, by credential."""
    after = ""
    while True:
        with node.store.read() as transaction:
            rows = transaction.outbox.of(reminder_job, after, _page)
        for row in rows:
            yield Reminder.of_row(row.payload, row.done)
        if len(rows) < _page:
            return
        after = rows[-1].key


def _due(view: View, now: int) -> Iterator[Reminder]:
    start, end = instant(now), instant(now + days_before[0] * day_ms + 1)
    after = None
    while keys := view.keys(by_expiry, start, end, after=after, limit=_page):
        for expires, name, _ in keys:
            row = cast(Mapping[str, Any], view.get(kind, name))
            left = from_instant(expires) - now
            days = min(days for days in days_before if left <= days * day_ms)
            yield Reminder(name, row["holder"], days, expires)
        after = keys[-1]


def _enqueue(node: Node, due: list[Reminder]) -> int:
    with node.store.write() as transaction:
        known = {
            row.key for row in transaction.outbox.named(reminder_job, [one.key for one in due])
        }
        fresh = [one for one in due if one.key not in known]
        for one in fresh:
            transaction.outbox.add(reminder_job, one.key, one.payload())
    return len(fresh)
