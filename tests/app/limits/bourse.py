"""A served node with a core, its supplier and four banks, each with two persons; all is said and asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from tests.app.matching.office import Office, office, seller
from tests.ledger.world import node, supplier

from tallystick import finance
from tallystick.finance import limits
from tallystick.identity import AddPerson, RegisterOrganisation
from tallystick.ledger import Submission, instant

banks = tuple(f"99.100/O-BANK{letter}00000000" for letter in "ABCD")
#: 2,500,125.00: so many pieces at 88.50 and 13 % of tax.
pieces, face = 25_000, 250_012_500
due_on, value_on = "2026-07-01", "2026-01-12"
day_ms = 24 * 3_600_000


def maker(organisation: str) -> str:
    return organisation.replace("/O-", "/P-M", 1)


def checker(organisation: str) -> str:
    return organisation.replace("/O-", "/P-C", 1)


class Bourse(Office):
    def limit(self, kind: str, amount: int | None, by: str, **more: Any) -> None:
        """Proposed by one person and approved by another."""
        proposal = self.say(maker(by), "finance.limit.propose/1", limited(kind, amount, **more))
        approve = finance.LimitApprove(proposal=proposal)
        self.say(checker(by), "finance.limit.approve/1", approve)

    def certificate(self, number: str) -> str:
        """Confirmed and accepted, over `face`."""
        order = self.order(f"PO-{number}", pieces)
        self.deliver(f"DA-{number}", order, pieces)
        name = self.confirm(self.bill(f"INV-{number}", order, pieces), face)
        accept = finance.CertificateAccept(certificate=name)
        self.say(seller, "finance.certificate.accept/1", accept)
        return name

    def quoted(self, name: str, by: str, amount: int, rate_ppm: int = 42_000) -> finance.Quote:
        figures = finance.discounted(finance.DiscountTerms(amount, rate_ppm, value_on, due_on))
        return finance.Quote(
            certificate=name,
            holder=supplier,
            currency="CNY",
            amount=amount,
            rate_ppm=rate_ppm,
            value_on=value_on,
            due_on=due_on,
            days=figures.days,
            discount=figures.discount,
            net=figures.net,
            valid_hours=24 * 7,
        )

    def quote(self, name: str, by: str, amount: int) -> str:
        """Quoted by a bank that has searched the register for the seller."""
        self.search(name, by)
        return self.say(maker(by), "finance.quote/1", self.quoted(name, by, amount))

    def search(self, name: str, by: str) -> None:
        body = finance.Search(
            certificate=name,
            holder=supplier,
            number="CX-1",
            evidence="0" * 64,
            searched_at=self.now(),
        )
        self.say(maker(by), "finance.search/1", body)

    def taking(self, quote: str) -> Submission:
        body = finance.QuoteAccept(quote=quote)
        return self.site.world.write(seller, "finance.quote.accept/1", body)

    def disburse(self, quote: str, by: str) -> None:
        """Instructed, and received by the seller, so that it is final."""
        registration = finance.Registration(number="ZDW-1", ends_on="2030-12-31")
        sent = finance.Instruct(
            quote=quote, registration=registration, reference=f"E2E-{quote[:8]}", sent_at=self.now()
        )
        self.say(maker(by), "finance.instruct/1", sent)
        with self.site.world.reader.open() as snapshot:
            found = snapshot.view.get("quote", quote)
        body = finance.Disburse(
            quote=quote,
            amount_minor=cast("dict[str, int]", found)["net"],
            evidence=quote,
            paid_at=self.now(),
        )
        self.say(seller, "finance.disburse/1", body)

    def answer(self, submission: Submission) -> str:
        """`accepted`, or the code of the refusal."""
        (row,) = self.posted(submission)
        return str(row["problem"]["code"] if "problem" in row else row.get("code", row["outcome"]))

    def limits(self, by: str) -> dict[str, tuple[int | None, int, int]]:
        """What a bank reads of its own: amount, used, reserved."""
        rows = self.get(maker(by), "/finance/v1/limits")["limits"]
        return {row["name"]: (row["amount"], row["used"], row["reserved"]) for row in rows}

    def audit(self) -> None:
        """The log is sound, and counters are what lots and quotes give."""
        self.site.world.ledger.seal()
        self.site.world.audit()
        with self.site.world.reader.open() as snapshot:
            assert list(limits.differences(snapshot.view)) == []

    def now(self) -> str:
        return instant(self.site.world.clock.now_ms())

    def wait(self, days: int) -> None:
        self.site.world.clock.advance(days * day_ms)
        self.site.world.ledger.seal()


def limited(kind: str, amount: int | None, **more: Any) -> finance.LimitPropose:
    told: dict[str, Any] = {"kind": kind, "currency": "CNY", "amount": amount, "after": 0, **more}
    return finance.LimitPropose(**told)


@contextmanager
def bourse(home: Path, url: str) -> Iterator[Bourse]:
    with office(home, url) as found:
        world = found.site.world
        for bank in banks:
            name = {"en": "Bank", "zh": "银行"}
            registered = RegisterOrganisation(
                organisation=bank, name=name, scheme="none", capacities=("bank",)
            )
            world.add(node, "identity.organisation.register/1", registered)
            world.add_key(node, bank)
        for firm in (*banks, node):
            staff(found, firm)
        world.ledger.seal()
        place = Bourse(found.site, found.http, found.stream)
        place.contract()
        yield place


def staff(found: Office, firm: str) -> None:
    world = found.site.world
    for person, role in ((maker(firm), "maker"), (checker(firm), "checker")):
        body = AddPerson(person=person, organisation=firm, roles=(role,))  # type: ignore[arg-type]
        world.add(firm, "identity.person.add/1", body)
        world.add_key(firm, person)
