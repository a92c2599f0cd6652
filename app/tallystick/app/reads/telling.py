"""The root of each day's read log, said in an entry once the day is over and every process has written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import structlog

from tallystick.app.bootstrap import Node
from tallystick.app.writing import Pens
from tallystick.identity import Said, speaker
from tallystick.ledger import Clock, NotSound, SystemClock, TallystickError, View, reads

#: How long after midnight a day is told: processes write every second, and their clocks differ.
settled_ms = 5 * 60 * 1000
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Day:
    """A day of rows: as it was told in the log, if it was, and as its rows are."""

    day: str
    count: int
    root: str
    told: Mapping[str, Any] | None = None

    @property
    def agrees(self) -> bool | None:
        """Whether the rows are those that were told; None for a day that is not told yet."""
        if self.told is None:
            return None
        return (self.told["count"], self.told["root"]) == (self.count, self.root)


def author_of(node: Node, view: View) -> str:
    genesis = cast(Mapping[str, Any], view.get("log", "genesis") or {})
    return node.settings.reads_author or str(genesis.get("root", ""))


def keeper_of(node: Node, view: View) -> str:
    """Under whose name the node's days stand in the log."""
    return speaker(view, author_of(node, view)).organisation


def told_days(node: Node, view: View) -> Mapping[str, Mapping[str, Any]]:
    """What the log says of this node's days."""
    return cast(
        Mapping[str, Mapping[str, Any]], view.group(reads.reads_kind, keeper_of(node, view))
    )


def days(node: Node, before: str) -> Iterator[Day]:
    """The days that have rows, oldest first, each held against what was told of it."""
    with node.look() as view:
        told = dict(told_days(node, view))
    with node.store.read() as transaction:
        for day in transaction.reads.days(before):
            tree = reads.DayTree.of(list(transaction.reads.of_day(day)))
            yield Day(day, len(tree.leaves), tree.root().hex(), told.get(day))


def check_days(node: Node) -> None:
    """Raises `NotSound` at the first day whose rows are not those that the log says.

    A day whose rows are all gone was forgotten in its time, or by somebody: nothing tells which.
    """
    for one in days(node, "9999"):
        if one.agrees is False and one.told is not None:
            told = f"{one.told['count']} rows, root {one.told['root']}"
            raise NotSound(f"read log of {one.day}", told, f"{one.count} rows, root {one.root}")


@dataclass
class Teller:
    """Says what is due, by a key that the node holds."""

    node: Node
    pens: Pens
    clock: Clock = field(default_factory=SystemClock)

    def tell(self) -> int:
        """How many days were told. What stands in the way is said in the log of the process."""
        try:
            return self._tell()
        except TallystickError as error:
            _log.warning("reads-not-told", code=error.code, detail=error.detail)
            return 0

    def _tell(self) -> int:
        over = reads.day_of(self.clock.now_ms() - settled_ms)
        with self.node.look() as view:
            told, author = set(told_days(self.node, view)), author_of(self.node, view)
        with self.node.store.read() as transaction:
            waiting = [day for day in transaction.reads.days(over) if day not in told]
        done = 0
        for day in waiting:
            with self.node.store.read() as transaction:
                tree = reads.DayTree.of(list(transaction.reads.of_day(day)))
            body = reads.DailyReads(day=day, count=len(tree.leaves), root=tree.root().hex())
            (answer,) = self.pens.of(author).write([Said(reads.reads_type, body)])
            if answer.problem is not None:
                raise answer.problem
            done += answer.accepted
        return done
