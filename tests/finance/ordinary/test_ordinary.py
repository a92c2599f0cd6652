"""An invoice for which a certificate stands is paid once more in the ordinary way: an exception of both sides, which settles
nothing, until the money is back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.finance.desk import bank, core, maker, other_bank, supplier
from tests.finance.equality.test_equality import because, lines
from tests.finance.ordinary.twice import Twice
from tests.finance.settlement.cashier import due, face

from tallystick import finance
from tallystick.ledger import RuleError

half = face // 2
friend = "99.100/O-FRIEND"


@pytest.fixture
def desk() -> Twice:
    return Twice([friend])


@pytest.fixture
def live(desk: Twice) -> str:
    return desk.live(face)


def code(act: Callable[[], object]) -> str:
    with pytest.raises(RuleError) as refused:
        act()
    return refused.value.code


def test_a_later_ordinary_payment_is_an_exception_on_both_sides(desk: Twice, live: str) -> None:
    """The defect of others: the debtor's ERP pays the original seller, who passed the certificate on; nobody notices."""
    invoice = desk.invoice_of(live)
    desk.transfer(live, supplier, friend, half)
    before = desk.balances(live)
    desk.ordinary(invoice, face)
    for side in (core, supplier):
        (one,) = desk.seen(side)
        assert (one.gross, one.certified, one.paid, one.excess) == (face, face, face, face)
    assert desk.seen(friend) == desk.seen(bank) == []
    # Not a cent of the certificate is settled by it: its holders are owed as before.
    assert desk.balances(live) == before
    desk.block(due)
    desk.pay(live, face, due)
    assert desk.row("certificate", live)["status"] == "settled"
    assert desk.excess(supplier) == face
    found = lines(desk)["ordinary"]
    assert (found.ledger, found.other) == (0, face)
    assert because(found) == {"paid-twice": -face}
    desk.close(invoice, "paid-back", evidence=desk.evidence())
    assert desk.excess() == desk.excess(supplier) == 0
    assert "ordinary" not in lines(desk)
    (one,) = desk.seen(core)
    assert (one.paid, one.payments["E2E-O"]["status"]) == (0, "paid-back")


def test_what_the_certificate_left_is_no_exception(desk: Twice) -> None:
    """Two thirds of the invoice are certified; a third is paid in the ordinary way, as it should be."""
    invoice = desk.delivered(face)
    name = desk.approve(desk.propose(invoice, 600_000_000))
    desk.accept_certificate(name)
    desk.ordinary(invoice, 300_000_000)
    assert desk.excess() == 0
    found = lines(desk)["ordinary"]
    assert (found.ledger, found.other, because(found)) == (300_000_000, 300_000_000, {})
    desk.ordinary(invoice, 1, reference="E2E-MORE")
    assert desk.excess() == 1
    assert because(lines(desk)["ordinary"]) == {"paid-twice": -1}


def test_what_both_cancelled_is_paid_in_the_ordinary_way(desk: Twice, live: str) -> None:
    desk.answer_cancel("agree", desk.cancel(live, half))
    desk.ordinary(desk.invoice_of(live), half)
    assert desk.excess() == 0
    desk.ordinary(desk.invoice_of(live), 100, reference="E2E-2")
    assert desk.excess() == 100


def test_both_sides_say_the_same_payment_once(desk: Twice, live: str) -> None:
    invoice = desk.invoice_of(live)
    desk.ordinary(invoice, half, by=supplier)
    assert code(lambda: desk.ordinary(invoice, 1)) == "evidence-wrong"
    desk.ordinary(invoice, half)
    desk.ordinary(invoice, half, by=bank, certificate=live)
    (one,) = desk.seen(core)
    assert one.paid == half
    assert [said["by"] for said in one.payments["E2E-O"]["said"]] == [supplier, core, bank]
    assert code(lambda: desk.ordinary(invoice, half)) == "ordinary-payment-stated"
    assert (lines(desk)["ordinary"].other, desk.excess()) == (half, half)


def test_whoever_was_mistaken_takes_it_back(desk: Twice, live: str) -> None:
    invoice = desk.invoice_of(live)
    desk.ordinary(invoice, half, by=supplier)
    assert code(lambda: desk.close(invoice, "mistake")) == "closing-wrong"
    desk.ordinary(invoice, half)
    desk.close(invoice, "mistake", by=supplier)
    assert desk.excess() == half
    assert code(lambda: desk.close(invoice, "mistake", by=supplier)) == "ordinary-payment-unknown"
    desk.close(invoice, "mistake")
    assert (desk.excess(), desk.seen(core)[0].payments["E2E-O"]["status"]) == (0, "mistake")
    assert "ordinary" not in lines(desk)
    # The reference is spent: what was said of it stays readable.
    assert code(lambda: desk.ordinary(invoice, half)) == "ordinary-payment-stated"


def test_it_is_set_off_against_another_invoice_of_the_same_two(desk: Twice, live: str) -> None:
    invoice, other = desk.invoice_of(live), desk.delivered(face, "2")
    desk.ordinary(invoice, half)
    for against, told in (
        (None, "closing-wrong"),
        (invoice, "closing-wrong"),
        (f"{supplier}#NONE", "hop-evidence-unfit"),
    ):
        assert code(lambda: desk.close(invoice, "set-off", against=against)) == told  # noqa: B023
    assert code(lambda: desk.close(invoice, "set-off", supplier, against=other)) == (
        "ordinary-payment-unknown"
    )
    desk.close(invoice, "set-off", against=other)
    assert desk.excess() == 0


wrong: dict[str, tuple[Callable[[Twice, str], object], str]] = {
    "tomorrow": (
        lambda desk, name: desk.ordinary(
            desk.invoice_of(name), 1, paid_at="2027-01-01T00:00:00.000Z"
        ),
        "evidence-wrong",
    ),
    "an invoice that nothing stands for": (
        lambda desk, _: desk.ordinary(desk.delivered(1_000_000, "3"), 1),
        "nothing-stands-for-it",
    ),
    "a bank that pays none of it": (
        lambda desk, name: desk.ordinary(desk.invoice_of(name), 1, by=other_bank, certificate=name),
        "certificate-unknown",
    ),
    "a bank that names no certificate": (
        lambda desk, name: desk.ordinary(desk.invoice_of(name), 1, by=bank),
        "document-unknown",
    ),
    "a holder further on": (
        lambda desk, name: desk.ordinary(desk.invoice_of(name), 1, by=friend),
        "document-unknown",
    ),
    "paid back without a record": (
        lambda desk, name: [
            desk.ordinary(desk.invoice_of(name), 1),
            desk.close(desk.invoice_of(name), "paid-back"),
        ],
        "closing-wrong",
    ),
    "paid back before it was paid": (
        lambda desk, name: [
            desk.ordinary(desk.invoice_of(name), 1),
            desk.close(
                desk.invoice_of(name),
                "paid-back",
                evidence=desk.evidence(),
                at="2026-01-01T00:00:00.000Z",
            ),
        ],
        "evidence-wrong",
    ),
    "closed by the seller": (
        lambda desk, name: [
            desk.ordinary(desk.invoice_of(name), 1),
            desk.close(desk.invoice_of(name), "paid-back", supplier, evidence=desk.evidence()),
        ],
        "ordinary-payment-unknown",
    ),
    "the record of a payment of the certificate": (
        lambda desk, name: [
            desk.block(due),
            desk.pay(name, 1, due),
            desk.ordinary(
                desk.invoice_of(name), 1, by=bank, certificate=name, evidence=_last(desk)
            ),
        ],
        "evidence-used",
    ),
}


def _last(desk: Twice) -> str:
    """The record by which the bank stated what it paid."""
    return str(desk.acts[-1].body.evidence)


@pytest.mark.parametrize("case", wrong.values(), ids=wrong.keys())
def test_what_is_wrong_is_refused(
    desk: Twice, live: str, case: tuple[Callable[[Twice, str], object], str]
) -> None:
    assert code(lambda: case[0](desk, live)) == case[1]


def test_another_currency_is_refused(desk: Twice, live: str) -> None:
    body = finance.OrdinaryPaid(
        invoice=desk.invoice_of(live), currency="USD", amount_minor=1, reference="E2E-O",
        evidence=desk.evidence(), paid_at=desk.time,
    )  # fmt: skip
    refused = code(lambda: desk.play("finance.ordinary.paid/1", maker(core), body))
    assert refused == "document-wrong"
