"""How much is paid twice where certificates come and go, and what one side cannot do to the other."""

from __future__ import annotations

import pytest
from tests.finance.desk import bank, core, supplier
from tests.finance.equality.test_equality import because, lines
from tests.finance.ordinary.test_ordinary import code, friend, half
from tests.finance.ordinary.twice import Twice
from tests.finance.settlement.cashier import face
from tests.finance.test_credits_and_usage import credit
from tests.finance.test_views import MemoryView

from tallystick.finance.ordinary import rules, views


@pytest.fixture
def desk() -> Twice:
    return Twice([friend])


@pytest.fixture
def live(desk: Twice) -> str:
    return desk.live(face)


def issued(desk: Twice, invoice: str, amount: int) -> str:
    name = desk.approve(desk.propose(invoice, amount))
    desk.accept_certificate(name)
    return name


def cancelled(desk: Twice, name: str, amount: int) -> None:
    desk.answer_cancel("agree", desk.cancel(name, amount))


def test_of_two_certificates_one_is_cancelled(desk: Twice) -> None:
    invoice = desk.delivered(face)
    first = issued(desk, invoice, half)
    issued(desk, invoice, half)
    cancelled(desk, first, half)
    desk.ordinary(invoice, face)
    (one,) = desk.seen(core)
    assert (one.certified, one.excess) == (half, half)


@pytest.mark.parametrize("parts", [(face,), (half, half)])
def test_a_cancelled_certificate_is_issued_again(
    desk: Twice, live: str, parts: tuple[int, ...]
) -> None:
    invoice = desk.invoice_of(live)
    for part in parts:
        cancelled(desk, live, part)
    assert code(lambda: desk.ordinary(invoice, face)) == "nothing-stands-for-it"
    issued(desk, invoice, face)
    desk.ordinary(invoice, face)
    assert desk.excess() == face
    assert because(lines(desk)["ordinary"]) == {"paid-twice": -face}


def test_a_later_credit_note_pays_nothing_twice(desk: Twice, live: str) -> None:
    """What it leaves over-certified is for the two firms; of what was paid in the ordinary way, no more than all is too much."""
    invoice = desk.invoice_of(live)
    credit(desk, invoice, net=300_000_000, tax=0)
    desk.ordinary(invoice, 1)
    assert desk.excess() == 1
    assert (lines(desk)["ordinary"].ledger, lines(desk)["ordinary"].other) == (0, 1)
    desk.close(invoice, "paid-back", evidence=desk.evidence())
    assert desk.excess() == 0


def test_however_many_certificates_there_are(desk: Twice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_at_once", 2)
    invoice = desk.delivered(face)
    names = sorted(issued(desk, invoice, 1_000_000) for _ in range(5))
    cancelled(desk, names[-1], 500_000)
    desk.ordinary(invoice, face - 5_000_000 + 500_000)
    assert desk.excess() == 0
    assert views.excess(MemoryView(desk), invoice, face) == 5_000_000 - 500_000


def test_set_off_takes_so_much_of_the_other_invoice(desk: Twice, live: str) -> None:
    invoice, small, other = desk.invoice_of(live), desk.delivered(20_000_00, "2"), ""
    other = desk.delivered(face, "3")
    for reference in ("A", "B"):
        desk.ordinary(invoice, half, reference=reference)
    too_small = code(lambda: desk.close(invoice, "set-off", against=small, reference="A"))
    assert too_small == "hop-evidence-consumed"
    desk.close(invoice, "set-off", against=other, reference="A")
    # What was set off is neither confirmed nor passed on nor set off again.
    assert code(lambda: issued(desk, other, half + 1)) == "hop-evidence-consumed"
    desk.close(invoice, "set-off", against=other, reference="B")
    assert code(lambda: issued(desk, other, 1)) == "hop-evidence-consumed"
    assert desk.excess() == 0


def test_nothing_is_set_off_against_what_a_certificate_stands_for(desk: Twice, live: str) -> None:
    other = desk.delivered(face, "2")
    issued(desk, other, face)
    desk.ordinary(desk.invoice_of(live), half)
    refused = code(lambda: desk.close(desk.invoice_of(live), "set-off", against=other))
    assert refused == "hop-evidence-consumed"


def test_one_payment_counts_once_whoever_says_it(desk: Twice, live: str) -> None:
    invoice, record = desk.invoice_of(live), desk.evidence()
    desk.ordinary(invoice, half, reference="A", evidence=record, by=supplier)
    again = code(lambda: desk.ordinary(invoice, half, reference="B", evidence=record))
    assert again == "evidence-used"
    assert desk.excess() == half


def test_a_payment_is_booked_on_two_days(desk: Twice, live: str) -> None:
    """Debited before midnight in Shanghai, credited behind it; four days later it is no longer the same."""
    invoice = desk.invoice_of(live)
    desk.block("2026-02-10T00:00:00.000Z")
    desk.ordinary(invoice, half, paid_at="2026-02-01T15:59:00.000Z")
    late = code(
        lambda: desk.ordinary(invoice, half, by=supplier, paid_at="2026-02-05T16:01:00.000Z")
    )
    assert late == "evidence-wrong"
    desk.ordinary(invoice, half, by=supplier, paid_at="2026-02-01T16:01:00.000Z")
    assert desk.excess() == half


def test_one_transfer_pays_many_invoices(desk: Twice) -> None:
    record = desk.evidence()
    for number in ("1", "2"):
        invoice = desk.delivered(face, number)
        issued(desk, invoice, face)
        desk.ordinary(invoice, face, evidence=record, reference="RUN-1")
    assert desk.excess() == 2 * face
    other = desk.delivered(face, "3")
    issued(desk, other, face)
    used = code(lambda: desk.ordinary(other, face, evidence=record, reference="RUN-2"))
    assert used == "evidence-used"


def test_neither_side_keeps_the_others_payment_off_the_record(desk: Twice, live: str) -> None:
    invoice = desk.invoice_of(live)
    desk.ordinary(invoice, face, by=supplier, reference="FALSE")
    desk.ordinary(invoice, face, reference="TRUE")
    for number in range(rules.payments_max - 1):
        desk.ordinary(invoice, 1, by=supplier, reference=f"F{number}")
    assert code(lambda: desk.ordinary(invoice, 1, by=supplier, reference="ONE-MORE")) == (
        "ordinary-payment-stated"
    )
    desk.ordinary(invoice, 1, reference="MINE")


def test_a_bank_learns_nothing_of_the_invoice(desk: Twice, live: str) -> None:
    invoice, other = desk.invoice_of(live), desk.delivered(2_000_000, "2")
    desk.ordinary(invoice, 5, reference="PRIVATE")
    desk.close(invoice, "set-off", against=other, reference="PRIVATE")
    desk.ordinary(invoice, face, by=bank, certificate=live, reference="BANKS")
    assert desk.seen(bank) == []
    assert list(desk.seen(core)[0].payments) == ["BANKS", "PRIVATE"]


def test_a_bank_speaks_for_certificates_that_were_accepted(desk: Twice) -> None:
    invoice = desk.delivered(face)
    offered = desk.approve(desk.propose(invoice, face))
    refused = code(lambda: desk.ordinary(invoice, face, by=bank, certificate=offered))
    assert refused == "document-unknown"


def test_a_mistake_is_nothing_else(desk: Twice, live: str) -> None:
    invoice = desk.invoice_of(live)
    desk.ordinary(invoice, 5, by=bank, certificate=live)
    desk.ordinary(invoice, 5)
    for more in ({"evidence": desk.evidence()}, {"against": "99.100/O-X#NOTHING"}):
        wrong = code(lambda: desk.close(invoice, "mistake", **more))  # noqa: B023
        assert wrong == "closing-wrong"
    desk.close(invoice, "mistake", by=bank)
    assert desk.seen(core)[0].payments["E2E-O"]["by"] == core
