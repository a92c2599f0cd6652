"""The node's clock jumps forward and back, and authors' clocks lie, on each database and over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.app.matching.office import Office, bank, checker, maker, office, seller
from tests.ledger.world import core

from tallystick import finance
from tallystick.identity import ledger_time
from tallystick.ledger import Body, SetClock, Submission

due_on = "2026-06-01"
day_ms = 86_400_000


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, database_url) as found:
        found.contract()
        yield found


def proposed(invoice: str, amount: int, due: str = due_on) -> finance.ConfirmPropose:
    line = finance.ConfirmLine(line=1, amount=amount)
    return finance.ConfirmPropose(
        invoice=invoice, amount=amount, currency="CNY", due_on=due, paying_bank=bank, lines=(line,)
    )


def confirmed(place: Office, invoice: str, amount: int) -> str:
    proposal = place.say(maker, "finance.confirm.propose/1", proposed(invoice, amount))
    approval = finance.ConfirmApprove(proposal=proposal)
    index = place.index_of(place.site.world.write(checker, "finance.confirm.approve/1", approval))
    return f"{core}#C-{index}"


def status(place: Office, name: str) -> str:
    told = place.get(maker, f"/finance/v1/certificates/{name.replace('#', '%23')}")
    return str(told["head"]["status"])


def now(place: Office) -> str:
    with place.site.world.reader.open() as snapshot:
        return ledger_time(snapshot.view)


def test_a_clock_that_jumps_brings_nothing_back(place: Office) -> None:
    clock = place.site.world.clock
    order = place.order("PO-JUMP", 10)
    place.deliver("DA-JUMP", order, 10)
    invoice = place.bill("INV-JUMP", order, 10)
    worth = 100_005
    name = confirmed(place, invoice, worth)
    accept = finance.CertificateAccept(certificate=name)
    refuse = finance.CertificateRefuse(certificate=name)
    assert status(place, name) == "offered"

    # Ten days and an hour ahead: it lapsed, whoever speaks first.
    clock.advance(10 * day_ms + 3_600_000)
    assert place.refused(seller, "finance.certificate.accept/1", accept) == "ended"
    place.order("PO-LATER")
    assert status(place, name) == "lapsed"
    late = now(place)

    # And back again: ledger time stands where it was.
    clock.advance(-10 * day_ms)
    for entry_type, body in (
        ("finance.certificate.accept/1", accept),
        ("finance.certificate.refuse/1", refuse),
    ):
        assert place.refused(seller, entry_type, body) == "wrong-status"
    again = confirmed(place, invoice, worth)
    assert now(place) >= late
    assert status(place, name) == "lapsed"
    assert (
        place.refused(maker, "finance.confirm.propose/1", proposed(invoice, 1))
        == "above-confirmable"
    )
    place.say(seller, "finance.certificate.accept/1", finance.CertificateAccept(certificate=again))
    assert status(place, again) == "live"
    assert now(place) >= late


@pytest.mark.parametrize("claimed", ["1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
def test_an_authors_own_clock_decides_nothing(place: Office, claimed: str) -> None:
    def write(author: str, entry_type: str, body: Body) -> Submission:
        lying = replace(place.site.world.author(author), clock=SetClock(claimed))
        return lying.write(entry_type, body)

    order = place.order("PO-LIE", 10)
    place.deliver("DA-LIE", order, 10)
    invoice = place.bill("INV-LIE", order, 10)
    before = now(place)
    for due, why in (("2026-01-05", "due-date-refused"), ("2027-01-06", "payment-term-exceeded")):
        wrong = write(maker, "finance.confirm.propose/1", proposed(invoice, 1, due))
        (row,) = place.posted(wrong)
        assert row["problem"]["code"] == why, row
    proposal = place.post(write(maker, "finance.confirm.propose/1", proposed(invoice, 100_005)))
    approval = finance.ConfirmApprove(proposal=proposal)
    index = place.index_of(write(checker, "finance.confirm.approve/1", approval))
    name = f"{core}#C-{index}"
    told = place.get(maker, f"/finance/v1/certificates/{name.replace('#', '%23')}")["head"]
    assert told["issued_on"] == "2026-01-05"
    place.post(
        write(seller, "finance.certificate.accept/1", finance.CertificateAccept(certificate=name))
    )
    assert before <= now(place) < "2026-01-06"
