"""The queue of documents that lack something: the buyer's 物料编码, a unit, an order, a firm.

Kept beside the log, since nobody has signed anything yet, with the bytes as they came. Read by the firm that sent
them. Looked at again when something is agreed or put on record that they may wait for, and when somebody asks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from tallystick.app.bootstrap import Node
from tallystick.app.documents.errors import DocumentNotWaiting, QueueFull
from tallystick.app.documents.intake import Intake, Taken
from tallystick.app.documents.resolving import Hints
from tallystick.app.keystore import KeyMissing
from tallystick.identity import Pen, UnknownParty
from tallystick.ledger import (
    Answer,
    Clock,
    Submission,
    SystemClock,
    TallystickError,
    WaitingRow,
    instant,
)

waiting_max = 10_000
page_rows_max = 200
rounds_max = 10
#: Entries after which documents that wait may have what they lacked.
triggers = frozenset(
    {
        "finance.agree/1",
        "finance.statement.answer/1",
        "finance.contract/1",
        "finance.order/1",
        "finance.invoice/1",
        "identity.organisation.register/1",
        "identity.name.claim/1",
    }
)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that waits. `missing`: dicts of what, line, said; `problem`: why it was refused last."""

    id: str
    received: str
    type: str
    missing: tuple[dict[str, Any], ...]
    problem: str
    bytes: int


@dataclass
class Queue:
    """The documents that wait at this node, and how they are taken in at last."""

    node: Node
    pens: Callable[[str], Pen]
    clock: Clock = field(default_factory=SystemClock)
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="documents")
    )

    def take(self, data: bytes, pen: Pen, hints: Hints) -> tuple[Taken, str]:
        """As `Intake.take`; what lacks something is kept, and its id is the second value."""
        taken = Intake(self.node).take(data, pen, hints)
        if taken.state != "waiting":
            if taken.state == "recorded" and taken.type in triggers:
                self.look_later()
            return taken, ""
        kept = self._row(data, pen, hints, taken)
        with self.node.store.write() as transaction:
            if transaction.waiting.one(kept.organisation, kept.id) is None and (
                transaction.waiting.count(kept.organisation) >= waiting_max
            ):
                raise QueueFull(f"{waiting_max} documents")
            transaction.waiting.keep(kept)
        return taken, kept.id

    def of(self, organisation: str, after: str, limit: int) -> list[Waiting]:
        with self.node.store.read() as transaction:
            rows = transaction.waiting.of(organisation, after, min(limit, page_rows_max))
        return [_read(row) for row in rows]

    def drop(self, organisation: str, document: str) -> None:
        """Raises `DocumentNotWaiting`."""
        with self.node.store.write() as transaction:
            if not transaction.waiting.drop(organisation, document):
                raise DocumentNotWaiting(document)

    def retry(self, organisation: str) -> int:
        """Look at all documents of an organisation again; how many went through."""
        done, after = 0, ""
        while True:
            with self.node.store.read() as transaction:
                rows = transaction.waiting.of(organisation, after, page_rows_max)
            done += sum(self._again(rows))
            if len(rows) < page_rows_max:
                return done
            after = rows[-1].id

    def look_later(self) -> None:
        """Look at everything that waits again, in the background, one look at a time."""
        self._pool.submit(self._look)

    def _look(self) -> None:
        try:
            self.retry_all()
        except TallystickError as error:
            _log.error("waiting-documents", code=error.code)

    def retry_all(self) -> int:
        with self.node.store.read() as transaction:
            waiting = transaction.waiting.organisations()
        total = 0
        for _ in range(rounds_max):
            # What went through may be what the next one waits for.
            done = sum(self.retry(organisation) for organisation in waiting)
            total += done
            if not done:
                break
        return total

    def _again(self, rows: Sequence[WaitingRow]) -> Iterator[bool]:
        for row in rows:
            yield self._once_more(row)

    def _once_more(self, row: WaitingRow) -> bool:
        told = json.loads(row.told)
        hints = Hints(told["order"], told["contract"])
        try:
            pen = self.pens(row.author)
            if pen.organisation != row.organisation:
                raise UnknownParty(row.author)
            taken = Intake(self.node).take(row.data, pen, hints)
            problem = ""
        except (KeyMissing, TallystickError) as error:
            taken, problem = Taken("waiting", told["type"]), error.code
        with self.node.store.write() as transaction:
            if taken.state != "waiting":
                transaction.waiting.drop(row.organisation, row.id)
                return True
            again = _document(hints, taken, problem) if taken.missing or problem else row.told
            if again != row.told:
                transaction.waiting.keep(
                    WaitingRow(row.organisation, row.id, row.author, row.received, again, row.data)
                )
        return False

    def _row(self, data: bytes, pen: Pen, hints: Hints, taken: Taken) -> WaitingRow:
        return WaitingRow(
            pen.organisation,
            hashlib.sha256(data).hexdigest(),
            pen.author,
            instant(self.clock.now_ms()),
            _document(hints, taken, ""),
            data,
        )


class Log(Protocol):
    """What takes entries in."""

    def submit(self, submissions: list[Submission]) -> list[Answer]: ...

    def receipt(self, answers: list[Answer]) -> dict[str, object]: ...


@dataclass
class WatchingLog:
    """A log behind which documents that wait are looked at again after what they may have waited for."""

    log: Log
    look: Callable[[], None]

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        answers = self.log.submit(submissions)
        if any(_may_release(answer) for answer in answers):
            self.look()
        return answers

    def receipt(self, answers: list[Answer]) -> dict[str, object]:
        return self.log.receipt(answers)


def _may_release(answer: Answer) -> bool:
    return answer.accepted and not answer.duplicate and answer.type in triggers


def _document(hints: Hints, taken: Taken, problem: str) -> str:
    missing = [{"what": one.what, "line": one.line, "said": one.said} for one in taken.missing]
    told: dict[str, Any] = {"type": taken.type, "missing": missing, "problem": problem}
    told |= {"order": hints.order, "contract": hints.contract}
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def _read(row: WaitingRow) -> Waiting:
    told = json.loads(row.told)
    return Waiting(
        row.id, row.received, told["type"], tuple(told["missing"]), told["problem"], len(row.data)
    )
