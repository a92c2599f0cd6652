"""Who may read what, decided in this one place; default deny (architecture, Privacy).

A part says of what it shows which grade it has and who its parties are; `Reader.may_read` decides. Nothing
else looks into a reader: a test of the house refuses its members anywhere but here.

| grade | public | party of it | party of something else | auditor | witness |
| --- | --- | --- | --- | --- | --- |
| public: bodies of public types, public values, attachments graded so | yes | yes | yes | yes | yes |
| leaf: envelopes in bulk (`tile/entries`) | – | yes | – | yes | yes |
| parties: other bodies and their attachments, documents, certificates, items, events | – | yes | – | yes | – |
| restricted, core: fields and attachments | – | roles that the table of grades names | – | yes | – |

Data that a type declares to be restricted are in the clear for those of their parties whose role the table of
classes and grades names (`grading.table`), attachments so for their owner alone; others see the mask, or nothing.
A reader whose answers leave the node gets only what the same table lets leave. Whoever looks for others is noted
(`seen`), for the read log.

Whoever said what is shown may have raised its grade since (`Thing.said`, `Reader.grading`): then it is for those of
its parties whose role the table names, whatever page or list shows what a rule computed from it.

A party may let others read what it reads: by a sharing agreement, or within a remit that a node gives an outsider
(`Sharing`, which identity keeps). That opens what is for the parties, never what is restricted, and only where who
asks says what the thing is (`Thing`).

For everybody, and asked of nobody: checkpoints, tiles of hashes, proofs, and single envelopes with their
outcome, which hold origin, type, author, position, time and salted hashes (formats §2, §3). A witness of
consistency needs no more; the leaf grade lets it fetch all envelopes in bulk. A consumer is the public.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from tallystick.ledger.errors import InvariantError, TallystickError
from tallystick.ledger.grading import Leaving, Mark, MayNotLeave, masked, rank, treatment
from tallystick.ledger.values import hot_value

Grade = Literal["public", "leaf", "parties", "restricted", "core"]
#: Why a reader may: everybody may, it is a party, by an agreement, by a remit, or the operator let it in.
Grounds = Literal["public", "party", "sharing", "remit", "auditor", "witness"]


class NotReadable(TallystickError):
    code = "not-readable"
    status = 404
    title = "There is nothing here, or it is not yours to read"
    advice = "Ask one of the parties for it, or read it in the name of a party."


#: The party of an entry that anybody may read.
everybody = "*"


@hot_value
class Thing:
    """What is asked for, as those who share it name it.

    `kind`: entries, items, documents, certificates, devices, credentials or records. `name`: its handle or name;
    of an entry its author; empty for a list of many. `type`: of an entry, document or value. `evidence`: an
    attachment of it. `said`: by entries of which types (without version), and of which organisations, it came about.
    """

    kind: str
    name: str = ""
    type: str = ""
    evidence: bool = False
    said: tuple[tuple[str, str], ...] = ()


#: Marks that organisations gave their entries of these types since, where they are for roles alone.
Raised = Callable[[Iterable[tuple[str, str]]], Iterable[Mark]]


class Sharing(Protocol):
    """What others gave a reader to read beyond what is its own."""

    def opens(
        self, grade: str, parties: Iterable[object], thing: Thing
    ) -> Literal["sharing", "remit"] | None:
        """By what a thing of these parties may be read; None: by nothing."""
        ...


class Seen(Protocol):
    """Notes whose things that are not public somebody was let see, and on what grounds."""

    def add(
        self, grade: str, parties: tuple[object, ...], grounds: Grounds, thing: Thing | None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """On whose behalf something is read. Made by `party` or as one of the three below.

    roles: those in which it reads for its organisation; None: for the organisation as a whole.
    leaving: what it reads leaves the node. seen: where it is noted what it was let see.
    shared: what its organisation was given; it counts only where a thing says what it is. raised: by what grades
    things are kept from it that it would else read as a party.
    """

    reads_as: Literal["public", "party", "auditor", "witness"] = "public"
    reads_for: str | None = None
    roles: frozenset[str] | None = None
    leaving: Leaving | None = None
    seen: Seen | None = field(default=None, compare=False, repr=False)
    shared: Sharing | None = field(default=None, compare=False, repr=False)
    raised: Raised | None = field(default=None, compare=False, repr=False)

    @classmethod
    def party(cls, organisation: str, roles: Iterable[str] | None = None) -> Reader:
        """Somebody who reads for an organisation, in these roles."""
        return cls("party", organisation, None if roles is None else frozenset(roles))

    def may_read(
        self,
        grade: str,
        parties: Iterable[object] = (),
        mark: Mark | None = None,
        owner: str | None = None,
        thing: Thing | None = None,
    ) -> bool:
        """Whether the reader may see a thing of this grade with these parties (organisations).

        mark: its class and grade, where it has one of its own; owner: whose it is, if it may leave; thing: what
        it is, if it may be shared.
        """
        if grade == "public" and mark is None and thing is None:
            return True
        told = tuple(parties)
        grounds = self._grounds(grade, told, mark, thing)
        if grounds is None or not self.still_reads(thing, told):
            return False
        if mark is not None and self.leaving is not None and not self.leaving.lets(mark, owner):
            return False
        if self.seen is not None and grade not in ("public", "leaf"):
            self.seen.add(grade, told, grounds, thing)
        return True

    def still_reads(self, thing: Thing | None, parties: Iterable[object]) -> bool:
        """Whether no grade that was raised since keeps the thing from it: for rows of lists that are its own."""
        if self.raised is None or thing is None or not thing.said:
            return True
        audits = self.reads_as == "auditor"
        if audits and self.leaving is None:
            return True
        marks = tuple(self.raised(thing.said))
        if self.leaving is not None and marks:
            owners = {one for _, one in thing.said}
            owner = owners.pop() if len(owners) == 1 else None
            if not all(self.leaving.lets(mark, owner) for mark in marks):
                return False
        return (
            audits
            or not marks
            or (any(map(self._is, parties)) and all(self._clears(mark) for mark in marks))
        )

    def shown(self, value: Any, mark: Mark, parties: Iterable[object] = ()) -> Any:
        """The value, or its mask for those who need only to recognise it."""
        return (
            value
            if self.may_read(treatment(mark).sight, parties, mark)
            else masked(value, mark.mask)
        )

    def noting(self, seen: Seen) -> Reader:
        """The same reader, whose looking is noted."""
        return replace(self, seen=seen)

    def taking_away(self, leaving: Leaving) -> Reader:
        """The same reader, to whom things leave the node."""
        return replace(self, leaving=leaving)

    def holding(self, given_to: Callable[[str], Sharing | None]) -> Reader:
        """The same reader with what its organisation was given, if it reads for one."""
        if self.reads_as != "party" or self.reads_for is None:
            return self
        return replace(self, shared=given_to(self.reads_for))

    def grading(self, raised: Raised) -> Reader:
        """The same reader, from whom later grades keep things."""
        return replace(self, raised=raised)

    def is_known(self) -> bool:
        """Whether the operator let this reader in."""
        return self.reads_as != "public"

    def refused(self, what: str, mark: Mark, owner: str | None) -> MayNotLeave:
        """Why a thing that the reader sees here may not leave to it."""
        if self.leaving is None:
            raise InvariantError(f"nothing keeps {what} here")
        return self.leaving.refusal(what, mark, owner)

    def leaves_out(self) -> bool:
        """Whether what may not leave is left out; else whoever takes things away is told."""
        return self.leaving is None or not self.leaving.strict

    def staying(self) -> Reader:
        """The same reader, looking at the node itself, unnoted."""
        return replace(self, leaving=None, seen=None)

    def sees_all(self) -> bool:
        """Whether nothing is kept from it and nobody notes what: an auditor at the node itself, unnoted."""
        return self.reads_as == "auditor" and self.leaving is None and self.seen is None

    def is_stranger_to(self, parties: Iterable[object]) -> bool:
        """Whether nobody in particular asks for what is not for everybody: then no word need be said about it."""
        return self.reads_as == "public" and everybody not in parties

    def is_leaving(self) -> bool:
        """Whether what it reads leaves the node."""
        return self.leaving is not None

    def takes_part(self, *parties: object) -> bool:
        """Whether the reader's own organisation is one of these: what is *theirs* on a page."""
        return any(self._is(party) for party in parties)

    def lists_of(self, organisation: str | None = None, thing: Thing | None = None) -> str | None:
        """Whose lists the reader gets: its own by default, anybody's for an auditor who names them, and
        those of somebody who shares all things of this kind. None: nobody's.
        """
        asked = organisation or self.reads_for
        return asked if self.may_read("parties", (asked,), thing=thing) else None

    def named(self) -> tuple[str, str | None]:
        """Kind of reader and organisation, for an export that says for whom it is cut."""
        return self.reads_as, self.reads_for

    def _grounds(
        self, grade: str, parties: tuple[object, ...], mark: Mark | None, thing: Thing | None
    ) -> Grounds | None:
        """Why the reader may see it; None: it may not."""
        if grade == "public":
            return "public"
        if self.reads_as == "auditor":
            return "auditor"
        if grade == "leaf" and self.reads_as == "witness":
            return "witness"
        takes_part = any(map(self._is, parties))
        if grade in ("restricted", "core"):
            return "party" if takes_part and mark is not None and self._clears(mark) else None
        if grade not in ("leaf", "parties"):
            return None
        if takes_part:
            return "party"
        if everybody in parties:
            return "public"
        if self.shared is None or thing is None:
            return None
        return self.shared.opens(grade, parties, thing)

    def _clears(self, mark: Mark) -> bool:
        """Whether one of its roles sees in the clear what has this mark."""
        return self.roles is None or not self.roles.isdisjoint(treatment(mark).clear_for)

    def _is(self, party: object) -> bool:
        return self.reads_as == "party" and party is not None and party == self.reads_for


def body_grade(public: bool, parties: Iterable[str]) -> Grade:
    """The grade of an entry's body: by its type, or since everybody is among its parties."""
    return "public" if public or everybody in parties else "parties"


def sight_of(mark: Mark, body: Grade) -> Grade:
    """As what a thing of this mark is asked for: what is for partners is for whoever may read the body."""
    sight = treatment(mark).sight
    return body if sight == "parties" and rank(mark.grade) == 1 else sight


public_reader = Reader()
auditor_reader = Reader("auditor")
witness_reader = Reader("witness")
