"""Who may read what, decided in this one place; default deny (architecture, Privacy).

A part says of what it shows which grade it has and who its parties are; `Reader.may_read` decides. Nothing
else looks into a reader: a test of the house refuses its members anywhere but here.

| grade | public | party of it | party of something else | auditor | witness |
| --- | --- | --- | --- | --- | --- |
| public: bodies of public types, public values, attachments graded so | yes | yes | yes | yes | yes |
| leaf: envelopes in bulk (`tile/entries`) | – | yes | – | yes | yes |
| parties: other bodies and their attachments, documents, certificates, items, events | – | yes | – | yes | – |
| restricted: attachments for auditors alone | – | – | – | yes | – |

For everybody, and asked of nobody: checkpoints, tiles of hashes, proofs, and single envelopes with their
outcome, which hold origin, type, author, position, time and salted hashes (formats §2, §3). A witness of
consistency needs no more; the leaf grade lets it fetch all envelopes in bulk. A consumer is the public.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tallystick.ledger.errors import TallystickError

Grade = Literal["public", "leaf", "parties", "restricted"]


class NotReadable(TallystickError):
    code = "not-readable"
    status = 404
    title = "There is nothing here, or it is not yours to read"
    advice = "Ask one of the parties for it, or read it in the name of a party."


#: The party of an entry that anybody may read.
everybody = "*"


@dataclass(frozen=True, slots=True)
class Reader:
    """On whose behalf something is read. Made by `party` or as one of the three below."""

    reads_as: Literal["public", "party", "auditor", "witness"] = "public"
    reads_for: str | None = None

    @classmethod
    def party(cls, organisation: str) -> Reader:
        """Somebody who reads for an organisation."""
        return cls("party", organisation)

    def may_read(self, grade: str, parties: Iterable[object] = ()) -> bool:
        """Whether the reader may see a thing of this grade with these parties (organisations)."""
        if grade == "public" or self.reads_as == "auditor":
            return True
        if grade == "leaf" and self.reads_as == "witness":
            return True
        if grade not in ("leaf", "parties"):
            return False
        return any(party == everybody or self._is(party) for party in parties)

    def is_known(self) -> bool:
        """Whether the operator let this reader in."""
        return self.reads_as != "public"

    def takes_part(self, *parties: object) -> bool:
        """Whether the reader's own organisation is one of these: what is *theirs* on a page."""
        return any(self._is(party) for party in parties)

    def lists_of(self, organisation: str | None = None) -> str | None:
        """Whose lists the reader gets: its own by default, anybody's for an auditor who names them.

        None: nobody's.
        """
        asked = organisation or self.reads_for
        return asked if self.may_read("parties", (asked,)) else None

    def named(self) -> tuple[str, str | None]:
        """Kind of reader and organisation, for an export that says for whom it is cut."""
        return self.reads_as, self.reads_for

    def _is(self, party: object) -> bool:
        return self.reads_as == "party" and party is not None and party == self.reads_for


def body_grade(public: bool, parties: Iterable[str]) -> Grade:
    """The grade of an entry's body: by its type, or since everybody is among its parties."""
    return "public" if public or everybody in parties else "parties"


def attachment_grade(grade: str, body: Grade) -> str:
    """The grade of an attachment: one for the parties is for whoever may read the body."""
    return body if grade == "parties" else grade


public_reader = Reader()
auditor_reader = Reader("auditor")
witness_reader = Reader("witness")
