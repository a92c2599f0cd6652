"""The worked numbers of research §6.4 to §6.7 to the cent, said and asked over HTTP (§6.8: `limits/test_example_e`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.app.limits.bourse import bourse, maker, staff
from tests.app.matching.office import maker as core_maker
from tests.app.matching.office import seller
from tests.app.settlement.till import Till, funder, payer
from tests.ledger.world import core, node, supplier

from tallystick import finance
from tallystick.identity import RegisterOrganisation

face, due_on = 900_000_000, "2026-07-10"
#: Who holds what behind the 65 transfers, and what a bank paid for.
final = {
    "S17": 122_470_300, "S18": 58_099_300, "S19": 129_799_400, "S20": 90_451_900, "S21": 153_870_300, "S22": 109_128_600,
    "S23": 83_358_400, "S24": 60_112_100, "S25": 92_709_700,
}  # fmt: skip
financings = (
    ("S17", 122_470_300, 42_000, "2026-03-16", 116, 1_657_431, 120_812_869),
    ("S18", 58_099_300, 42_000, "2026-03-16", 116, 786_277, 57_313_023),
    ("S19", 30_000_000, 43_500, "2026-04-01", 100, 362_500, 29_637_500),
    ("S20", 90_451_900, 40_500, "2026-05-06", 65, 661_430, 89_790_470),
    ("S21", 12_345_678, 43_500, "2026-05-18", 53, 79_064, 12_266_614),
)
maturity = {
    "BANK": 313_367_178, "S19": 99_799_400, "S21": 141_524_622, "S22": 109_128_600, "S23": 83_358_400,
    "S24": 60_112_100, "S25": 92_709_700,
}  # fmt: skip
short = {
    "BANK": 278_548_603, "S19": 88_710_578, "S21": 125_799_664, "S22": 97_003_200, "S23": 74_096_355,
    "S24": 53_432_978, "S25": 82_408_622,
}  # fmt: skip


class Worked(Till):
    """Certificates that are due on 10 July, issued on 12 January; financings by rate and day."""

    def proposed(self, invoice: str, amount: int) -> finance.ConfirmPropose:
        return super().proposed(invoice, amount).model_copy(update={"due_on": due_on})

    def issued(self, number: str, pieces: int, amount: int) -> str:
        self.until("2026-01-12")
        order = self.order(f"PO-{number}", pieces)
        self.deliver(f"DA-{number}", order, pieces)
        name = self.confirm(self.bill(f"INV-{number}", order, pieces), amount)
        self.say(
            seller, "finance.certificate.accept/1", finance.CertificateAccept(certificate=name)
        )
        return name

    def terms(self, name: str, holder: str, amount: int, rate: int, on: str, *figures: int) -> Any:
        days, discount, net = figures
        return finance.Quote(
            certificate=name, holder=holder, amount=amount, rate_ppm=rate, value_on=on, due_on=due_on, days=days,
            discount=discount, net=net,
        )  # fmt: skip

    def passed(self, name: str, to: str, amount: int) -> None:
        """The supplier owes the next one by a contract of the two."""
        number = f"HOP-{to[-3:]}"
        body = finance.Contract(
            number=number, buyer=supplier, seller=to, currency="CNY", signed_on="2026-01-01", valid_from="2026-01-01",
            payment_days=190, total=amount,
        )  # fmt: skip
        proposal = self.say(seller, "finance.contract/1", body)
        self.say(maker(to), "finance.agree/1", finance.Agree(proposal=proposal))
        evidence = finance.HopEvidence(kind="contract", name=f"{supplier}#{number}", amount=amount)
        offer = finance.TransferOffer(certificate=name, amount=amount, to=to, evidence=(evidence,))
        made = self.say(seller, "finance.transfer.offer/1", offer)
        self.say(maker(to), "finance.transfer.accept/1", finance.TransferAccept(offer=made))

    def paid_out(self, quoted: finance.Quote, by: str, receiver: str) -> None:
        """Quoted, taken, instructed, and received, all of it on the value date."""
        made = self.say(by, "finance.quote/1", quoted)
        if by != core_maker:
            search = finance.Search(
                certificate=quoted.certificate, holder=quoted.holder, number="CX-1", evidence=made,
                searched_at=self.now(),
            )  # fmt: skip
            self.say(by, "finance.search/1", search)
        self.say(receiver, "finance.quote.accept/1", finance.QuoteAccept(quote=made))
        registration = finance.Registration(number=f"ZDW-{made[:8]}", ends_on="2030-12-31")
        instruct = finance.Instruct(
            quote=made, registration=None if by == core_maker else registration, reference=f"E2E-{made[:8]}",
            sent_at=self.now(),
        )  # fmt: skip
        self.say(by, "finance.instruct/1", instruct)
        body = finance.Disburse(
            quote=made, amount_minor=quoted.net, evidence=made, paid_at=self.now()
        )
        self.say(receiver, "finance.disburse/1", body)

    def seen(self, name: str, person: str = core_maker) -> Any:
        return self.get(person, f"/finance/v1/certificates/{quote(name, safe='')}")


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Worked]:
    with bourse(tmp_path, database_url) as found:
        yield Worked(found.site, found.http, found.stream)


def firm(name: str) -> str:
    return funder if name == "BANK" else f"99.100/O-WORKED0000{name}"


def registered(place: Worked) -> None:
    world = place.site.world
    for name in final:
        body = RegisterOrganisation(
            organisation=firm(name), name={"en": name}, scheme="none", capacities=("supplier",)
        )
        world.add(node, "identity.organisation.register/1", body)
        world.add_key(node, firm(name))
        staff(place, firm(name))


def paid_by_holder(place: Worked, name: str) -> dict[str, int]:
    return {who: row["paid"] for who, row in place.seen(name)["claims"].items()}


def test_the_published_case_is_financed_and_paid_short_and_in_full(place: Worked) -> None:
    """§6.4: five financings, seven claims of 9,000,000.00. §6.5: 8,000,000.00 by largest remainder, ten days late the rest."""
    registered(place)
    name = place.issued("A", 90_000, face)
    for who, amount in final.items():
        place.passed(name, firm(who), amount)
    for who, amount, rate, on, days, discount, net in financings:
        place.until(on)
        wrong = place.terms(name, firm(who), amount, rate, on, days, discount + 1, net - 1)
        assert place.refused(maker(funder), "finance.quote/1", wrong) == "quote-wrong"
        quoted = place.terms(name, firm(who), amount, rate, on, days, discount, net)
        place.paid_out(quoted, maker(funder), maker(firm(who)))
    assert sum(one[5] for one in financings) == 3_546_702
    assert sum(one[6] for one in financings) == 309_820_476
    for who, amount in maturity.items():
        assert place.seen(name, maker(firm(who)))["holders"] == {firm(who): amount}
    place.until(due_on)
    pay = finance.Pay(
        certificate=name, amount_minor=800_000_000, evidence="1" * 64, paid_at=place.now()
    )
    place.say(maker(payer), "finance.pay/1", pay)
    assert paid_by_holder(place, name) == {firm(who): amount for who, amount in short.items()}
    assert maturity["BANK"] - short["BANK"] == 34_818_575
    place.until("2026-07-20")
    place.order("PO-BLOCK")
    rest = finance.Pay(
        certificate=name, amount_minor=100_000_000, evidence="2" * 64, paid_at=place.now()
    )
    place.say(maker(payer), "finance.pay/1", rest)
    assert paid_by_holder(place, name) == {firm(who): amount for who, amount in maturity.items()}
    claims = place.seen(name)["claims"].values()
    assert sum(row.get("late_due", 0) for row in claims) == 500_000
    assert place.seen(name)["head"]["status"] == "settled"
    place.audit()


def test_the_formula_is_fixed_by_name_and_rounded_once(place: Worked) -> None:
    """§6.6: ACT/360 is 13,766.67 and ACT/365 13,578.08; a true discount, and lots rounded one by one, are refused."""
    name = f"{core}#C-1"
    due = {"due_on": "2026-05-10", "value_on": "2026-01-12"}

    def quoted(rate: int, days: int, discount: int, **more: Any) -> finance.Quote:
        told = place.terms(
            name,
            supplier,
            100_000_000,
            rate,
            due["value_on"],
            days,
            discount,
            100_000_000 - discount,
        )
        return finance.Quote(**{**told.model_dump(), **due, **more})

    place.until("2026-01-12")
    for right in (
        quoted(42_000, 118, 1_376_667),
        quoted(42_000, 118, 1_357_808, basis="ACT/365"),
        quoted(43_500, 37, 447_083, due_on="2026-02-18"),
    ):
        assert right.discount + right.net == 100_000_000
        assert place.say(maker(funder), "finance.quote/1", right)
    for wrong in (
        quoted(42_000, 118, 1_357_972),
        quoted(42_000, 118, 1_376_666),
        quoted(43_500, 37, 447_100, due_on="2026-02-18"),
    ):
        assert place.refused(maker(funder), "finance.quote/1", wrong) == "quote-wrong"


def test_a_debtor_pays_early_and_its_limit_is_free(place: Worked) -> None:
    """§6.7: 200,000.00 at 6 %, 45 days early, cost 1,500.00; 198,500.00 are paid, and nothing is owed."""
    name = place.issued("D", 2_000, 20_000_000)

    def used() -> int:
        (row,) = place.get(core_maker, "/finance/v1/limits")["limits"]
        return int(row["used"])

    assert used() == 20_000_000
    place.until("2026-05-26")
    quoted = place.terms(name, supplier, 20_000_000, 60_000, "2026-05-26", 45, 150_000, 19_850_000)
    place.paid_out(quoted, core_maker, seller)
    head = place.seen(name)["head"]
    assert (head["status"], head["early"], head["paid"]) == ("settled", 20_000_000, 0)
    assert used() == 0
    place.audit()
