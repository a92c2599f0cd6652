"""Who may read entries, bodies and attachments. Default deny (architecture, Privacy).

What parts show of their own projections they decide by the same reader: `finance.reading.access` for
certificates and documents, `trace.sight` for items and events.

Leaves are public: they hold only origin, type, author, position, time and salted hashes. That, with tiles
and checkpoints, is all that a consistency witness reads, so that it needs no right of its own. Bodies of public
types are for everybody; all others for the parties of the entry and for auditors. Attachments follow
their grade: `public`, `parties` (whoever may read the body), or `restricted` to auditors.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tallystick.ledger.errors import TallystickError


class NotReadable(TallystickError):
    code = "not-readable"
    status = 404
    title = "There is nothing here, or it is not yours to read"
    advice = "Ask one of the parties for it, or read it in the name of a party."


#: The party of an entry that anybody may read.
everybody = "*"


@dataclass(frozen=True, slots=True)
class Reader:
    """On whose behalf something is read: an organisation, an auditor of the log, or the public."""

    organisation: str | None = None
    auditor: bool = False

    def may_read_body(self, public: bool, parties: Collection[str]) -> bool:
        return public or self.auditor or everybody in parties or self.organisation in parties

    def may_read_attachment(self, grade: str, public: bool, parties: Collection[str]) -> bool:
        if grade == "public" or self.auditor:
            return True
        return grade == "parties" and self.may_read_body(public, parties)


public_reader = Reader()
auditor_reader = Reader(auditor=True)
