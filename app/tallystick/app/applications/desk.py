"""The applicant's side: begin, say, send papers and people, submit, correct, withdraw.

Rules:
- Who has the token of an application speaks for it. The token is 32 random bytes, told once, kept as a hash;
  without it, a number that exists and one that does not are answered alike.
- What the applicant says and sends is sealed under the node's master key like attachments, and destroyed when the
  application is refused, withdrawn, lapses, or is in the log.
- An application that nobody goes on with lapses (`kept.days`); from one address only so many begin in a day.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tallystick.app.applications import kept, papers
from tallystick.app.applications.errors import (
    ApplicationClosed,
    ApplicationMalformed,
    ApplicationsTooMany,
    ApplicationUnknown,
    NoNode,
)
from tallystick.app.applications.kept import Filled, Form, Last, Open, PaperKept, State
from tallystick.app.bootstrap import Node
from tallystick.finance.accounts import is_bic, is_cnaps
from tallystick.identity import (
    FirstPerson,
    check_number,
    check_possession,
    names,
    new_organisation_handle,
    new_person_handle,
    possession_message,
)
from tallystick.ledger import (
    ApplicationRow,
    Attachment,
    Clock,
    SystemClock,
    TallystickError,
    Transaction,
    View,
    instant,
)

begun_per_day_max = 20
waiting_max = 1000
_form, _last = "form", "last"
_json = "application/json"
#: What is asked about where there is no application: no token has this hash, and no node this prefix.
nothing = ApplicationRow("", "0" * 64, "", "draft", "", "", "", 0, "{}")


@dataclass(frozen=True, slots=True)
class Begun:
    """`address`: where the applicant goes on; it holds the token, which nobody is told again."""

    number: str
    token: str
    address: str
    expires: str


@dataclass(frozen=True, slots=True)
class Application:
    """A row with what is sealed beside it. `is_late`: its time is over, and nothing came of it."""

    row: ApplicationRow
    open: Open
    filled: Filled
    last: Last
    is_late: bool = False

    @property
    def number(self) -> str:
        return self.row.id

    @property
    def state(self) -> State:
        return "lapsed" if self.is_late else self.row.state  # type: ignore[return-value]


@dataclass
class Desk:
    """The applications of one node."""

    node: Node
    origin: str
    clock: Clock = field(default_factory=SystemClock)
    random: Callable[[int], bytes] = secrets.token_bytes

    def start(self, node: str, source: str) -> Begun:
        """Raises `NoNode` or `ApplicationsTooMany`."""
        now_ms = self.clock.now_ms()
        with self.node.look() as view:
            if node not in nodes(view):
                raise NoNode(node)
        told = Open(
            organisation=new_organisation_handle(node, self.random),
            persons=tuple(new_person_handle(node, self.random) for _ in range(kept.persons_max)),
        )
        token = base64.urlsafe_b64encode(self.random(32)).rstrip(b"=").decode()
        # 65 random bits: nobody comes upon another's by trying.
        number = f"A-{names.random_characters(13, self.random)}"
        expires = instant(now_ms + kept.days["draft"] * kept.day_ms)
        digest = _source(source)
        row = ApplicationRow(
            number, _hash(token), node, "draft", expires, digest, instant(now_ms), 0,
            told.model_dump_json(exclude_none=True),
        )  # fmt: skip
        with self.node.store.write() as transaction:
            table, today = transaction.applications, instant(now_ms)[:10]
            if table.count(kept.open_states) >= waiting_max:
                raise ApplicationsTooMany(f"{waiting_max} wait")
            subject = f"application:{digest}"
            if not transaction.daily.claim(subject, today, "begun", 1, begun_per_day_max):
                raise ApplicationsTooMany(f"{begun_per_day_max} in a day")
            table.add(row)
            self._seal(transaction, number, _form, Filled())
        address = f"{self.node.settings.base_url.rstrip('/')}/apply#n={number}&t={token}"
        return Begun(number, token, address, expires)

    def own(self, number: str, token: str) -> Application:
        """Raises `ApplicationUnknown`."""
        digest = _hash(token)
        found = self.opened(number, lambda row: hmac.compare_digest(row.token, digest))
        if found is None:
            raise ApplicationUnknown
        return found

    def opened(
        self, number: str, may: Callable[[ApplicationRow], bool] = lambda _row: True
    ) -> Application | None:
        """For who may. It is asked about `nothing` where there is none, and what is sealed is opened after it: so the
        work tells others nothing."""
        with self.node.store.read() as transaction:
            row = transaction.applications.get(number)
            if not may(row or nothing) or row is None:
                return None
            return self.read(transaction, row)

    def read(self, transaction: Transaction, row: ApplicationRow) -> Application:
        """A row with its sealed parts."""
        late = row.state in kept.open_states and row.expires <= instant(self.clock.now_ms())
        form = transaction.applications.part(row.id, _form)
        last = transaction.applications.part(row.id, _last)
        return Application(
            row,
            Open.model_validate_json(row.document),
            Filled() if form is None else Filled.model_validate_json(form.data),
            Last() if last is None else Last.model_validate_json(last.data),
            late,
        )

    def fill(self, found: Application, form: Form) -> Application:
        """Raises `ApplicationClosed` or `ApplicationMalformed`."""
        _check_form(form)
        return self._write(found, found.filled.model_copy(update={"form": form}))

    def add_paper(
        self, found: Application, kind: str, data: bytes, declared: str, ends: str | None
    ) -> Application:
        """One of a kind takes the place of the one before. Raises `ApplicationClosed` or `PaperRefused`."""
        _require_writable(found)
        today = instant(self.clock.now_ms())[:10]
        sort = papers.check(found.filled.papers, kind, data, declared, ends, today)
        known = self.random(8).hex()
        one = PaperKept(id=known, kind=sort, type=papers.type_of(data), size=len(data), ends=ends)
        gone = [old for old in found.filled.papers if old.kind == sort and sort != "other"]
        rest = tuple(old for old in found.filled.papers if old not in gone)
        filled = found.filled.model_copy(update={"papers": (*rest, one)})

        def change(transaction: Transaction) -> None:
            sealed = Attachment(one.type, data, self.random(32), "parties")
            transaction.applications.put(found.number, known, sealed)
            for old in gone:
                transaction.applications.drop(found.number, old.id)

        return self._write(found, filled, change)

    def drop_paper(self, found: Application, known: str) -> Application:
        """Raises `ApplicationClosed`, or `ApplicationUnknown` for a paper that is not there."""
        if all(one.id != known for one in found.filled.papers):
            raise ApplicationUnknown(known)
        rest = tuple(one for one in found.filled.papers if one.id != known)
        filled = found.filled.model_copy(update={"papers": rest})
        return self._write(found, filled, lambda t: t.applications.drop(found.number, known))

    def message(self, found: Application, wish: kept.Wish) -> bytes:
        """What a first person's key signs."""
        person = found.open.persons[wish.person]
        return possession_message(
            self.origin, found.open.organisation, person, wish.roles, f"300:{person}", wish.jwk
        )

    def set_people(self, found: Application, people: tuple[FirstPerson, ...]) -> Application:
        """All of them, as far as they are there. Raises `ApplicationClosed`, or what is wrong with one of them."""
        allotted = set(found.open.persons)
        for one in people:
            if one.person not in allotted:
                raise ApplicationMalformed(f"{one.person} was not allotted to this application")
        if len({one.person for one in people}) != len(people):
            raise ApplicationMalformed("somebody is named twice")
        for one in people:
            for key in one.keys:
                check_possession(self.origin, found.open.organisation, one, key)
        return self._write(found, found.filled.model_copy(update={"people": people}))

    def close(
        self, found: Application, state: State, last: Last | None = None, **told: Any
    ) -> None:
        """What was said and sent is destroyed; what became of it stays for a while. Raises `ApplicationClosed`."""
        row = self.moved(found, state, **told)
        with self.node.store.write() as transaction:
            if not transaction.applications.change(row):
                raise ApplicationClosed("somebody else was faster")
            transaction.applications.drop(found.number)
            if last is not None and last.text:
                self._seal(transaction, found.number, _last, last)

    def move(
        self, found: Application, state: State, filled: Filled | None = None, **told: Any
    ) -> Application:
        """Into another state, with the time that goes with it. Raises `ApplicationClosed`."""
        row = self.moved(found, state, **told)
        with self.node.store.write() as transaction:
            if not transaction.applications.change(row):
                raise ApplicationClosed("somebody else was faster")
            if filled is not None:
                self._seal(transaction, found.number, _form, filled)
            return self.read(transaction, replace(row, version=row.version + 1))

    def moved(self, found: Application, state: State, **told: Any) -> ApplicationRow:
        expires = instant(self.clock.now_ms() + kept.days[state] * kept.day_ms)
        document = found.open.model_copy(update=told).model_dump_json(exclude_none=True)
        return replace(found.row, state=state, expires=expires, document=document)

    def _write(
        self,
        found: Application,
        filled: Filled,
        more: Callable[[Transaction], None] = lambda _transaction: None,
    ) -> Application:
        _require_writable(found)
        with self.node.store.write() as transaction:
            if not transaction.applications.change(found.row):
                raise ApplicationClosed("it was changed meanwhile: look at it again")
            self._seal(transaction, found.number, _form, filled)
            more(transaction)
            return self.read(transaction, replace(found.row, version=found.row.version + 1))

    def _seal(self, transaction: Transaction, number: str, part: str, told: Filled | Last) -> None:
        data = told.model_dump_json(exclude_none=True).encode()
        sealed = Attachment(_json, data, self.random(32), "parties")
        transaction.applications.put(number, part, sealed)


def nodes(view: View) -> dict[str, str]:
    """Prefixes of nodes that take applications, with their holders: secondary nodes, or the root without any."""
    found: dict[str, tuple[str, str]] = {}
    after = ""
    while page := view.names("prefix", after=after, limit=200):
        for name in page:
            row: Any = view.get("prefix", name)
            if row["role"] in ("root", "secondary") and not {"home", "suspended", "arriving"} & {
                *row
            }:
                found[name] = (row["role"], row["holder"])
        after = page[-1]
    secondary = {name: holder for name, (role, holder) in found.items() if role == "secondary"}
    return secondary or {name: holder for name, (_, holder) in found.items()}


def _check_form(form: Form) -> None:
    """The number by its scheme, as the register will check it. Raises `ApplicationMalformed`."""
    try:
        check_number(form)
    except TallystickError as error:
        raise ApplicationMalformed(f"number: {error.detail}") from None
    if form.country is not None and form.scheme != "register":
        raise ApplicationMalformed("country: only a foreign register's number has one")
    code = form.bank_code
    if code is not None and not is_cnaps(code) and not is_bic(code):
        raise ApplicationMalformed(f"bank_code: {code} is no 联行号 and no BIC")
    if len(set(form.capacities)) != len(form.capacities):
        raise ApplicationMalformed("capacities: one is there twice")


def _require_writable(found: Application) -> None:
    if found.state not in kept.writable_states:
        raise ApplicationClosed(f"it is {found.state}")


def _hash(token: str) -> str:
    """Tokens are 256 random bits: a plain hash cannot be searched."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _source(address: str) -> str:
    return hashlib.sha256(f"tallystick/application/v1\n{address}".encode()).hexdigest()[:32]
