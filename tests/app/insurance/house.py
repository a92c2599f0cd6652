"""A served node with an insurer: everything is said and asked over HTTP, each with keys of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.app.limits.bourse import Bourse, banks, bourse, checker, maker, staff
from tests.app.matching.office import bank as paying_bank
from tests.app.matching.office import checker as core_checker
from tests.app.matching.office import maker as core_maker
from tests.app.matching.office import seller
from tests.ledger.world import core, node

from tallystick import finance
from tallystick.identity import RegisterOrganisation

insurer, insured = "99.100/O-INSURER000000", banks[0]
#: 9,000,000.00, of which a bank finances 3,133,671.78.
face, held, short = 900_000_000, 313_367_178, 800_000_000
loss, claimed, own = 34_818_575, 31_336_718, 3_481_857


class House(Bourse):
    def overdue(self) -> str:
        """The worked case of a short payment up to the day on which a notice can be given."""
        name = self.confirmed()
        quote_name = self.quote(name, insured, held)
        assert self.answer(self.taking(quote_name)) == "accepted"
        self.until("2026-01-12")
        self.disburse(quote_name, insured)
        self.declared(name)
        self.until("2026-07-01")
        self.pays(name, short)
        self.until("2026-07-04")
        self.block(name)
        return name

    def confirmed(self) -> str:
        order = self.order("PO-I", 90_000)
        self.deliver("DA-I", order, 90_000)
        name = self.confirm(self.bill("INV-I", order, 90_000), face)
        accept = finance.CertificateAccept(certificate=name)
        self.say(seller, "finance.certificate.accept/1", accept)
        return name

    def confirm(self, invoice: str, amount: int) -> str:
        """As anywhere, with `fields_root`: later holders are shown what was promised."""
        author = self.site.world.author
        told = self.proposed(invoice, amount)
        proposal = self.post(
            author(core_maker).write("finance.confirm.propose/1", told, fields=True)
        )
        body = finance.ConfirmApprove(proposal=proposal)
        signed = author(core_checker).write("finance.confirm.approve/1", body, fields=True)
        return f"{core}#C-{self.index_of(signed)}"

    def declared(self, name: str) -> str:
        debtor = finance.InsuredDebtor(debtor=core, currency="CNY", limit=held)
        terms = finance.CoverPropose(
            insured=insured, debtors=(debtor,), share_ppm=900_000, valid_from="2026-01-12",
            expires_on="2026-12-31", grace_days=10, waiting_days=20, payment_days=15,
        )  # fmt: skip
        cover = self.say(maker(insurer), "finance.insurance.propose/1", terms)
        approve = finance.CoverApprove(proposal=cover)
        assert (
            self.refused(maker(insurer), "finance.insurance.approve/1", approve) == "not-entitled"
        )
        self.say(checker(insurer), "finance.insurance.approve/1", approve)
        accept = finance.CoverAnswer(cover=cover, accepted=True)
        self.say(maker(insured), "finance.insurance.answer/1", accept)
        above = finance.CoverDeclare(cover=cover, certificate=name, amount=held + 1)
        refused = self.refused(maker(insured), "finance.insurance.declare/1", above)
        assert refused == "debtor-limit-reached"
        declare = finance.CoverDeclare(cover=cover, certificate=name, amount=held)
        self.say(maker(insured), "finance.insurance.declare/1", declare)
        return cover

    def pays(self, name: str, amount: int) -> None:
        body = finance.Pay(
            certificate=name, amount_minor=amount, evidence=self.record(), paid_at=self.now()
        )
        self.say(maker(paying_bank), "finance.pay/1", body)

    def notice(self, name: str) -> str:
        body = finance.DunningNotice(certificate=name)
        return self.say(maker(insured), "finance.insurance.notice/1", body)

    def claim(self, notice: str, name: str, **changed: Any) -> finance.InsuranceClaim:
        told: dict[str, Any] = {
            "notice": notice, "insurer": insurer, "certificate": name, "currency": "CNY",
            "loss_minor": loss, "amount_minor": claimed, **changed,
        }  # fmt: skip
        return finance.InsuranceClaim(**told)

    def of_notice(self, notice: str, person: str) -> Any:
        return self.get(person, f"/finance/v1/insurance/notices/{notice}")

    def of_certificate(self, name: str, person: str) -> Any:
        return self.get(person, f"/finance/v1/certificates/{quote(name, safe='')}")

    def block(self, name: str) -> None:
        """Whatever is said brings a block, and with it what is due."""
        self.search(name, insured)

    def record(self) -> str:
        """The digest of a bank's record, of which there is one for each payment."""
        return hashlib.sha256(self.now().encode()).hexdigest()

    def until(self, day: str) -> None:
        while self.now()[:10] < day:
            self.wait(1)


@contextmanager
def house(home: Path, url: str) -> Iterator[House]:
    with bourse(home, url) as found:
        world = found.site.world
        name = {"en": "Insurer", "zh": "保险公司"}
        registered = RegisterOrganisation(
            organisation=insurer, name=name, scheme="none", capacities=("insurer",)
        )
        world.add(node, "identity.organisation.register/1", registered)
        for firm in (insurer, paying_bank):
            world.add_key(node, firm)
            staff(found, firm)
        world.ledger.seal()
        yield House(found.site, found.http, found.stream)
