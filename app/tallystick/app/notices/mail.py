"""Mail that there are notices, by way of the outbox: `notices.mail`, where a server for mail is set.

The mail says that something waits, and where; nothing of it. The address is in the person's card, the attachment with
name and contact: whoever has it erased gets no more. Where the card was replaced within `former_days`, the address of
before is mailed too: whoever redirects somebody's mail is found out there. Of a change of where a firm is paid its
former contacts are mailed too ([`former`]). One mail for everything new, and one for
each day on which papers are reminded of, whose key in the outbox is its `Message-ID`, so that a mail that was sent
twice is seen as one. A server that fails is left alone for a while, so that it holds up no other job; why stands in
the outbox until it works.
"""

from __future__ import annotations

import hashlib
import smtplib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import lru_cache
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import orjson
import structlog

import tallystick.app.notices.assignments
import tallystick.app.notices.freezes
import tallystick.app.notices.papers
import tallystick.app.notices.payees
import tallystick.app.notices.people
import tallystick.app.notices.statements
import tallystick.app.webhooks.notices  # noqa: F401  registers its kinds
from tallystick.app.bootstrap import Node
from tallystick.app.login import Member
from tallystick.app.notices import former
from tallystick.app.notices.inbox import Inbox
from tallystick.ledger import (
    Reader,
    Snapshot,
    TallystickError,
    Transaction,
)

mail_job = "notices.mail"
plan_interval_s, pause_s = 60, 60
timeout_s = 10.0
address_chars_max = 120
_page = 500
_log = structlog.get_logger()
Row = Mapping[str, Any]
_never = frozenset(' ,;<>()[]:\\"')


class MailFailed(TallystickError):
    code = "mail-failed"
    status = 502
    title = "The server for mail does not take this mail"
    advice = "Check TALLYSTICK_SMTP_URL and TALLYSTICK_MAIL_FROM; the mail waits in the outbox."


@dataclass
class Watch:
    """When this process last looked for news, and until when it leaves the server alone, and why."""

    monotonic_ns: Callable[[], int] = time.monotonic_ns
    next_ns: int = 0
    paused_ns: int = 0
    problem: str = field(default="")

    def plan(self, node: Node) -> int:
        """Write a row for whoever has news, unless it is too early to look; how many."""
        now_ns = self.monotonic_ns()
        if not node.settings.smtp_url or now_ns < self.next_ns:
            return 0
        self.next_ns = now_ns + plan_interval_s * 10**9
        written = 0
        with node.reader.open() as snapshot:
            for one in (*news(node, snapshot), *(News(*row) for row in former.told(snapshot.view))):
                with node.store.write() as transaction:
                    written += one.enqueue(transaction)
        return written

    def send(self, node: Node, payload: str) -> None:
        """Raises `MailFailed`."""
        if self.monotonic_ns() < self.paused_ns:
            raise MailFailed(self.problem)
        told = orjson.loads(payload)
        with node.reader.open() as snapshot:
            addresses = addresses_of(snapshot, told["person"])
            subject, text = _said(node, snapshot, News(told["person"], told["about"]))
        if not node.settings.smtp_url:
            return
        try:
            for address in addresses:
                _post(node, address, f"{told['person']}:{told['about']}", subject, text)
        except (OSError, ValueError) as error:
            # What a server answers may name the address.
            self.problem = type(error).__name__
            self.paused_ns = self.monotonic_ns() + pause_s * 10**9
            raise MailFailed(self.problem) from None


@dataclass(frozen=True, slots=True)
class News:
    """That a person is mailed: of everything up to an entry, or of a day from which on something is told."""

    person: str
    about: int | str

    @property
    def key(self) -> str:
        about = self.about if isinstance(self.about, str) else f"{self.about:020d}"
        return f"{self.person}:{about}"

    def enqueue(self, transaction: Transaction) -> bool:
        """Whether it was not before."""
        if isinstance(self.about, int):
            transaction.notices.mail(self.person, self.about)
        elif transaction.outbox.named(mail_job, [self.key]):
            return False
        payload = orjson.dumps({"person": self.person, "about": self.about}).decode()
        transaction.outbox.add(mail_job, self.key, payload)
        return True


@lru_cache(maxsize=1)
def watch() -> Watch:
    """Of this process."""
    return Watch()


def plan(node: Node) -> None:
    """For the worker's beat, which nothing here may stop."""
    try:
        watch().plan(node)
    except TallystickError as error:
        _log.error("mail-not-planned", code=error.code, detail=error.detail)


def send(node: Node, payload: str) -> None:
    """The outbox job."""
    watch().send(node, payload)


def news(node: Node, snapshot: Snapshot) -> Iterator[News]:
    """Whoever has notices of entries that it neither saw nor was mailed of, or is reminded of a day."""
    inbox, after = Inbox(node), ""
    while names := snapshot.view.names("person", after=after, limit=_page):
        for person in names:
            row = cast(Row, snapshot.view.get("person", person))
            if "left" in row or "suspended" in row or "card" not in row:
                continue
            member = Member(person, row["organisation"], frozenset(row["roles"]), "")
            found = inbox.notices(snapshot.view, member)
            since = max((one.since for one in found), default="")
            if since:
                yield News(person, since)
            newest = max((one.index for one in found if not one.since), default=-1)
            with node.store.read() as transaction:
                known = max(transaction.notices.of(person))
            if newest > known:
                yield News(person, newest)
        after = names[-1]


def addresses_of(snapshot: Snapshot, person: str) -> list[str]:
    """Where the person's card says that it is reached, and where its cards of lately did; of an organisation, where its
    application did. Of whoever left it is asked a while longer: `former`.
    """
    view = snapshot.view
    firm = cast(Row | None, view.get("organisation", person))
    if firm is not None:
        cards: list[Row] = [
            {"index": one["index"], "hash": one["document"]["hash"]}
            for one in former.contacts(firm)
        ]
        return _addresses(snapshot, cards, person)
    row = cast(Row | None, view.get("person", person))
    if row is None or "card" not in row or ("left" in row and not former.left_lately(view, row)):
        return []
    after = former.month_ago(view)
    replaced = [one for one in row["card"].get("former", ()) if one["until"] > after]
    return _addresses(snapshot, [row["card"], *replaced], row["organisation"])


def _said(node: Node, snapshot: Snapshot, one: News) -> tuple[str, str]:
    """Subject and text."""
    where = node.settings.base_url.rstrip("/")
    if isinstance(one.about, str) and one.about.startswith(former.about):
        return former.subject, former.text(snapshot.view, one.about, where)
    text = f"请登录后查看：\nLog in to read it:\n\n{where}/notices\n"
    return "Tallystick: 有新通知 / there is something for you", text


def _addresses(snapshot: Snapshot, cards: Sequence[Row], organisation: str) -> list[str]:
    reader = Reader.party(organisation)
    found = (_address(snapshot, one, reader) for one in cards)
    return list(dict.fromkeys(one for one in found if one is not None))


def _address(snapshot: Snapshot, card: Row, reader: Reader) -> str | None:
    """What a card says, if that is an address for mail, and if the card was not erased."""
    try:
        data = snapshot.attachment(card["index"], card["hash"], reader).data
        contact = str(orjson.loads(data)["contact"])
    except (TallystickError, ValueError, KeyError, TypeError):
        return None
    plain = contact.isascii() and contact.isprintable() and len(contact) <= address_chars_max
    name, at, host = contact.partition("@")
    good = plain and name and at and host and not set(contact) & _never
    return contact if good and contact.count("@") == 1 else None


def _post(node: Node, address: str, key: str, subject: str, text: str) -> None:
    """Over TLS wherever the server has it; a password never without. Raises `OSError`."""
    settings = node.settings
    parts = urlsplit(settings.smtp_url)
    mail = EmailMessage()
    host = urlsplit(settings.base_url).hostname or "localhost"
    mail["From"], mail["To"] = settings.mail_from or f"tallystick@{host}", address
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{host}>"
    mail.set_content(text)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with kind(parts.hostname or "", parts.port or 0, timeout=timeout_s) as server:
        server.ehlo()
        safe = parts.scheme == "smtps"
        if not safe and server.has_extn("starttls"):
            server.starttls()
            server.ehlo()
            safe = True
        if parts.username:
            if not safe:
                raise ConnectionRefusedError("no password without TLS")
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(mail)
