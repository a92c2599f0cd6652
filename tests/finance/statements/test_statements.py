"""Statements: what they list, who answers, what may be billed."""

from __future__ import annotations

from typing import Any

import pytest
from tests.finance.desk import bank, core, maker, supplier
from tests.finance.statements.office import Office, day

from tallystick import finance
from tallystick.finance.errors import DocumentWrong
from tallystick.finance.parties import NotEntitled
from tallystick.finance.statements.bodies import LineDispute, StatementAnswer
from tallystick.finance.statements.days import is_cut_off, last_cut_off
from tallystick.finance.statements.drafting import cut_off_of, invoice, proposal
from tallystick.finance.statements.errors import (
    CutOffWrong,
    InvoiceDiffers,
    NothingToState,
    StatementLineBilled,
    StatementLineNeeded,
    StatementLineWrong,
    StatementMovedOn,
    StatementsNotUsed,
    StatementUnknown,
)
from tallystick.finance.trade.matching import match_invoice


@pytest.fixture
def office() -> Office:
    return Office()


def test_accepted_less_returned_at_the_contracts_price(office: Office) -> None:
    order = office.ordered("PO-1", 8850, 150)
    first = office.received(order, 1, 600)
    office.received(order, 1, 10, bad=True)
    office.returned(first, 10)
    office.received(order, 2, 7)
    name = office.state_it()
    head, one, two = office.row("statement", name), office.line(name, 1), office.line(name, 2)
    assert (one["quantity"], one["net"], one["tax"]) == (590, 5_221_500, 678_795)
    assert (two["quantity"], two["net"], two["tax"]) == (7, 1050, 137)
    assert head["gross"] == 5_221_500 + 678_795 + 1050 + 137
    assert (head["by"], head["to"], head["open"], head["status"]) == (core, supplier, 2, "open")
    assert office.rows("unstated", office.fc) == {}


def test_late_receipts_and_what_is_disputed_come_in_the_next_statement(office: Office) -> None:
    order = office.ordered("PO-1", 100, 200, 300)
    office.received(order, 1, 5)
    office.received(order, 2, 6)
    office.received(order, 3, 9, at="2026-02-01")
    first = office.state_it()
    assert office.row("statement", first)["lines"] == 2
    office.received(order, 1, 4)  # scanned in January, told in February
    office.say(first, disputed=(LineDispute(line=2, reason="price"),), others="agree")
    second = office.state_it()
    lines = [office.line(second, number) for number in (1, 2)]
    assert [(line["order_line"], line["quantity"]) for line in lines] == [(1, 4), (2, 6)]
    assert office.line(first, 2)["reason"] == "price"
    office.block("2026-03-01T02:00:00.000Z")
    third = office.state_it(cut_off="2026-02-28")
    assert office.line(third, 1)["order_line"] == 3


def test_a_disputed_price_is_changed_and_stated_again(office: Office) -> None:
    order = office.ordered("PO-1", 100)
    office.received(order, 1, 50)
    first = office.state_it()
    office.say(first, disputed=(LineDispute(line=1, reason="price"),))
    assert office.row("statement", first)["status"] == "closed"
    changed = finance.OrderLine(
        line=1, quantity=1000, price=finance.Price(amount=90), tax_ppm=130_000
    )
    change = finance.OrderChange(order=order, number=1, lines=(changed,))
    proposed = office.play("finance.order.change/1", maker(core), change)
    office.play("finance.agree/1", maker(supplier), finance.Agree(proposal=proposed))
    second = office.state_it()
    assert office.line(second, 1)["net"] == 50 * 90
    office.agree_all(second)
    assert match_invoice(office.state, office.bill(second, "INV-1")).status == "matched"


def test_what_goes_back_after_it_was_stated_is_taken_off_at_its_price(office: Office) -> None:
    order = office.ordered("PO-1", 100)
    despatch = office.received(order, 1, 50)
    first = office.state_it()
    office.returned(despatch, 8)
    with pytest.raises(NothingToState):  # its line is not answered yet
        office.state_it()
    office.agree_all(first)
    second = office.state_it(by=supplier)
    line = office.line(second, 1)
    assert (line["quantity"], line["net"], line["tax"]) == (-8, -800, -104)
    office.agree_all(second, by=core)
    assert office.row("statement", second)["agreed_gross"] == -904
    assert invoice(office.state, second, "INV-9", day) is None


def test_a_whole_return_that_is_disputed_leaves_the_goods_stated(office: Office) -> None:
    order = office.ordered("PO-1", 100)
    despatch = office.received(order, 1, 50)
    office.agree_all(office.state_it())
    office.returned(despatch, 50)
    second = office.state_it()
    office.say(second, disputed=(LineDispute(line=1, reason="returned"),))
    (stated,) = office.rows("stated", f"{order}#1").values()
    assert stated["quantity"] == 50
    (waits,) = office.rows("unstated", office.fc).values()
    assert waits["quantity"] == -50
    assert office.line(office.state_it(), 1)["net"] == -5000


def test_an_invoice_equals_its_agreed_lines_and_each_is_billed_once(office: Office) -> None:
    order = office.ordered("PO-1", 8850, 150)
    office.received(order, 1, 590)
    office.received(order, 2, 7)
    statement = office.state_it()
    office.say(statement, disputed=(LineDispute(line=2, reason="goods"),), others="agree")
    for changes, error in (
        ({"quantity": 589}, InvoiceDiffers),
        ({"price": finance.Price(amount=8851)}, InvoiceDiffers),
        ({"tax_ppm": 0}, InvoiceDiffers),
        ({"statement": None, "statement_line": None}, StatementLineNeeded),
        ({"statement": None}, StatementLineNeeded),
        ({"statement_line": 2, "order_line": 2}, StatementLineWrong),
        ({"statement_line": 3}, StatementLineWrong),
        ({"order_line": 2}, StatementLineWrong),
        ({"statement": f"{office.fc}#S-9"}, StatementUnknown),
    ):
        with pytest.raises(error):
            office.bill(statement, "INV-1", **changes)
    body = invoice(office.state, statement, "INV-1", "2026-02-02")
    assert body is not None
    invoiced = office.bill(statement, "INV-1")
    match = match_invoice(office.state, invoiced)
    assert (match.status, match.confirmable) == ("matched", 5_900_295)
    with pytest.raises(StatementLineBilled):
        office.play(
            "finance.invoice/1", maker(supplier), body.model_copy(update={"number": "INV-2"})
        )
    assert invoice(office.state, statement, "INV-2", day) is None


def test_an_invoice_that_bills_a_line_twice_is_refused_whole(office: Office) -> None:
    order = office.ordered("PO-1", 100)
    office.received(order, 1, 5)
    statement = office.state_it()
    office.agree_all(statement)
    body = invoice(office.state, statement, "INV-1", day)
    assert body is not None
    twice = (body.lines[0], body.lines[0].model_copy(update={"line": 2}))
    with pytest.raises(StatementLineBilled):
        office.play("finance.invoice/1", maker(supplier), body.model_copy(update={"lines": twice}))
    assert "invoice" not in office.line(statement, 1)


def test_an_invoice_adds_nothing_to_its_lines(office: Office) -> None:
    order = office.ordered("PO-1", 100)
    office.received(order, 1, 5)
    statement = office.state_it()
    office.agree_all(statement)
    body = invoice(office.state, statement, "INV-1", day)
    assert body is not None
    charge = finance.Charge(kind="charge", net=100)
    for changes in ({"charges": (charge,)}, {"gross": 566}):
        with pytest.raises(InvoiceDiffers):
            office.play("finance.invoice/1", maker(supplier), body.model_copy(update=changes))
    office.play("finance.invoice/1", maker(supplier), body.model_copy(update={"gross": 565}))


def test_a_copy_of_an_invoice_bills_nothing(office: Office) -> None:
    order = office.ordered("PO-1", 100)
    office.received(order, 1, 5)
    statement = office.state_it()
    office.agree_all(statement)
    body = invoice(office.state, statement, "INV-1", day)
    office.play("finance.invoice/1", maker(core), body)  # type: ignore[arg-type]
    assert "invoice" not in office.line(statement, 1)
    office.bill(statement, "INV-1")


def test_who_proposes_agrees_by_that_and_may_only_dispute(office: Office) -> None:
    order = office.ordered("PO-1", 100, 200)
    office.received(order, 1, 5)
    office.received(order, 2, 5)
    name = office.state_it(by=supplier, l2="price")
    assert office.line(name, 2)["status"] == "disputed"
    with pytest.raises(NotEntitled):
        office.agree_all(name, by=supplier)
    office.say(name, by=supplier, disputed=(LineDispute(line=1, reason="withdrawn"),))
    assert office.row("statement", name)["status"] == "closed"
    assert len(office.rows("unstated", office.fc)) == 2


def test_answers_that_are_refused(office: Office) -> None:
    order = office.ordered("PO-1", 100, 200)
    office.received(order, 1, 5)
    office.received(order, 2, 5)
    name = office.state_it()
    dispute = LineDispute(line=1, reason="goods")
    refused: list[tuple[dict[str, Any], str, type[Exception]]] = [
        ({}, supplier, StatementLineWrong),
        ({"agreed": (3,)}, supplier, StatementLineWrong),
        ({"agreed": (1, 1)}, supplier, DocumentWrong),
        ({"agreed": (1,), "disputed": (dispute,)}, supplier, DocumentWrong),
        ({"disputed": (dispute, dispute)}, supplier, DocumentWrong),
        ({"others": "agree"}, bank, StatementUnknown),
    ]
    for told, by, error in refused:
        with pytest.raises(error):
            office.say(name, by, **told)
    office.say(name, agreed=(1,))
    with pytest.raises(StatementLineWrong):
        office.say(name, agreed=(1,))
    with pytest.raises(StatementLineWrong):
        office.say(name, disputed=(dispute,))
    with pytest.raises(StatementUnknown):
        office.say(f"{office.fc}#S-7", others="agree")
    assert office.row("statement", name)["open"] == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"cut_off": "2026-01-30"}, CutOffWrong),
        ({"cut_off": "2026-02-28"}, CutOffWrong),
        ({"cut_off": "2025-12-31"}, NothingToState),
        ({"number": 2}, StatementMovedOn),
        ({"lines": 2}, StatementMovedOn),
        ({"net": 501}, StatementMovedOn),
        ({"digest": "0" * 64}, StatementMovedOn),
        ({"disputed": (LineDispute(line=2, reason="goods"),)}, StatementLineWrong),
    ],
)
def test_figures_that_do_not_follow_from_the_log(
    office: Office, changes: dict[str, Any], error: type[Exception]
) -> None:
    office.received(office.ordered("PO-1", 100), 1, 5)
    body, _ = proposal(office.state, office.fc, day)
    before = dict(office.state.documents())
    with pytest.raises(error):
        office.play("finance.statement.propose/1", maker(core), body.model_copy(update=changes))
    assert dict(office.state.documents()) == before


def test_goods_that_come_in_between_move_the_statement_on(office: Office) -> None:
    order = office.ordered("PO-1", 100)
    office.received(order, 1, 5)
    body, _ = proposal(office.state, office.fc, day)
    office.received(order, 1, 5)
    with pytest.raises(StatementMovedOn):
        office.play("finance.statement.propose/1", maker(core), body)


def test_orders_of_before_go_on_without_statements() -> None:
    office = Office()
    free = office.contract(number="FC-FREE")
    line = finance.OrderLine(line=1, quantity=10, price=finance.Price(amount=100))
    before = office.order("PO-0", line, contract=free)
    terms = finance.Supplement(contract=free, number=1, signed_on="2026-02-01", statement_day=25)
    proposed = office.play("finance.contract.supplement/1", maker(core), terms)
    with pytest.raises(StatementsNotUsed):
        cut_off_of(office.state, free, day)
    office.play("finance.agree/1", maker(supplier), finance.Agree(proposal=proposed))
    assert cut_off_of(office.state, free, "2026-02-02") == "2026-01-25"
    billed = finance.InvoiceLine(
        line=1, order=before, order_line=1, quantity=10, price=finance.Price(amount=100)
    )
    office.invoice("INV-0", billed)
    office.order("PO-2", line, contract=free)
    with pytest.raises(StatementLineNeeded):
        office.invoice("INV-2", billed.model_copy(update={"order": f"{core}#PO-2"}))


def test_cut_off_days_of_short_months() -> None:
    assert is_cut_off("2024-02-29", 31)
    assert not is_cut_off("2024-02-28", 31)
    assert last_cut_off("2026-01-30", 31) == "2025-12-31"
    assert last_cut_off("2026-03-01", 30) == "2026-02-28"


def test_the_answer_is_small_whatever_the_statement() -> None:
    whole = StatementAnswer(statement="99.100/O-A#FC-1#S-1", others="agree")
    assert len(whole.model_dump_json()) < 200
