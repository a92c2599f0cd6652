"""One receiving scan of several despatch advices: each of their lines counts, and each once for ever."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.finance.desk import Desk, core, digest, scanner, supplier, zero

from tallystick.finance import DespatchLine, LotQuantity, OrderLine, Price
from tallystick.finance.errors import (
    CountedAlready,
    DocumentUnknown,
    DocumentWrong,
    NotDespatched,
    OverReceipt,
    QuantityInexact,
)
from tallystick.trace.summary import EventSummary, Quantity, Reference

price = Price(amount=100)
lot = "99.100.8/LOT-A"
friend, rival = "99.100/O-FRIEND", "99.100/O-RIVAL"


@pytest.fixture
def desk() -> Desk:
    return Desk([friend, rival])


def ordered(desk: Desk, number: str, *, quantity: int = 1000, **more: Any) -> str:
    line = OrderLine(line=1, quantity=quantity, price=price)
    return desk.order(f"PO-{number}", line, **more)


def serials(desk: Desk, number: str, *tails: str, order: str = "") -> str:
    items = tuple(f"99.100.8/SN-{tail}" for tail in tails)
    line = DespatchLine(
        line=1,
        order=order or ordered(desk, number),
        order_line=1,
        quantity=len(items),
        items=items,
    )
    return desk.despatch(f"DA-{number}", line)


def lots(desk: Desk, number: str, quantity: int, **more: Any) -> str:
    stated = (LotQuantity(lot=lot, quantity=quantity),)
    line = DespatchLine(
        line=1, order=ordered(desk, number, **more), order_line=1, quantity=quantity, lots=stated
    )
    return desk.despatch(f"DA-{number}", line, **more)


def received(desk: Desk, *orders: str) -> list[int]:
    return [desk.row("order-line", f"{core}#PO-{one}", "000001")["received"] for one in orders]


def refused(desk: Desk, error: type[Exception], first: str, *also: str, **scanned: Any) -> None:
    """Refused, and nothing changed."""
    before = dict(desk.state.documents())
    with pytest.raises(error):
        desk.scan(first, also=also, **scanned)
    assert dict(desk.state.documents()) == before


def test_serials_of_two_despatches_arrive_together_and_once(desk: Desk) -> None:
    """Only the despatch advice that was named last was counted; the goods of the first were not despatched."""
    first, second = serials(desk, "1", "10", "11"), serials(desk, "2", "20")
    came = tuple(f"99.100.8/SN-{tail}" for tail in ("10", "20", "11"))
    desk.scan(first, came, also=[second])
    assert received(desk, "1", "2") == [2, 1]
    assert [desk.row("despatch", name)["status"] for name in (first, second)] == ["closed"] * 2
    (one,) = desk.rows("receipt", f"{core}#PO-1#1").values()
    (other,) = desk.rows("receipt", f"{core}#PO-2#1").values()
    assert (one["despatch"], one["items"]) == (first, [came[0], came[2]])
    assert (other["despatch"], other["items"]) == (second, [came[1]])
    assert one["event"] == other["event"]
    for item in came:
        refused(desk, CountedAlready, first, second, items=(item,))
    refused(desk, CountedAlready, second, items=(came[1],))


def test_two_despatches_of_one_order_line_make_two_receipts(desk: Desk) -> None:
    order = ordered(desk, "1")
    first, second = serials(desk, "1", "10", order=order), serials(desk, "2", "20", order=order)
    desk.scan(first, ("99.100.8/SN-10", "99.100.8/SN-20"), also=[second])
    rows = desk.rows("receipt", f"{order}#1")
    assert [row["despatch"] for row in rows.values()] == [first, second]
    assert received(desk, "1") == [2]


def test_a_lot_fills_the_despatches_in_the_order_in_which_they_are_named(desk: Desk) -> None:
    first, second = lots(desk, "1", 60), lots(desk, "2", 40)
    desk.scan(second, lots=[(lot, 70)], also=[first])
    assert received(desk, "1", "2") == [30, 40]
    desk.scan(first, lots=[(lot, 30)], also=[second])
    assert received(desk, "1", "2") == [60, 40]
    refused(desk, OverReceipt, first, second, lots=[(lot, 1)])


def test_a_lot_of_two_lines_of_one_despatch_is_divided(desk: Desk) -> None:
    lines = [
        DespatchLine(
            line=place, order=ordered(desk, f"{place}"), order_line=1, quantity=50,
            lots=(LotQuantity(lot=lot, quantity=50),),
        )
        for place in (1, 2)
    ]  # fmt: skip
    name = desk.despatch("DA-1", *lines)
    desk.scan(name, lots=[(lot, 80)])
    assert received(desk, "1", "2") == [50, 30]


def test_what_is_named_twice_counts_once(desk: Desk) -> None:
    name = lots(desk, "1", 60)
    desk.scan(name, lots=[(lot, 60)], also=[name])
    assert received(desk, "1") == [60]


def test_decimals_that_a_line_does_not_keep_are_refused(desk: Desk) -> None:
    first, second = lots(desk, "1", 60), lots(desk, "2", 40)
    half = [Quantity(lot=lot, quantity=605, scale=1)]
    refused(desk, QuantityInexact, first, second, lots=half)


def test_despatches_of_others_are_not_counted_beside_ones_own(desk: Desk) -> None:
    mine = lots(desk, "1", 60)
    theirs = lots(desk, "2", 40, seller=friend)
    elsewhere = lots(desk, "3", 40, buyer=rival)
    refused(desk, DocumentWrong, mine, theirs, lots=[(lot, 60)])
    refused(desk, DocumentWrong, theirs, mine, lots=[(lot, 60)])
    for nobodys in (elsewhere, f"{supplier}#DA-9"):
        refused(desk, DocumentUnknown, mine, nobodys, lots=[(lot, 60)])
        refused(desk, DocumentUnknown, nobodys, mine, lots=[(lot, 60)])
    assert received(desk, "1") == [0]


def test_what_no_despatch_lists_has_no_place_among_several(desk: Desk) -> None:
    names = []
    for number in ("1", "2"):
        order = ordered(desk, number)
        line = DespatchLine(line=1, order=order, order_line=1, quantity=10)
        names.append(desk.despatch(f"DA-{number}", line))
    refused(desk, NotDespatched, *names, lots=[(lot, 1)])
    listed = lots(desk, "3", 60)
    desk.scan(listed, ("99.100.8/SN-1",), lots=[(lot, 5)], also=names[:1])
    assert received(desk, "1", "2", "3") == [1, 0, 5]


def test_an_order_that_the_scan_names_is_of_one_of_them(desk: Desk) -> None:
    first, second = lots(desk, "1", 60), lots(desk, "2", 40)
    other = ordered(desk, "3")

    def scan(*orders: str) -> None:
        named = [("desadv", first), ("desadv", second), *(("po", order) for order in orders)]
        event = told(desk, "receiving", named, lots=(Quantity(lot=lot, quantity=100),))
        desk.capture(event)

    with pytest.raises(DocumentWrong):
        scan(f"{core}#PO-1", other)
    scan(f"{core}#PO-1", f"{core}#PO-2")
    assert received(desk, "1", "2") == [60, 40]


def told(desk: Desk, step: str, named: list[tuple[str, str]], **goods: Any) -> EventSummary:
    return EventSummary(
        digest=digest(f"{desk.index} {step}"),
        cbv_hash=f"ni:///sha-256;{zero}?ver=CBV2.0",
        type="ObjectEvent",
        time=desk.time,
        biz_step=step,
        action="OBSERVE",
        references=tuple(Reference(type=kind, id=name) for kind, name in named),
        source=supplier,
        destination=core,
        **goods,
    )


def test_a_departure_of_two_despatches_is_seen_on_both(desk: Desk) -> None:
    first, second = lots(desk, "1", 60), lots(desk, "2", 40)
    goods = (Quantity(lot=lot, quantity=100),)
    left = told(desk, "shipping", [("desadv", first), ("desadv", second)], lots=goods)
    desk.capture(left, author=scanner(supplier))
    desk.scan(first, lots=[(lot, 100)], also=[second])
    for order in ("1", "2"):
        (row,) = desk.rows("receipt", f"{core}#PO-{order}#1").values()
        assert "chain" in row["facts"]


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=4),
    st.lists(st.integers(1, 80), min_size=1, max_size=6),
)
def test_one_scan_counts_as_much_as_there_is_room_for(sizes: list[int], scans: list[int]) -> None:
    """Whatever is scanned: it stands on the lines in their order, each up to its size, and no piece twice."""
    desk = Desk()
    names = [lots(desk, f"{place}", size) for place, size in enumerate(sizes)]
    whole, came = sum(sizes), 0
    for quantity in scans:
        if came + quantity > whole:
            refused(desk, OverReceipt, *names, lots=[(lot, quantity)])
            continue
        desk.scan(names[0], lots=[(lot, quantity)], also=names[1:])
        came += quantity
    left, expected = came, []
    for size in sizes:
        expected.append(min(size, left))
        left -= expected[-1]
    assert received(desk, *(f"{place}" for place in range(len(sizes)))) == expected
    for place, size in enumerate(expected):
        rows = desk.rows("receipt", f"{core}#PO-{place}#1").values()
        assert sum(row["received"] for row in rows) == size
