"""Subcontract orders: what the material may do, what is refused by name, and that only the fee becomes money."""

from __future__ import annotations

from typing import Any

import pytest
from tests.finance.desk import Desk, core, maker, supplier
from tests.finance.subcontracts.workshop import (
    Workshop,
    agreed,
    material,
    propose,
    screws,
    steel,
    subcontracts,
    tasks,
)

from tallystick import finance
from tallystick.finance.errors import (
    DocumentExists,
    DocumentUnknown,
    DocumentWrong,
    QuantityInexact,
)
from tallystick.finance.subcontracts.balance import balances
from tallystick.finance.subcontracts.errors import (
    CircularSubcontract,
    MaterialShort,
    SubcontractNotAgreed,
    UnitsNotConvertible,
)
from tallystick.identity import NotEntitled
from tallystick.ledger import RuleError

third, fourth = "99.100/O-THIRD", "99.100/O-FOURTH"


@pytest.fixture
def shop() -> Workshop:
    return Workshop()


def test_material_goes_out_and_comes_back_as_parts_and_loss(shop: Workshop) -> None:
    """1,300 kg go out; 900 parts take 1,125, of 30 lost 22.5 are within the share, 7.5 are held, 100 come back."""
    shop.move("issue", steel, 1_300_000)
    shop.move("issue", screws, 2_667)
    shop.parts(900)
    shop.note("loss", steel, 30_000)
    shop.move("return", steel, 100_000)
    found = shop.stock()
    assert (found.issued, found.used, found.returned) == (1_300_000, 1_125_000, 100_000)
    assert (found.agreed, found.held) == (22_500, 7_500)
    assert (found.balance, found.there) == (52_500, 45_000)
    assert shop.stock(screws).balance == 2_667 - 900 * 8 // 3 == 267


def test_nobody_states_bills_or_confirms_more_than_the_fee(shop: Workshop) -> None:
    shop.move("issue", steel, 1_300_000)
    shop.move("issue", screws, 2_667)
    shop.parts(1_000)
    statement = shop.state_it()
    assert shop.row("statement", statement)["net"] == 1_000 * 320
    assert shop.row("statement", statement)["lines"] == 1
    shop.agree_all(statement)
    invoice = shop.bill(statement, "INV-FEE")
    match = finance.match_invoice(shop.state, invoice)
    assert (match.status, match.confirmable) == ("matched", 361_600)
    assert all(steel not in str(line) for line in shop.rows("invoice-line", invoice).values())
    assert shop.state.get("sale", f"99.100.8/{steel}") is None


def test_loss_above_the_share_holds_the_fee_until_the_buyer_lets_it_pass(shop: Workshop) -> None:
    shop.move("issue", steel, 1_300_000)
    shop.move("issue", screws, 2_667)
    shop.parts(1_000)
    note = shop.note("loss", steel, 50_000)
    statement = shop.state_it()
    shop.agree_all(statement)
    invoice = shop.bill(statement, "INV-FEE")
    match = finance.match_invoice(shop.state, invoice)
    assert (match.status, match.reasons) == ("held", ("material-lost",))
    assert shop.stock().held == 25_000
    shop.answer(note)
    assert (shop.stock().held, shop.stock().balance) == (0, 0)
    assert finance.match_invoice(shop.state, invoice).status == "matched"


def test_a_loss_within_the_share_asks_nobody(shop: Workshop) -> None:
    shop.move("issue", steel, 1_300_000)
    shop.move("issue", screws, 2_667)
    shop.parts(1_000)
    note = shop.note("loss", steel, 25_000)
    assert shop.row("material-note", note)["status"] == "agreed"
    assert (shop.stock().held, shop.stock().balance) == (0, 25_000)


def test_what_the_buyer_declines_stays_owed(shop: Workshop) -> None:
    shop.move("issue", steel, 1_000_000)
    shop.answer(shop.note("loss", steel, 10_000), accepted=False)
    found = shop.stock()
    assert (found.held, found.balance, found.there) == (10_000, 1_000_000, 990_000)


def test_parts_that_go_back_give_their_material_back(shop: Workshop) -> None:
    shop.move("issue", steel, 125_000)
    shop.move("issue", screws, 400)
    despatch = shop.parts(100)
    assert (shop.stock().balance, shop.stock(screws).balance) == (0, 134)
    shop.returned(despatch, 40)
    assert (shop.stock().balance, shop.stock(screws).balance) == (50_000, 240)


def test_rejected_parts_use_nothing_that_the_buyer_answers_for(shop: Workshop) -> None:
    shop.move("issue", steel, 125_000)
    shop.parts(100, bad=True)
    assert shop.stock().balance == 125_000


@pytest.mark.parametrize(
    ("issued", "act"),
    [
        (0, lambda shop: shop.parts(1)),
        (1_249, lambda shop: shop.parts(1)),
        (1_000, lambda shop: shop.note("return", steel, 1_001)),
        (1_000, lambda shop: shop.note("loss", steel, 1_001)),
    ],
)
def test_the_balance_never_falls_below_zero(shop: Workshop, issued: int, act: Any) -> None:
    if issued:
        shop.move("issue", steel, issued)
    shop.move("issue", screws, 1_000)
    before = dict(shop.state.documents())
    with pytest.raises(MaterialShort):
        act(shop)
    after = {key: value for key, value in shop.state.documents() if key in before}
    changed = {key[0] for key, value in after.items() if before[key] != value}
    # The despatch advice that stands before the scan is on record; the scan and the note are not.
    assert changed <= {"order", "order-line", "agreement"}
    assert shop.stock().balance == issued


def test_two_open_returns_are_both_held_against_what_is_there(shop: Workshop) -> None:
    shop.move("issue", steel, 1_000)
    first, second = (shop.note("return", steel, 600) for _ in range(2))
    shop.answer(first)
    with pytest.raises(MaterialShort):
        shop.answer(second)
    assert shop.stock().balance == 400


def test_an_issue_counts_when_the_subcontractor_agrees(shop: Workshop) -> None:
    name = shop.note("issue", steel, 1_000)
    assert shop.stock().issued == 0
    shop.answer(name, accepted=False)
    assert (shop.stock().issued, shop.row("material-note", name)["status"]) == (0, "declined")


def test_units_convert_by_what_both_agreed_and_else_not_at_all(shop: Workshop) -> None:
    box = {"unit": "BX", "scale": 0, "seller_item": "BOX-8"}
    with pytest.raises(UnitsNotConvertible, match="M8: BX in H87"):
        shop.note("issue", screws, 3, **box)
    row = finance.ItemRow(buyer_item=screws, seller_item="BOX-8", seller_unit="BX", numerator=500)
    body = finance.ItemMap(buyer=core, seller=supplier, number=1, rows=(row,))
    proposal = shop.play("finance.items/1", maker(core), body)
    shop.play("finance.agree/1", maker(supplier), finance.Agree(proposal=proposal))
    shop.move("issue", screws, 3, **box)
    assert shop.stock(screws).issued == 1_500
    with pytest.raises(QuantityInexact):
        shop.note("issue", screws, 5, scale=1)
    with pytest.raises(UnitsNotConvertible):
        shop.note("issue", steel, 3, **box)


def test_who_says_what(shop: Workshop) -> None:
    note = subcontracts.MaterialNote(
        number="X", order=shop.order_name, moved="issue", moved_on="2026-01-20",
        lines=(subcontracts.MaterialLine(item=steel, quantity=1),),
    )  # fmt: skip
    with pytest.raises(NotEntitled):
        shop.play("finance.material/1", maker(supplier), note)
    for moved, reason in (("return", None), ("loss", "other")):
        told = note.model_copy(update={"moved": moved, "reason": reason})
        with pytest.raises(NotEntitled):
            shop.play("finance.material/1", maker(core), told)
    issued = shop.note("issue", steel, 1_000)
    proposal = shop.row("material-note", issued)["proposal"]
    with pytest.raises(NotEntitled):
        shop.play("finance.agree/1", maker(core), finance.Agree(proposal=proposal))


@pytest.mark.parametrize(
    "wrong",
    [
        {"materials": (material(), material(screws), material("NONE"))},
        {"uses": (*tasks, subcontracts.Use(order_line=1, item="NONE", quantity=1))},
        {"uses": (*tasks, tasks[0])},
        {"materials": (material(), material(screws, part=f"99.100.8/{steel}"))},
    ],
)
def test_materials_and_uses_name_each_other(wrong: dict[str, Any]) -> None:
    desk = Desk()
    order = desk.order(
        "PO-1", finance.OrderLine(line=1, quantity=10, price=finance.Price(amount=1))
    )
    with pytest.raises(DocumentWrong):
        propose(desk, order, **wrong)


def test_materials_are_agreed_once_and_before_parts_come() -> None:
    desk = Desk()
    line = finance.OrderLine(line=1, quantity=1_000, price=finance.Price(amount=320))
    order = desk.order("PO-1", line)
    with pytest.raises(DocumentUnknown):
        propose(desk, order, uses=tuple(use.model_copy(update={"order_line": 9}) for use in tasks))
    first = propose(desk, order)
    note = subcontracts.MaterialNote(
        number="X", order=order, moved="issue", moved_on="2026-01-20",
        lines=(subcontracts.MaterialLine(item=steel, quantity=1),),
    )  # fmt: skip
    with pytest.raises(SubcontractNotAgreed):
        desk.play("finance.material/1", maker(core), note)
    with pytest.raises(DocumentExists):
        propose(desk, order)
    desk.play("finance.decline/1", maker(supplier), finance.Decline(proposal=first))
    second = propose(desk, order, materials=(material(),), uses=tasks[:1])
    assert set(balances(desk.state, order)) == {steel}
    sent = finance.DespatchLine(line=1, order=order, order_line=1, quantity=5)
    desk.scan(desk.despatch("DA-1", sent), lots=[("99.100.7/LOT-1", 5)])
    with pytest.raises(DocumentWrong, match="received before"):
        desk.play("finance.agree/1", maker(supplier), finance.Agree(proposal=second))


def ring(desk: Desk, buyer: str, seller: str, number: str, part: str = f"99.100.8/{steel}") -> str:
    line = finance.OrderLine(line=1, quantity=10, price=finance.Price(amount=320))
    order = desk.order(number, line, buyer=buyer, seller=seller)
    materials, uses = (material(part=part),), tasks[:1]
    agreed(desk, order, buyer=buyer, seller=seller, materials=materials, uses=uses)
    return order


def test_material_does_not_go_round() -> None:
    """Circular subcontracts (A→B→A, and by a third firm) are refused; other material of the same firms is not."""
    desk = Desk([third, fourth])
    ring(desk, core, supplier, "PO-1")
    with pytest.raises(CircularSubcontract):
        ring(desk, supplier, core, "PO-2")
    ring(desk, supplier, third, "PO-3")
    before = dict(desk.state.documents())
    with pytest.raises(CircularSubcontract):
        ring(desk, third, core, "PO-4")
    assert {key[0] for key, _ in desk.state.documents() if key not in before} <= {
        "contract", "order", "order-line", "agreement"
    }  # fmt: skip
    ring(desk, third, fourth, "PO-5")
    ring(desk, third, core, "PO-6", part="99.100.8/OTHER")
    ring(desk, core, supplier, "PO-7")


def test_a_way_that_is_over_does_not_count() -> None:
    desk = Desk()
    order = ring(desk, core, supplier, "PO-1")
    cancel = finance.OrderCancel(order=order, number=1)
    proposal = desk.play("finance.order.cancel/1", maker(core), cancel)
    desk.play("finance.agree/1", maker(supplier), finance.Agree(proposal=proposal))
    ring(desk, supplier, core, "PO-2")


def test_material_that_is_still_there_keeps_its_way() -> None:
    desk = Workshop()
    desk.move("issue", steel, 1_000)
    cancel = finance.OrderCancel(order=desk.order_name, number=1)
    proposal = desk.play("finance.order.cancel/1", maker(core), cancel)
    desk.play("finance.agree/1", maker(supplier), finance.Agree(proposal=proposal))
    with pytest.raises(CircularSubcontract):
        ring(desk, supplier, core, "PO-2")
    with pytest.raises(RuleError, match="cancelled"):
        desk.note("issue", steel, 1)
    desk.move("return", steel, 1_000)
    ring(desk, supplier, core, "PO-3")
