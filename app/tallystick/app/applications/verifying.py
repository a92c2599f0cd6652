"""The node's side: officers look at an application, ask back, refuse, or propose to admit.

Asking back and refusing are the node's own business, before there is anything in the log; who did it stands in
the row. Admitting is an act of two persons in the log (`identity.propose/1`, `identity.decide/1`): the first one's
entry takes the papers along, and what the second one decides is read from the log.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import orjson

from tallystick.app.applications import kept
from tallystick.app.applications.desk import Application, Desk
from tallystick.app.applications.errors import (
    ApplicationClosed,
    ApplicationIncomplete,
    ApplicationUnknown,
    ProposalNotFitting,
)
from tallystick.app.applications.kept import Filled, Form, Last, PaperKept, State
from tallystick.app.credentials.moment import now_ms
from tallystick.app.writing import Log
from tallystick.identity import AdmitOrganisation, Paper, Propose, check_people
from tallystick.ledger import (
    Answer,
    Attachment,
    Entry,
    Envelope,
    Submission,
    TallystickError,
    View,
    body_hash,
    fields_root,
    instant,
    new_id,
    payload_hash,
    reference_to,
)

propose_type = "identity.propose/1"
page_max = 50
sweep_max = 200
#: Papers hold names and numbers of people: for the officers of the node, and auditors.
_grade = "restricted"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """An entry before anybody signed it."""

    payload: bytes
    body: bytes
    salt: bytes


@dataclass
class Verifying:
    """The applications to one node, for those who speak for it; `log` takes the entries."""

    desk: Desk
    log: Log

    def listed(self, node: str, state: State, after: str, limit: int) -> list[Application]:
        """Those of a node in a state, in the order of their numbers."""
        with self.desk.node.store.read() as transaction:
            rows = transaction.applications.of(node, state, after, limit)
            return [self.desk.read(transaction, row) for row in rows]

    def paper(self, found: Application, known: str) -> tuple[PaperKept, Attachment]:
        """Raises `ApplicationUnknown`."""
        row = next((one for one in found.filled.papers if one.id == known), None)
        with self.desk.node.store.read() as transaction:
            opened = transaction.applications.part(found.number, known) if row else None
        if row is None or opened is None:
            raise ApplicationUnknown(known)
        return row, opened

    def ask(self, found: Application, question: str, by: str) -> Application:
        """The applicant is to correct something. Raises `ApplicationClosed`."""
        _require(found, "submitted")
        filled = found.filled.model_copy(update={"question": question})
        return self.desk.move(found, "asked", filled, by=by)

    def refuse(self, found: Application, wish: kept.Refusal, by: str) -> None:
        """What was said and sent is destroyed. Raises `ApplicationClosed`."""
        _require(found, "submitted", "asked")
        self.desk.close(found, "refused", Last(text=wish.text), reason=wish.reason, by=by)

    def body(self, found: Application, organisation: str) -> Propose:
        """What an officer of `organisation`, which holds the node's prefix, proposes. Raises `ApplicationClosed`."""
        _require(found, "submitted")
        form = complete(found)
        what = AdmitOrganisation(
            kind="admit",
            organisation=found.open.organisation,
            name={str(language): text for language, text in form.name.items()},
            scheme=form.scheme,
            number=form.number,
            country=form.country,
            capacities=tuple(form.capacities),
            papers=tuple(paper for paper, _ in self._papers(found)),
            people=found.filled.people,
        )
        return Propose(organisation=organisation, what=what)

    def unsigned(
        self,
        found: Application,
        organisation: str,
        author: str,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> Unsigned:
        """The exact bytes that an officer signs."""
        body, salt = self.body(found, organisation).encode(), random(32)
        now = self.desk.clock.now_ms()
        entry = Entry(
            self.desk.origin, propose_type, author, new_id(now, random(10)), instant(now),
            body_hash(salt, body), fields_root=fields_root(salt, body),
        )  # fmt: skip
        return Unsigned(entry.payload(), body, salt)

    def propose(
        self, found: Application, organisation: str, envelope: bytes, body: bytes, salt: bytes
    ) -> tuple[Application, Answer]:
        """An officer's entry, with the papers. Raises `ProposalNotFitting` or what the rule refuses."""
        if body != self.body(found, organisation).encode():
            raise ProposalNotFitting("its body is not the application's")
        parsed, entry = _opened(envelope)
        if (entry.origin, entry.type) != (self.desk.origin, propose_type):
            raise ProposalNotFitting(f"it is no {propose_type} of {self.desk.origin}")
        sent = Submission(parsed.encode(), body, salt, self.attachments(found))
        (answer,) = self.log.submit([sent])
        problem = answer.problem or answer.refusal
        if problem is not None:
            raise problem
        name = payload_hash(parsed.encode()).hex()
        return self.desk.move(found, "proposed", proposal=name, by=entry.author), answer

    def settled(self, view: View, found: Application) -> Application:
        """As the log has it: a proposal that was decided, withdrawn, or lapsed is none any more."""
        if found.row.state != "proposed" or found.open.proposal is None:
            return found
        row = cast(Mapping[str, Any] | None, view.get("pending", found.open.proposal))
        if row is None:
            return found
        if row["state"] == "done":
            self.desk.close(found, "admitted")
        elif row["state"] != "open" or row["until"] <= instant(now_ms(view)):
            self.desk.move(found, "submitted", proposal=None)
        else:
            return found
        return self.desk.opened(found.number) or found

    def attachments(self, found: Application) -> tuple[Attachment, ...]:
        """The papers that go along with the proposal."""
        return tuple(attached for _, attached in self._papers(found))

    def _papers(self, found: Application) -> list[tuple[Paper, Attachment]]:
        told: list[tuple[Paper, Attachment]] = []
        for row in found.filled.papers:
            one = replace(self.paper(found, row.id)[1], grade=_grade)
            told.append((Paper(kind=row.kind, document=reference_to(one), ends=row.ends), one))
        contact = self._contact(found)
        return [*told, (Paper(kind="contact", document=reference_to(contact)), contact)]

    def _contact(self, found: Application) -> Attachment:
        """How the applicant is reached: an attachment like the papers, never in the body."""
        with self.desk.node.store.read() as transaction:
            form = transaction.applications.part(found.number, "form")
        if form is None:
            raise ApplicationUnknown(found.number)
        data = orjson.dumps({"contact": complete(found).contact})
        # The salt of the sealed form: as random, as secret, and the same whenever this is asked.
        return Attachment("application/json", data, form.salt, _grade)


def submit(desk: Desk, found: Application) -> Application:
    """By the applicant, once nothing is missing. Raises `ApplicationIncomplete` or `ApplicationClosed`."""
    if found.state not in kept.writable_states:
        raise ApplicationClosed(f"it is {found.state}")
    complete(found)
    filled: Filled = found.filled.model_copy(update={"question": None})
    return desk.move(found, "submitted", filled)


def missing(found: Application) -> list[str]:
    """What an application still needs, by name."""
    form = found.filled.form
    lacks = [] if form else ["form"]
    if form is not None:
        there = {one.kind for one in found.filled.papers}
        lacks += [one for one in kept.wanted[form.scheme] if one not in there]
        if form.bank_code is None and "bank-account" in kept.wanted[form.scheme]:
            lacks.append("bank_code")
    return lacks if _can_begin(found) else [*lacks, "people"]


def _can_begin(found: Application) -> bool:
    try:
        check_people(found.filled.people)
    except TallystickError:
        return False
    return bool(found.filled.people)


def complete(found: Application) -> Form:
    """What it says, if nothing is missing. Raises `ApplicationIncomplete`."""
    lacks = missing(found)
    if lacks or found.filled.form is None:
        raise ApplicationIncomplete(", ".join(lacks))
    return found.filled.form


def sweep(verifying: Verifying) -> int:
    """Applications whose time is over lapse, and what is left of old ones is forgotten; how many lapsed."""
    desk = verifying.desk
    now, lapsed = instant(desk.clock.now_ms()), 0
    with desk.node.store.read() as transaction:
        rows = transaction.applications.ended(now, kept.open_states, sweep_max)
        late = [desk.read(transaction, row) for row in rows]
    with desk.node.look() as view:
        for one in late:
            found = verifying.settled(view, one)
            if found.row.state in kept.open_states and found.row.expires <= now:
                desk.close(found, "lapsed")
                lapsed += 1
    with desk.node.store.write() as transaction:
        for row in transaction.applications.ended(now, kept.closed_states, sweep_max):
            transaction.applications.drop(row.id)
            transaction.applications.forget(row.id)
    return lapsed


def _require(found: Application, *states: State) -> None:
    if found.state not in states:
        raise ApplicationClosed(f"it is {found.state}")


def _opened(data: bytes) -> tuple[Envelope, Entry]:
    """Members in order, whatever program wrote them. Raises `ProposalNotFitting`."""
    try:
        plain = orjson.dumps(orjson.loads(data), option=orjson.OPT_SORT_KEYS)
        envelope = Envelope.parse(plain)
        return envelope, Entry.parse(envelope.payload)
    except TallystickError as error:
        raise ProposalNotFitting(f"envelope: {error.detail}") from None
    except (ValueError, TypeError) as error:
        raise ProposalNotFitting(f"envelope: {error}") from None
