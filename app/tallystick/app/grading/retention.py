"""What is kept longer than the table of classes and grades says, and getting rid of it.

Attachments are erased by entries that their owner signs (`ledger.erase/1`, reason `retention-ended`): nobody else
can. Rows of the read log are the node's own, and are dropped; the roots of their days stay in the log. Days count from
the ledger time of the entry. Bodies stay for ever, as the log does; so nothing of a person may be in one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tallystick.app.bootstrap import Node
from tallystick.ledger import SystemClock, auditor_reader, erasure, grading, instant

entries_step = 256
#: As what an erased attachment is named, by its class (formats, `ledger.erase/1`).
text_classes: dict[grading.DataClass, erasure.TextClass] = {
    "identity": "scanned-paper",
    "trade": "event-document",
    "quality": "scanned-paper",
    "sensor": "measurements",
    "money": "scanned-paper",
    "personal": "names-and-contacts",
}


@dataclass(frozen=True, slots=True)
class Due:
    """An attachment whose time is over. `until`: the instant at which it was."""

    index: int
    digest: str
    owner: str
    data_class: grading.DataClass
    grade: grading.DataGrade
    until: str
    size: int

    @property
    def text_class(self) -> erasure.TextClass:
        return text_classes[self.data_class]


def due(
    node: Node, now: str = "", owner: str = "", first: int = 0, last: int | None = None
) -> Iterator[Due]:
    """Attachments whose time is over, in the order of the log; with `owner` those of this organisation.

    Of the entries from `first` on, up to `last` and without it.
    """
    moment = now or instant(SystemClock().now_ms())
    with node.reader.open() as snapshot:
        size = snapshot.size()
        stop = size if last is None else min(last, size)
        for start in range(first, stop, entries_step):
            end = min(start + entries_step, stop)
            for found in snapshot.disclosed(start, end, auditor_reader):
                if not found.attachments:
                    continue
                whose = node.rules.speaks_for(snapshot.view, found.row.author)
                if owner and whose != owner:
                    continue
                for held in found.attachments:
                    mark = snapshot.attachment_mark(found, held)
                    until = _until(found.row.time, grading.treatment(mark).kept_days)
                    if until and until <= moment:
                        yield Due(
                            found.row.index, held.digest, whose, mark.data_class, mark.grade,
                            until, held.size,
                        )  # fmt: skip


def drop_reads(node: Node, now: str = "") -> int:
    """Forget rows of the read log whose time is over; how many that were."""
    moment = now or instant(SystemClock().now_ms())
    first = datetime.fromisoformat(moment) - timedelta(days=grading.read_log_days)
    with node.store.note() as transaction:
        return transaction.reads.drop(f"{first:%Y-%m-%d}")


def _until(time: str, days: int | None) -> str:
    """Empty: for ever."""
    if days is None:
        return ""
    moment = datetime.fromisoformat(time) + timedelta(days=days)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time[20:]}"
