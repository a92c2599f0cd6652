"""Issuing a batch: its files first, its entry then, and the label file under its name last.

A crash at any point leaves no half batch. Before the entry is sent, everything made is durable and noted as
prepared; the next run sends the same entry again under the same id, and finishes what is in the log or
removes what is not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.identity.bodies import HandleValue
from tallystick.identity.minting import batches, labels, making, serials
from tallystick.identity.minting.bodies import IssueBatch
from tallystick.identity.minting.folder import Folder
from tallystick.identity.minting.leaves import Tick
from tallystick.identity.minting.types import batch_type
from tallystick.identity.pen import Pen, Said
from tallystick.ledger import Answer, Clock, InvariantError, SystemClock, View, new_id

Look = Callable[[], AbstractContextManager[View]]
page_documents = 1000
#: From this status on an answer says nothing about the entry: it is sent again.
unavailable_status = 500


@dataclass(frozen=True, slots=True)
class NewBatch:
    """What is asked for. `link`: a template for the label file."""

    prefix: str
    count: int
    labels: Path
    record: tuple[HandleValue, ...] = ()
    link: str = ""
    processes: int = 0


@dataclass(frozen=True, slots=True)
class Issue:
    """A batch that is in the log."""

    prefix: str
    batch: str
    count: int
    root: str
    index: int
    labels: Path


class Issuer:
    """Issues batches of one node. `look` opens its state."""

    def __init__(self, folder: Folder, pen: Pen, look: Look, clock: Clock | None = None) -> None:
        self._folder, self._pen, self._look = folder, pen, look
        self._clock = clock or SystemClock()

    def issue(self, new: NewBatch, tick: Tick | None = None) -> Issue:
        """Raises `LabelsRefused`, `SerialTwice`, or why the log refused the batch."""
        with self._folder.alone(new.prefix):
            self._settle(new.prefix)
            prepared = self._prepare(new, self._next(new.prefix), tick)
            return self._send(prepared)

    def settle(self, prefix: str) -> list[Issue]:
        """Finish or remove what an earlier run prepared; gives what is in the log."""
        with self._folder.alone(prefix):
            return self._settle(prefix)

    def _settle(self, prefix: str) -> list[Issue]:
        return [self._send(dict(prepared)) for prepared in list(self._folder.prepared(prefix))]

    def _prepare(self, new: NewBatch, batch: str, tick: Tick | None) -> dict[str, Any]:
        # Refused before anything is made.
        body = _body(new, batch, "0" * 64)
        file = labels.LabelFile(new.labels.absolute(), new.prefix, new.link)
        self._folder.discard(new.prefix, batch)
        try:
            order = making.Order(new.prefix, batch, new.count, new.processes)
            root = making.make(self._folder, order, file.write, tick).hex()
            file.sync()
        except BaseException:
            file.discard()
            self._folder.discard(new.prefix, batch)
            raise
        prepared = {
            "id": new_id(self._clock.now_ms(), os.urandom(10)),
            "author": self._pen.author,
            "body": body.model_copy(update={"root": root}).model_dump(
                mode="json", exclude_none=True
            ),
            "labels": str(file.path),
            "part": str(file.part),
        }
        self._folder.note_prepared(new.prefix, batch, prepared)
        return prepared

    def _send(self, prepared: dict[str, Any]) -> Issue:
        body = IssueBatch.model_validate(prepared["body"], strict=False)
        index = self._known(body)
        if index is None:
            (answer,) = self._pen.write([Said(batch_type, body, prepared["id"])])
            if answer.problem is not None and answer.problem.status >= unavailable_status:
                raise answer.problem
            if not answer.accepted:
                self._folder.discard(body.prefix, body.batch)
                Path(prepared["part"]).unlink(missing_ok=True)
                raise _why(answer)
            index = answer.index
        labels.put_in_place(Path(prepared["part"]), Path(prepared["labels"]))
        self._folder.forget_prepared(body.prefix, body.batch)
        found = (body.prefix, body.batch, body.count, body.root, index)
        return Issue(*found, Path(prepared["labels"]))

    def _known(self, body: IssueBatch) -> int | None:
        """Where the log has this very batch."""
        with self._look() as view:
            found = batches.find(view, body.prefix, body.batch)
        if found is None or found.row["root"] != body.root:
            return None
        return int(found.row["since"])

    def _next(self, prefix: str) -> str:
        """The number after the last that the log knows of this prefix."""
        with self._look() as view:
            numbers = [batch for batch, _ in issued(view, prefix)]
        position = 0 if not numbers else serials.batch_position(max(numbers)) + 1
        return serials.batch_number(position)


def issued(view: View, prefix: str) -> Iterator[tuple[str, batches.Batch]]:
    """(number, batch) of every batch of a prefix, in order."""
    after: tuple[str, str] | None = None
    while rows := view.find("batch-by-prefix", prefix, after=after, limit=page_documents):
        for row in rows:
            number = row.name.rpartition("/")[2]
            yield number, batches.require(view, prefix, number)
        after = (rows[-1].name, rows[-1].part)


def _body(new: NewBatch, batch: str, root: str) -> IssueBatch:
    told: Sequence[HandleValue] = new.record
    return IssueBatch(
        prefix=new.prefix, batch=batch, count=new.count, root=root, record=tuple(told)
    )


def _why(answer: Answer) -> Exception:
    return answer.problem or answer.refusal or InvariantError(f"{answer.id}: {answer.code}")
