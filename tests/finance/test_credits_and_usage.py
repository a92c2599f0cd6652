"""Credit notes and usage statements; the worked numbers of two deliveries, to the cent."""

from __future__ import annotations

from typing import Any

import pytest
from tests.finance.desk import Desk, core, maker, scanner, supplier

from tallystick import finance
from tallystick.finance.agreements.errors import AnsweredAlready
from tallystick.finance.errors import DocumentExists, DocumentOnly, DocumentWrong, OverReceipt
from tallystick.identity import NotEntitled

vat = 130_000
price = finance.Price(amount=8850)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def delivery(desk: Desk, number: str, accepted: int, rejected: int, amount: int) -> str:
    """Goods scanned, some of them damaged, and an invoice over all."""
    order, quantity = f"{core}#PO-1", accepted + rejected
    lot = f"99.100.8/LOT-{number}"
    lots = (finance.LotQuantity(lot=lot, quantity=quantity),)
    row = finance.DespatchLine(line=1, order=order, order_line=1, quantity=quantity, lots=lots)
    despatch = desk.despatch(f"DA-{number}", row)
    desk.scan(despatch, lots=[(lot, accepted)])
    if rejected:
        desk.scan(despatch, lots=[(lot, rejected)], disposition="damaged")
    billed = finance.InvoiceLine(
        line=1, order=order, order_line=1, quantity=quantity,
        price=finance.Price(amount=amount), tax_ppm=vat,
    )  # fmt: skip
    return desk.invoice(f"INV-{number}", billed)


def credit(desk: Desk, invoice: str, number: str = "CN-1", **line: Any) -> str:
    row = finance.CreditLine(line=1, invoice_line=1, **line)
    body = finance.Credit(
        number=number, seller=supplier, buyer=core, currency="CNY", credited_on="2026-01-11",
        invoice=invoice, lines=(row,),
    )  # fmt: skip
    desk.play("finance.credit/1", maker(supplier), body)
    return f"{supplier}#{number}"


def test_the_worked_numbers_of_two_deliveries(desk: Desk) -> None:
    """research §4.2: 59,002.95 and 40,002.00, together below the order's 100,005.00."""
    ordered = finance.OrderLine(line=1, quantity=1000, price=price, tax_ppm=vat)
    desk.order("PO-1", ordered)
    first = delivery(desk, "1", 590, 10, 8850)
    match = finance.match_invoice(desk.state, first)
    assert (match.confirmable, match.gross - match.confirmable) == (5_900_295, 88_500 + 11_505)
    certificates = [desk.approve(desk.propose(first, 5_900_295))]
    credit(desk, first, quantity=10, net=88_500, tax=11_505)
    after = finance.match_invoice(desk.state, first)
    assert (after.status, after.confirmable, after.lines[0].waiting) == ("matched", 0, 0)
    second = delivery(desk, "2", 400, 0, 8900)
    match = finance.match_invoice(desk.state, second)
    assert (match.status, match.confirmable) == ("held", 4_000_200)
    assert match.reasons == ("price-above-order",)
    credit(desk, second, "CN-2", net=20_000, tax=2_600)
    match = finance.match_invoice(desk.state, second)
    assert (match.status, match.confirmable, match.reasons) == ("matched", 4_000_200, ())
    certificates.append(desk.approve(desk.propose(second, 4_000_200)))
    faces = [row["face"] for row in (desk.row("certificate", name) for name in certificates)]
    assert sum(faces) == 9_900_495


def test_money_alone_lowers_what_may_be_confirmed(desk: Desk) -> None:
    invoice = desk.delivered(1_000_000)
    credit(desk, invoice, net=300_000)
    assert finance.match_invoice(desk.state, invoice).confirmable == 700_000


def test_a_note_after_the_certificate_touches_no_cent_of_it(desk: Desk) -> None:
    """Credit note after transfer: the units stand, the note says what is above."""
    live = desk.live(1_000_000)
    note = credit(desk, f"{supplier}#INV-1", net=300_000)
    assert desk.row("credit", note)["above"] == 300_000
    assert desk.balances(live) == {supplier: 1_000_000}
    assert finance.match_invoice(desk.state, f"{supplier}#INV-1").confirmable == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"net": 1_000_001}, "more is credited"),
        ({"quantity": 1001, "net": 1_001_000}, "more is credited"),
        ({"quantity": 10, "net": 10_002}, "so many cost 10000"),
        ({"quantity": 10, "net": 10_000, "tax": 5}, "so many cost"),
    ],
)
def test_notes_that_are_refused(desk: Desk, line: dict[str, Any], reason: str) -> None:
    invoice = desk.delivered(1_000_000)
    with pytest.raises(DocumentWrong, match=reason):
        credit(desk, invoice, **line)
    assert desk.row("invoice-line", invoice, "000001")["credited"] == 0


def test_a_note_stands_once(desk: Desk) -> None:
    invoice = desk.delivered(1_000_000)
    credit(desk, invoice, net=1)
    with pytest.raises(DocumentExists):
        credit(desk, invoice, net=2)


def test_a_copy_credits_nothing_that_was_signed(desk: Desk) -> None:
    invoice = desk.delivered(1_000_000)
    row = finance.CreditLine(line=1, invoice_line=1, net=5)
    body = finance.Credit(
        number="CN-9", seller=supplier, buyer=core, currency="CNY", credited_on="2026-01-11",
        invoice=invoice, lines=(row,),
    )  # fmt: skip
    with pytest.raises(DocumentOnly):
        desk.play("finance.credit/1", maker(core), body)


def usage(desk: Desk, number: str = "U-1", by: str = "", **line: Any) -> str:
    stated: dict[str, Any] = {"quantity": 125, "scale": 1, **line}
    row = finance.UsageLine(line=1, order=f"{core}#PO-1", order_line=1, **stated)
    body = finance.Usage(
        number=number, seller=supplier, buyer=core, used_from="2026-01-01",
        used_until="2026-01-31", lines=(row,),
    )  # fmt: skip
    return desk.play("finance.usage/1", by or maker(supplier), body)


@pytest.fixture
def hours(desk: Desk) -> Desk:
    ordered = finance.OrderLine(
        line=1, unit="HUR", quantity=1000, scale=1, price=price, tax_ppm=60_000
    )
    desk.order("PO-1", ordered)
    return desk


def test_agreed_machine_hours_are_received_and_said_to_be_a_statement(hours: Desk) -> None:
    statement = usage(hours, device=scanner(supplier), meter_from=1000, meter_until=1125)
    billed = finance.InvoiceLine(
        line=1, order=f"{core}#PO-1", order_line=1, unit="HUR", quantity=125, scale=1,
        price=price, tax_ppm=60_000,
    )  # fmt: skip
    invoice = hours.invoice("INV-1", billed)
    assert finance.match_invoice(hours.state, invoice).reasons == ("not-received",)
    hours.play("finance.agree/1", maker(core), finance.Agree(proposal=statement))
    (receipt,) = hours.rows("receipt", f"{core}#PO-1#1").values()
    assert (receipt["evidence"], receipt["received"]) == ("statement", 125)
    assert finance.match_invoice(hours.state, invoice).status == "matched"
    with pytest.raises(AnsweredAlready):
        hours.play("finance.agree/1", maker(core), finance.Agree(proposal=statement))


def test_a_declined_statement_receives_nothing(hours: Desk) -> None:
    body = finance.Decline(proposal=usage(hours), reason="quantity")
    hours.play("finance.decline/1", maker(core), body)
    assert hours.rows("receipt", f"{core}#PO-1#1") == {}


def test_hours_above_the_order_are_refused_when_they_are_agreed(hours: Desk) -> None:
    with pytest.raises(OverReceipt):
        hours.play(
            "finance.agree/1", maker(core), finance.Agree(proposal=usage(hours, quantity=2000))
        )


def test_statements_that_are_refused(hours: Desk) -> None:
    with pytest.raises(DocumentWrong, match="meter went from 7 to 9"):
        usage(hours, meter_from=7, meter_until=9)
    with pytest.raises(NotEntitled, match="not the seller"):
        usage(hours, by=maker(core))
