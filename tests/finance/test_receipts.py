"""Receipts come from signed scans; a serial counts once per sale."""

from __future__ import annotations

import pytest
from tests.finance.desk import Desk, bank, core, digest, scanner, supplier, zero

from tallystick.finance import DespatchLine, LotQuantity, OrderLine, Price
from tallystick.finance.errors import (
    CountedAlready,
    DocumentUnknown,
    DocumentWrong,
    NotDespatched,
    OverReceipt,
    ReturnUnknown,
)
from tallystick.finance.trade.receipts import cbv_word
from tallystick.trace.summary import EventSummary, Reference

items = tuple(f"99.100.8/SN-{number:03d}" for number in range(4))
price = Price(amount=10_000_00)


def despatched(desk: Desk, number: str, serials: tuple[str, ...] = items) -> str:
    order = desk.order(f"PO-{number}", OrderLine(line=10, quantity=len(serials), price=price))
    line = DespatchLine(line=1, order=order, order_line=10, quantity=len(serials), items=serials)
    return desk.despatch(f"DA-{number}", line)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_receiving_makes_receipts_and_closes_the_despatch(desk: Desk) -> None:
    despatch = despatched(desk, "1")
    desk.scan(despatch, items[:1])
    assert desk.row("despatch", despatch)["status"] == "partial"
    desk.scan(despatch, items[1:])
    assert desk.row("despatch", despatch)["status"] == "closed"
    receipts = desk.rows("receipt", f"{core}#PO-1#10")
    assert [row["received"] for row in receipts.values()] == [1, 3]
    assert {row["evidence"] for row in receipts.values()} == {"device"}
    assert [item for row in receipts.values() for item in row["items"]] == list(items)


def test_a_serial_counts_once(desk: Desk) -> None:
    first = despatched(desk, "1")
    desk.scan(first, items)
    with pytest.raises(CountedAlready):
        desk.scan(first, items[:1])
    second = despatched(desk, "2")
    with pytest.raises(CountedAlready):
        desk.scan(second, items[:1])


def test_a_serial_counts_again_after_a_signed_return(desk: Desk) -> None:
    first, second = despatched(desk, "1"), despatched(desk, "2")
    desk.scan(first, items)
    desk.scan(first, items[:1], back=True)
    assert desk.row("order-line", f"{core}#PO-1", "000010")["returned"] == 1
    assert desk.row("despatch", first)["status"] == "partial"
    with pytest.raises(ReturnUnknown):
        desk.scan(first, items[:1], back=True)
    desk.scan(second, items[:1])
    with pytest.raises(CountedAlready):
        desk.scan(second, items[1:2])


def test_a_serial_counts_in_the_next_sale_and_not_in_another_of_the_same_seller() -> None:
    customer = "99.100/O-CUST"
    desk = Desk([customer])
    desk.scan(despatched(desk, "1"), items)
    onward = _sale(desk, core, customer)
    desk.scan(onward, items[:1], author=scanner(customer), seller=core, buyer=customer)
    chain = desk.row("sale", items[0])["chain"]
    assert [(sale["seller"], sale["buyer"]) for sale in chain] == [
        (supplier, core),
        (core, customer),
    ]
    twice = _sale(desk, supplier, customer)
    with pytest.raises(CountedAlready, match="was sold before"):
        desk.scan(twice, items[1:2], author=scanner(customer), buyer=customer)


def _sale(desk: Desk, seller: str, buyer: str) -> str:
    row = OrderLine(line=1, quantity=4, price=price)
    order = desk.order(f"PO-{seller[-4:]}", row, seller=seller, buyer=buyer)
    line = DespatchLine(line=1, order=order, order_line=1, quantity=4, items=items)
    return desk.despatch(f"DA-{seller[-4:]}", line, seller=seller, buyer=buyer)


def test_rejected_on_arrival_is_received_and_not_accepted(desk: Desk) -> None:
    despatch = despatched(desk, "1")
    desk.scan(despatch, items[:1], disposition="urn:epcglobal:cbv:disp:damaged")
    row = desk.row("order-line", f"{core}#PO-1", "000010")
    assert (row["received"], row["rejected"], row["returned"]) == (1, 1, 0)
    desk.scan(despatch, items[:1], back=True)
    row = desk.row("order-line", f"{core}#PO-1", "000010")
    assert (row["returned"], row["rejected_returned"]) == (0, 1)


def test_lots_count_by_quantity_up_to_what_was_despatched(desk: Desk) -> None:
    order = desk.order("PO-1", OrderLine(line=1, quantity=1000, price=price))
    lots = (LotQuantity(lot="99.100.8/LOT-A", quantity=600),)
    line = DespatchLine(line=1, order=order, order_line=1, quantity=600, lots=lots)
    despatch = desk.despatch("DA-1", line)
    desk.scan(despatch, lots=[("99.100.8/LOT-A", 600)])
    with pytest.raises(OverReceipt, match="of 600"):
        desk.scan(despatch, lots=[("99.100.8/LOT-A", 4)])
    desk.scan(despatch, lots=[("99.100.8/LOT-A", 3)])
    with pytest.raises(ReturnUnknown):
        desk.scan(despatch, lots=[("99.100.8/LOT-A", 604)], back=True)
    desk.scan(despatch, lots=[("99.100.8/LOT-A", 603)], back=True)
    assert desk.row("despatch", despatch)["status"] == "partial"
    with pytest.raises(ReturnUnknown):
        desk.scan(despatch, lots=[("99.100.8/LOT-A", 1)], back=True)


def test_what_is_not_in_the_despatch_is_refused(desk: Desk) -> None:
    despatch = despatched(desk, "1")
    with pytest.raises(NotDespatched):
        desk.scan(despatch, ["99.100.8/SN-FAKE"])
    with pytest.raises(DocumentUnknown):
        desk.scan(f"{supplier}#DA-404", items)
    with pytest.raises(DocumentWrong):
        desk.scan(despatch, items, seller=bank)


def test_only_devices_of_the_buyer_make_receipts(desk: Desk) -> None:
    despatch = despatched(desk, "1")
    desk.scan(despatch, items, author=scanner(supplier))
    desk.scan(despatch, items, author=core)
    assert desk.rows("receipt", f"{core}#PO-1#10") == {}
    assert "finance.receipt/1" not in desk.rules.types


def test_the_same_event_counts_once(desk: Desk) -> None:
    order = desk.order("PO-1", OrderLine(line=1, quantity=9, price=price))
    despatch = desk.despatch("DA-1", DespatchLine(line=1, order=order, order_line=1, quantity=9))
    event = EventSummary(
        digest=digest("once"),
        cbv_hash=f"ni:///sha-256;{zero}?ver=CBV2.0",
        type="ObjectEvent",
        time=desk.time,
        biz_step="https://ref.gs1.org/cbv/BizStep-receiving",
        items=("99.100.8/SN-1",),
        references=(
            Reference(type="urn:epcglobal:cbv:btt:desadv", id=f"hdl:{despatch}"),
            Reference(type="po", id=order),
        ),
        source=supplier,
        destination=core,
    )
    desk.capture(event)
    with pytest.raises(CountedAlready):
        desk.capture(event)
    other_order = event.model_copy(
        update={
            "digest": digest("other"),
            "references": (
                Reference(type="desadv", id=despatch),
                Reference(type="po", id=f"{core}#X"),
            ),
        }
    )
    with pytest.raises(DocumentWrong):
        desk.capture(other_order)


def test_events_of_other_systems_are_left_alone(desk: Desk) -> None:
    event = EventSummary(
        digest=digest("foreign"),
        cbv_hash=f"ni:///sha-256;{zero}?ver=CBV2.0",
        type="ObjectEvent",
        time=desk.time,
        biz_step="receiving",
        items=("urn:epc:id:sgtin:0614141.107346.2017",),
        references=(Reference(type="desadv", id="urn:epcglobal:cbv:bt:0614141073467:1152"),),
    )
    desk.capture(event)
    assert desk.effects[-1] == []


def test_words_of_the_vocabulary_in_all_spellings() -> None:
    spellings = (
        "receiving",
        "urn:epcglobal:cbv:bizstep:receiving",
        "https://ref.gs1.org/cbv/BizStep-receiving",
        "cbv:BizStep-receiving",
    )
    assert {cbv_word(text) for text in spellings} == {"receiving"}
