"""Mail by a real server: to the address in the card, once for what is new, without a word of what it is about."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from tests.app.joining.rig import Rig, rigged
from tests.identity.organisations import newcomer
from tests.identity.organisations import test_node_acts as acts
from tests.identity.people.firm import (
    by_node,
    code,
    decide,
    first,
    node_officers,
    propose,
    second,
)
from tests.ledger.erasure.notes import ref
from tests.ledger.world import World, core

from tallystick.app.bootstrap import Node
from tallystick.app.login import Member
from tallystick.app.notices import mail, people
from tallystick.finance import accounts
from tallystick.identity import (
    AdmitOrganisation,
    ConfirmPapers,
    GiveRoles,
    HandPapers,
    LeavePerson,
    Paper,
    SetCard,
    SuspendPerson,
)
from tallystick.identity.people.rules import former_max
from tallystick.ledger import Attachment, payload_hash


class Kept(Message):
    """Mails as they came; refuses while it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[object] = []
        self.refuses = False

    async def handle_RCPT(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]
        if self.refuses:
            return "451 not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def handle_message(self, message) -> None:  # type: ignore[no-untyped-def]
        self.mails.append(message)


@dataclass
class Post:
    rig: Rig
    node: Node
    kept: Kept
    watch: mail.Watch

    def work(self) -> list[tuple[str, str | None]]:
        """Plan, and do what waits as the worker does; key and problem of each."""
        self.watch.next_ns = 0
        self.watch.plan(self.node)
        with self.node.store.read() as transaction:
            rows = [row for row in transaction.outbox.waiting(100) if row[0] == mail.mail_job]
        done: list[tuple[str, str | None]] = []
        for job, key, payload, _ in rows:
            problem = None
            try:
                self.watch.send(self.node, payload)
            except mail.MailFailed as error:
                problem = str(error.detail)
            with self.node.store.write() as transaction:
                finished = None if problem else "2026-01-01T00:00:00.000Z"
                transaction.outbox.close(job, key, done=finished, problem=problem)
            done.append((key, problem))
        return done


@pytest.fixture
def post(tmp_path: Path, sqlite_url: str) -> Iterator[Post]:
    kept = Kept()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    try:
        with rigged(tmp_path, sqlite_url) as rig:
            settings = rig.node.settings.model_copy(
                update={"smtp_url": f"smtp://127.0.0.1:{port}", "mail_from": "node@firm.example"}
            )
            yield Post(rig, replace(rig.node, settings=settings), kept, mail.Watch())
    finally:
        server.stop()


def test_a_member_is_mailed_once_of_what_is_new(post: Post) -> None:
    person = post.rig.joined(roles=["maker"]).invitation["person"]
    (sent,) = post.work()
    assert sent[1] is None
    (one,) = post.kept.mails
    assert one["To"] == "wang@firm.example"  # type: ignore[index]
    text = one.get_payload(decode=True).decode() + str(one)  # type: ignore[attr-defined]
    assert "/notices" in text
    assert person not in text
    assert "Wang" not in text
    assert post.work() == []
    what = GiveRoles(kind="roles", person=person, roles=("maker",))
    _, name = propose(post.rig.world, first, what)
    assert decide(post.rig.world, second, name) == "accepted"
    assert len(post.work()) == 1
    ids = {mail["Message-ID"] for mail in post.kept.mails}  # type: ignore[index]
    assert len(ids) == 2


def test_whoever_redirects_mail_is_found_out_at_the_old_address(post: Post) -> None:
    """For thirty days, however often the card is changed meanwhile."""
    world = post.rig.world
    person = post.rig.joined(roles=["maker"]).invitation["person"]
    post.work()
    post.kept.mails.clear()
    for number in (1, 2):
        moved(world, first, person, f"evil-{number}@elsewhere.example")
    assert len(post.work()) == 1
    assert {one["To"] for one in post.kept.mails} == {  # type: ignore[index]
        "wang@firm.example", "evil-1@elsewhere.example", "evil-2@elsewhere.example",
    }  # fmt: skip
    with post.node.look() as view:
        member = Member(person, core, frozenset({"maker"}), "")
        (told,) = (one.told for one in people.cards(view, member))
    assert told == {"person": person, "by": first}
    world.clock.advance(31 * 24 * 3600 * 1000)
    what = GiveRoles(kind="roles", person=person, roles=("checker",))
    _, name = propose(world, first, what)
    assert decide(world, second, name) == "accepted"
    world.ledger.seal()
    post.kept.mails.clear()
    post.work()
    assert [one["To"] for one in post.kept.mails] == ["evil-2@elsewhere.example"]  # type: ignore[index]


def test_the_oldest_of_too_many_cards_stay(post: Post) -> None:
    world = post.rig.world
    person = post.rig.joined(roles=["maker"]).invitation["person"]
    for number in range(former_max + 2):
        moved(world, first, person, f"evil-{number}@elsewhere.example")
    with post.node.reader.open() as snapshot:
        row: Any = snapshot.view.get("person", person)
        found = mail.addresses_of(snapshot, person)
    assert len(row["card"]["former"]) == former_max
    assert "wang@firm.example" in found


def moved(world: World, by: str, person: str, contact: str) -> None:
    data = json.dumps({"name": "Wang", "contact": contact}).encode()
    card = Attachment("application/json", data, bytes(32), "restricted")
    said = world.author(by).write(
        "identity.person.card/1", SetCard(person=person, card=ref(card)), attachments=[card]
    )
    (answer,) = world.ledger.append([said])
    assert answer.accepted, answer


def test_an_officer_is_mailed_once_on_each_day_on_which_papers_are_reminded_of(post: Post) -> None:
    """The world's clock stands on 2026-01-05: thirty days before the end was the third."""
    world = post.rig.world
    person = post.rig.joined(roles=["administrator"]).invitation["person"]
    _, made = propose(
        world, first, GiveRoles(kind="roles", person=person, roles=("administrator",))
    )
    assert decide(world, second, made) == "accepted"
    assert len(post.work()) == 1
    paper = acts.paper("business-licence", "2026-02-02")
    told, name = acts.hand(world, paper, by=first, organisation=core)
    assert told == "accepted"
    what = ConfirmPapers(kind="papers", organisation=core, handed=name)
    assert by_node(world, what) == "accepted"
    world.ledger.seal()
    for passed, reminded in ((0, "2026-01-03"), (22, "2026-01-26")):
        world.clock.advance(passed * 24 * 3600 * 1000)
        assert acts.tell(world, by=node_officers(world)[0])[0] == "accepted"
        world.ledger.seal()
        assert reminded in [key.rpartition(":")[2] for key, _ in post.work()]
        assert post.work() == []


def test_a_server_that_fails_is_asked_again_later_with_the_same_id(post: Post) -> None:
    post.rig.joined()
    post.kept.refuses = True
    ((key, problem),) = post.work()
    assert problem == "SMTPRecipientsRefused"
    # Left alone meanwhile; the reason stays.
    assert post.work() == [(key, problem)]
    post.kept.refuses = False
    post.watch.paused_ns = 0
    assert post.work() == [(key, None)]
    assert len(post.kept.mails) == 1
    person, _, index = key.rpartition(":")
    post.watch.send(post.node, json.dumps({"person": person, "about": int(index)}))
    first_id, second_id = (mail["Message-ID"] for mail in post.kept.mails)  # type: ignore[index]
    assert first_id == second_id


def test_nobody_is_mailed_who_left_or_has_no_address_or_without_a_server(post: Post) -> None:
    guest = post.rig.joined(roles=["warehouse"])
    person = guest.invitation["person"]
    body = LeavePerson(person=person, reason="left")
    assert code(post.rig.world, first, "person.leave", body) == "accepted"
    assert post.work() == []
    assert mail.Watch().plan(post.rig.node) == 0


def test_a_password_is_never_sent_in_the_clear(post: Post) -> None:
    post.rig.joined()
    where = post.node.settings.smtp_url.replace("smtp://", "smtp://user:secret@")
    settings = post.node.settings.model_copy(update={"smtp_url": where})
    post.node = replace(post.node, settings=settings)
    ((_, problem),) = post.work()
    assert problem == "ConnectionRefusedError"
    assert post.kept.mails == []


def test_former_contacts_are_told_where_a_firm_is_paid_from_now_on(post: Post) -> None:
    """Whoever left, for thirty days, and the contact of the application: by name and act, with no account in it."""
    world = post.rig.world
    person = post.rig.joined(roles=["warehouse"]).invitation["person"]
    contact = Attachment(
        "application/json", b'{"contact": "office@firm.example"}', bytes(32), "restricted"
    )
    handed = HandPapers(organisation=core, papers=(Paper(kind="contact", document=ref(contact)),))
    sent = world.author(first).write("identity.papers.hand/1", handed, attachments=[contact])
    world.append([sent])
    name = payload_hash(sent.envelope).hex()
    assert (
        by_node(world, ConfirmPapers(kind="papers", organisation=core, handed=name)) == "accepted"
    )
    post.work()
    post.kept.mails.clear()
    account = confirmed_account(world)
    body = LeavePerson(person=person, reason="dismissed")
    assert code(world, first, "person.leave", body) == "accepted"
    assert post.work() == []
    asked = accounts.PayeePropose(organisation=core, currency="CNY", account=account)
    proposal = world.write(first, "finance.payee.propose/1", asked)
    world.append([proposal])
    told = said_of(post)
    assert told.keys() == {"wang@firm.example", "office@firm.example"}
    for text in told.values():
        assert core in text
        assert "was proposed" in text
        assert "1234" not in text
    approval = accounts.PayeeApprove(proposal=payload_hash(proposal.envelope).hex())
    world.add(second, "finance.payee.approve/1", approval)
    assert all("was put in force" in text for text in said_of(post).values())
    assert said_of(post) == {}
    # Long after, the firm's own contact alone is told.
    world.clock.advance(31 * 24 * 3600 * 1000)
    world.append(
        [
            world.write(
                first,
                "finance.payee.propose/1",
                asked.model_copy(update={"account": confirmed_account(world, "9870")}),
            )
        ]
    )
    world.ledger.seal()
    assert said_of(post).keys() == {"office@firm.example"}


def proposes_payee(world: World, account: str) -> None:
    asked = accounts.PayeePropose(organisation=core, currency="CNY", account=account)
    world.add(second, "finance.payee.propose/1", asked)
    world.ledger.seal()


def financier(post: Post) -> str:
    """A person of the firm who is told of payees by notices."""
    person = post.rig.joined(roles=["warehouse"]).invitation["person"]
    gives(post, person, "finance")
    post.work()
    return str(person)


def gives(post: Post, person: str, *roles: str) -> None:
    what = GiveRoles(kind="roles", person=person, roles=roles)  # type: ignore[arg-type]
    _, name = propose(post.rig.world, first, what)
    assert decide(post.rig.world, second, name) == "accepted"


def test_whoever_was_suspended_first_is_told_where_the_firm_is_paid(post: Post) -> None:
    """One officer suspended the one who looks after money, and nobody heard of a change; as long as it lasts."""
    world = post.rig.world
    person = financier(post)
    one, other = confirmed_account(world), confirmed_account(world, "9870")
    body = SuspendPerson(person=person, reason="absent")
    assert code(world, first, "person.suspend", body) == "accepted"
    assert said_of(post) == {}
    proposes_payee(world, one)
    assert said_of(post).keys() == {"wang@firm.example"}
    assert said_of(post) == {}
    world.clock.advance(31 * 24 * 3600 * 1000)
    proposes_payee(world, other)
    assert said_of(post).keys() == {"wang@firm.example"}


def test_whoever_was_left_nothing_but_the_warehouse_is_told_for_thirty_days(post: Post) -> None:
    world = post.rig.world
    person = financier(post)
    one, other = confirmed_account(world), confirmed_account(world, "9870")
    gives(post, person, "warehouse")
    gives(post, person)
    assert said_of(post) == {}
    proposes_payee(world, one)
    assert said_of(post).keys() == {"wang@firm.example"}
    world.clock.advance(31 * 24 * 3600 * 1000)
    proposes_payee(world, other)
    assert said_of(post) == {}


def test_a_worker_is_not_told_where_the_firm_is_paid(post: Post) -> None:
    """Nor is who has another role still: the notices tell it."""
    world = post.rig.world
    person = post.rig.joined(roles=["warehouse"]).invitation["person"]
    post.work()
    one, other = confirmed_account(world), confirmed_account(world, "9870")
    proposes_payee(world, one)
    assert said_of(post) == {}
    gives(post, person, "maker", "finance")
    gives(post, person, "finance")
    proposes_payee(world, other)
    assert said_of(post) == {}


def said_of(post: Post) -> dict[str, str]:
    """What was mailed of accounts, by address."""
    post.kept.mails.clear()
    post.work()
    found: list[Any] = [one for one in post.kept.mails if "payee" in str(one["Subject"])]  # type: ignore[index]
    return {str(one["To"]): one.get_payload(decode=True).decode() for one in found}


def confirmed_account(world: World, tail: str = "1234") -> str:
    """Of the firm, at a bank that vouches for it."""
    bank, banker = "99.100/O-BANK000000000", "99.100/P-BANKER0000000"
    everything = ("administrator", "maker", "checker")
    with world.reader.open() as snapshot:
        known = snapshot.view.get("organisation", bank) is not None
    if not known:
        admitted = AdmitOrganisation(
            kind="admit",
            organisation=bank,
            name={"en": "Bank"},
            scheme="none",
            capacities=("bank",),
            people=(newcomer.by_plain_key(world.origin, banker, everything, bank),),
        )
        assert by_node(world, admitted) == "accepted"
    data = json.dumps({"holder": "Firm", "number": f"62220202{tail}"}).encode()
    details = Attachment(accounts.details_type, data, bytes(32), "restricted")
    body = accounts.AccountRegister(
        organisation=core, scheme="cnaps", bank_code="102100099996", bank=bank, country="CN",
        currency="CNY", tail=tail, details=ref(details),
    )  # fmt: skip
    said = world.author(first).write("finance.account.register/1", body, attachments=[details])
    (answer,) = world.append([said])
    account = f"{core}#A-{answer.index}"
    attested = accounts.AccountAttest(account=account, belongs=True)
    world.add(banker, "finance.account.attest/1", attested)
    return account
