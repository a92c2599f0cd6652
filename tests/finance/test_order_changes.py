"""Orders answered by their supplier; numbered changes and cancellations; a machine of both sides' acts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.finance.desk import Desk, bank, core, maker, supplier

from tallystick import finance
from tallystick.finance.agreements.errors import (
    AnsweredAlready,
    ChangeNumberWrong,
    ChangeTooLate,
    OrderNotOpen,
)
from tallystick.finance.errors import DocumentOnly, DocumentUnknown, DocumentWrong
from tallystick.identity import NotEntitled
from tallystick.ledger import Change, RuleError

price = finance.Price(amount=100)


def line(number: int = 1, quantity: int = 100, **more: Any) -> finance.OrderLine:
    return finance.OrderLine(line=number, quantity=quantity, **{"price": price, **more})


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def order(desk: Desk) -> str:
    return desk.order("PO-1", line(1), line(2, 50))


def change(desk: Desk, order: str, number: int, *lines: finance.OrderLine, by: str = core) -> str:
    body = finance.OrderChange(order=order, number=number, lines=lines)
    return desk.play("finance.order.change/1", maker(by), body)


def cancel(desk: Desk, order: str, number: int, *lines: int) -> str:
    body = finance.OrderCancel(order=order, number=number, lines=lines)
    return desk.play("finance.order.cancel/1", maker(core), body)


def agree(desk: Desk, proposal: str, by: str = supplier) -> None:
    desk.play("finance.agree/1", maker(by), finance.Agree(proposal=proposal), custody="node")


def decline(desk: Desk, proposal: str) -> None:
    desk.play("finance.decline/1", maker(supplier), finance.Decline(proposal=proposal))


def send(desk: Desk, order: str, quantity: int, number: str = "DA-1") -> str:
    row = finance.DespatchLine(line=1, order=order, order_line=1, quantity=quantity)
    return desk.despatch(number, row)


def quantities(desk: Desk, order: str) -> list[int]:
    return [row["quantity"] for row in desk.rows("order-line", order).values()]


def test_the_supplier_answers_an_order_or_accepts_it_by_sending(desk: Desk, order: str) -> None:
    other = desk.order("PO-2", line())
    asked = str(desk.row("order", order)["proposal"])
    agree(desk, asked)
    assert desk.row("order", order)["status"] == "accepted"
    send(desk, other, 10)
    assert desk.row("order", other)["status"] == "accepted"
    assert desk.row("agreement", str(desk.row("order", other)["proposal"]))["status"] == "agreed"


def test_agreeing_a_change_answers_the_order_too(desk: Desk, order: str) -> None:
    """The order's own question stayed open for ever, and could not be answered any more."""
    other = desk.order("PO-2", line())
    agree(desk, change(desk, order, 1, line(1, 80)))
    agree(desk, cancel(desk, other, 1))
    assert desk.row("order", order)["status"] == "accepted"
    assert desk.row("order", other)["status"] == "cancelled"
    for one in (order, other):
        asked = str(desk.row("order", one)["proposal"])
        assert desk.row("agreement", asked)["status"] == "agreed"
        with pytest.raises(AnsweredAlready):
            agree(desk, asked)


@pytest.mark.parametrize("what", ["change", "cancellation"])
def test_agreeing_something_small_accepts_no_large_order_alone(
    desk: Desk, order: str, what: str
) -> None:
    """Above 10.00 two persons of the supplier agree: one alone would have accepted 150.00 by a change of 1.00."""
    row = {"currency": "CNY", "above": 1_000, "persons": 2}
    desk.state.apply([Change("control", supplier, {"tiers": [row]})])
    proposal = change(desk, order, 1, line(3, 1)) if what == "change" else cancel(desk, order, 1, 2)
    for one in (str(desk.row("order", order)["proposal"]), proposal):
        with pytest.raises(RuleError) as refused:
            agree(desk, one)
        assert refused.value.code == "more-persons-needed"
    desk.state.apply([Change("control", supplier, {"tiers": []})])
    agree(desk, str(desk.row("order", order)["proposal"]))
    # Once the order is accepted, the change counts for what it is worth itself.
    desk.state.apply([Change("control", supplier, {"tiers": [row]})])
    agree(desk, proposal)
    assert desk.row("order", order)["status"] == "accepted"


def test_nothing_is_sent_against_an_order_that_was_declined(desk: Desk, order: str) -> None:
    decline(desk, str(desk.row("order", order)["proposal"]))
    with pytest.raises(OrderNotOpen, match="declined"):
        send(desk, order, 1)
    with pytest.raises(OrderNotOpen):
        change(desk, order, 1, line())


def test_a_change_counts_when_the_supplier_agrees(desk: Desk, order: str) -> None:
    first = change(desk, order, 1, line(1, 80), line(3, 7))
    assert quantities(desk, order) == [100, 50]
    agree(desk, first)
    assert quantities(desk, order) == [80, 50, 7]
    assert desk.row("order", order)["version"] == 1
    second = change(desk, order, 2, line(1, 90))
    decline(desk, second)
    assert quantities(desk, order) == [80, 50, 7]
    assert desk.row("order-change", order, "002")["status"] == "declined"
    send(desk, order, 80)
    row = finance.DespatchLine(line=1, order=order, order_line=3, quantity=7)
    desk.despatch("DA-3", row)


def test_changes_are_numbered_and_wait_for_each_other(desk: Desk, order: str) -> None:
    with pytest.raises(ChangeNumberWrong, match="next number is 1"):
        change(desk, order, 2, line())
    first = change(desk, order, 1, line(1, 80))
    for number in (1, 2):
        with pytest.raises(ChangeNumberWrong, match="waits"):
            change(desk, order, number, line(1, 70))
    agree(desk, first)
    with pytest.raises(AnsweredAlready):
        agree(desk, first)
    with pytest.raises(AnsweredAlready, match="number 1 was agreed"):
        change(desk, order, 1, line(1, 80))


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ((line(1, 80, unit="KGM"),), DocumentWrong),
        ((line(1, 800, scale=1),), DocumentWrong),
        ((line(1), line(1)), DocumentWrong),
    ],
)
def test_what_no_change_may_touch(
    desk: Desk, order: str, lines: tuple[finance.OrderLine, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        change(desk, order, 1, *lines)


def test_who_may_change_and_who_answers(desk: Desk, order: str) -> None:
    with pytest.raises(NotEntitled):
        change(desk, order, 1, line(), by=supplier)
    with pytest.raises(RuleError):
        change(desk, order, 1, line(), by=bank)
    proposal = change(desk, order, 1, line())
    with pytest.raises(NotEntitled):
        agree(desk, proposal, by=core)


def test_a_copy_of_an_order_is_not_changed(desk: Desk) -> None:
    body = finance.Order(
        number="PO-7", buyer=core, seller=supplier, contract=desk.contract(), currency="CNY",
        ordered_on="2026-01-02", lines=(line(),),
    )  # fmt: skip
    desk.play("finance.order/1", maker(supplier), body)
    with pytest.raises(DocumentOnly):
        change(desk, f"{supplier}#{core}#PO-7", 1, line())


def test_a_change_undoes_nothing_that_happened(desk: Desk, order: str) -> None:
    send(desk, order, 60)
    proposal = change(desk, order, 1, line(1, 59))
    with pytest.raises(ChangeTooLate, match="60 are sent"):
        agree(desk, proposal)
    decline(desk, proposal)
    agree(desk, change(desk, order, 2, line(1, 60)))


def test_a_price_that_was_confirmed_stays(desk: Desk) -> None:
    desk.live(100_000)
    order = f"{core}#PO-1"
    dearer = finance.OrderLine(line=1, quantity=1000, price=finance.Price(amount=200))
    with pytest.raises(ChangeTooLate, match="confirmed in part"):
        change(desk, order, 1, dearer)


def test_a_cancellation_takes_what_is_open(desk: Desk, order: str) -> None:
    send(desk, order, 60)
    agree(desk, cancel(desk, order, 1, 1))
    assert quantities(desk, order) == [60, 50]
    assert desk.row("order-line", order, "000001")["cancelled"] == 40
    agree(desk, cancel(desk, order, 2))
    assert quantities(desk, order) == [60, 0]
    assert desk.row("order", order)["status"] == "accepted"
    with pytest.raises(DocumentUnknown, match="line 9"):
        cancel(desk, order, 3, 9)


def test_an_order_of_which_nothing_is_left_is_cancelled(desk: Desk, order: str) -> None:
    asked = str(desk.row("order", order)["proposal"])
    agree(desk, cancel(desk, order, 1))
    assert desk.row("order", order)["status"] == "cancelled"
    with pytest.raises(OrderNotOpen, match="cancelled"):
        send(desk, order, 1)
    with pytest.raises(AnsweredAlready):
        agree(desk, asked)


steps = st.lists(
    st.tuples(
        st.sampled_from(["change", "cancel", "agree", "decline", "send", "answer"]),
        st.integers(1, 120),
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=40, deadline=None)
@given(steps)
def test_both_sides_acts_keep_what_happened(played: list[tuple[str, int]]) -> None:
    """Whatever buyer and supplier do: one change is open at most, and no quantity falls below what was sent."""
    desk = Desk()
    order = desk.order("PO-1", line())
    sent, number, waiting = 0, 0, ""
    asked = str(desk.row("order", order)["proposal"])
    for step, (act, size) in enumerate(played):
        before = desk.row("order-line", order, "000001")
        try:
            if act == "change":
                waiting, number = change(desk, order, number + 1, line(1, size)), number + 1
            elif act == "cancel":
                waiting, number = cancel(desk, order, number + 1), number + 1
            elif act == "send":
                send(desk, order, size, f"DA-{step}")
                sent += size
            elif act == "answer":
                agree(desk, asked)
            elif act == "agree":
                agree(desk, waiting)
            else:
                decline(desk, waiting)
        except (RuleError, ValueError):
            assert desk.row("order-line", order, "000001") == before
        row = desk.row("order-line", order, "000001")
        assert row["despatched"] == sent
        assert row["quantity"] >= sent or row["quantity"] == before["quantity"]
        changes = desk.rows("order-change", order)
        assert list(changes) == [f"{n:03d}" for n in range(1, number + 1)]
        assert [row["status"] for row in changes.values()][:-1].count("proposed") == 0
        if desk.row("order", order)["status"] == "cancelled":
            assert row["quantity"] == 0
