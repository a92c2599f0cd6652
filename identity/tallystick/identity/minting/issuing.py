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
from typing import Any, Protocol

from tallystick.identity.bodies import HandleValue
from tallystick.identity.minting import batches, labels, making, serials
from tallystick.identity.minting.bodies import IssueBatch
from tallystick.identity.minting.folder import Folder
from tallystick.identity.minting.leaves import Tick
from tallystick.identity.minting.types import batch_type
from tallystick.identity.pen import Said
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


class Writer(Protocol):
    """What of a `Pen` it takes to issue."""

    @property
    def author(self) -> str: ...

    def write(self, said: Sequence[Said]) -> list[Answer]: ...


class Book(Protocol):
    """What the log says of batches that exist. `own`: it is this node's, so that what it lacks may be destroyed."""

    @property
    def own(self) -> bool: ...

    def newest(self, prefix: str) -> str | None:
        """The greatest number of a prefix."""
        ...

    def known(self, prefix: str, batch: str) -> tuple[str, int] | None:
        """(root, index) of a batch."""
        ...


@dataclass(frozen=True, slots=True)
class BookOfState:
    """Of the node's own state."""

    look: Look
    own: bool = True

    def newest(self, prefix: str) -> str | None:
        with self.look() as view:
            return max((batch for batch, _ in issued(view, prefix)), default=None)

    def known(self, prefix: str, batch: str) -> tuple[str, int] | None:
        with self.look() as view:
            found = batches.find(view, prefix, batch)
        return None if found is None else (str(found.row["root"]), int(found.row["since"]))


class Issuer:
    """Issues batches of one author."""

    def __init__(self, folder: Folder, pen: Writer, book: Book, clock: Clock | None = None) -> None:
        self._folder, self._pen, self._book = folder, pen, book
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
                self._refused(prepared, body)
                raise _why(answer)
            index = answer.index
        labels.put_in_place(Path(prepared["part"]), Path(prepared["labels"]))
        self._folder.forget_prepared(body.prefix, body.batch)
        found = (body.prefix, body.batch, body.count, body.root, index)
        return Issue(*found, Path(prepared["labels"]))

    def _refused(self, prepared: dict[str, Any], body: IssueBatch) -> None:
        """A node elsewhere may say so of a batch that it took in: then secret and leaves stay."""
        Path(prepared["part"]).unlink(missing_ok=True)
        if self._book.own:
            self._folder.discard(body.prefix, body.batch)
        else:
            self._folder.forget_prepared(body.prefix, body.batch)

    def _known(self, body: IssueBatch) -> int | None:
        """Where the log has this very batch."""
        found = self._book.known(body.prefix, body.batch)
        return found[1] if found is not None and found[0] == body.root else None

    def _next(self, prefix: str) -> str:
        """The number after the last that the log knows of this prefix."""
        newest = self._book.newest(prefix)
        return serials.batch_number(0 if newest is None else serials.batch_position(newest) + 1)


def issued(view: View, prefix: str) -> Iterator[tuple[str, batches.Batch]]:
    """(number, batch) of every batch of a prefix, in order."""
    after = ""
    while found := batches_of(view, prefix, after, page_documents):
        yield from ((str(one.row["batch"]), one) for one in found)
        after = str(found[-1].row["batch"])


def batches_of(view: View, prefix: str, after: str, limit: int) -> list[batches.Batch]:
    """The next batches of a prefix behind a number."""
    behind = (batches.name_of(prefix, after), "") if after else None
    rows = view.find("batch-by-prefix", prefix, after=behind, limit=limit)
    return [batches.require(view, prefix, row.name.rpartition("/")[2]) for row in rows]


def _body(new: NewBatch, batch: str, root: str) -> IssueBatch:
    told: Sequence[HandleValue] = new.record
    return IssueBatch(
        prefix=new.prefix, batch=batch, count=new.count, root=root, record=tuple(told)
    )


def _why(answer: Answer) -> Exception:
    return answer.problem or answer.refusal or InvariantError(f"{answer.id}: {answer.code}")
