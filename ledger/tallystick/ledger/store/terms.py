"""Who may append: one sequencer after another, each for a term with a number.

A lock alone does not fence: a process that was paused goes on when it wakes up, whoever holds the lock by then.
So each sequencer begins a term by a commit of its own, and every later commit swaps the tree's state only
while that term lasts (research, ledger §4.2).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.store import bulk, tables


class SequencerFenced(TallystickError):
    code = "sequencer-fenced"
    status = 503
    title = "Another process has taken this log over, and this one may append no more"
    advice = (
        "Nothing was written. Send the same entries to the process that appends now; stop this one, and "
        "start it again only when the other has ended."
    )


class SequencerBusy(TallystickError):
    code = "sequencer-busy"
    status = 503
    title = "Another process appends to this log"
    advice = (
        "Stop `tallystick serve` (or the other command) first, or send entries to it over HTTP."
    )


@dataclass(frozen=True, slots=True)
class Term:
    """`size`: how many entries were there when it began, or were confirmed by it last."""

    term: int
    name: str
    since: str
    size: int


class Terms:
    """The one row that says whose term it is."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def current(self) -> Term | None:
        s = tables.sequencer.c
        query = select(s.term, s.name, s.since, s.size).where(s.id == 1)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Term(row.term, row.name, row.since, row.size)

    def start(self, name: str, since: str, size: int) -> int:
        """The number of the new term; the one before is over when this is committed."""
        before = self.current()
        number = before.term + 1 if before else 1
        row = (1, number, name, since, size)
        bulk.insert(self._connection, tables.sequencer, [row], upsert=True)
        return number

    def confirm(self, term: int, size: int) -> None:
        """A commit that changes nothing else: whoever confirms it has all that came before.

        Raises `SequencerFenced`.
        """
        s = tables.sequencer
        done = self._connection.execute(
            update(s).where(s.c.id == 1, s.c.term == term).values(size=size)
        )
        if done.rowcount != 1:
            raise SequencerFenced(f"term {term} is over")

    #: What holds of a statement while the term given to it lasts.
    lasts = "EXISTS (SELECT 1 FROM sequencer WHERE id = 1 AND term = ?)"
