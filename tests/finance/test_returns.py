"""One return of goods of several orders: each order line takes its part, and nothing goes back twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.finance.desk import Desk, core, supplier
from tests.finance.statements.office import Office

from tallystick.finance import DespatchLine, LotQuantity, OrderLine, Price
from tallystick.finance.errors import (
    CountedAlready,
    DocumentUnknown,
    DocumentWrong,
    QuantityInexact,
    ReturnUnknown,
)
from tallystick.trace.summary import Quantity

price = Price(amount=100)
lot = "99.100.8/LOT-A"
friend = "99.100/O-FRIEND"


@pytest.fixture
def desk() -> Desk:
    return Desk([friend])


def received(
    desk: Desk,
    number: str,
    *quantities: int,
    unit: str = "H87",
    scale: int = 0,
    bad: int = 0,
    seller: str = supplier,
) -> str:
    """Goods of one lot, an order and its line for each despatch line; `bad` of the first arrived damaged."""
    lines = []
    for place, quantity in enumerate(quantities, start=1):
        ordered = OrderLine(line=1, unit=unit, quantity=1000 * 10**scale, scale=scale, price=price)
        order = desk.order(f"PO-{number}-{place}", ordered, seller=seller)
        lots = (LotQuantity(lot=lot, quantity=quantity, scale=scale),)
        lines.append(
            DespatchLine(
                line=place, order=order, order_line=1, quantity=quantity, scale=scale, lots=lots
            )
        )
    name = desk.despatch(f"DA-{number}", *lines, seller=seller)
    if unit == "H87":
        if bad:
            desk.scan(name, lots=[(lot, bad)], disposition="damaged", seller=seller)
        for place, quantity in enumerate(quantities):
            left = quantity - (0 if place else bad)
            desk.scan(name, lots=[(lot, left)], seller=seller)
    return name


def back(desk: Desk, names: Sequence[str], quantity: int) -> None:
    desk.scan(names[0], lots=[(lot, quantity)], back=True, also=names[1:])


def returned(desk: Desk, *orders: str) -> list[tuple[int, int]]:
    """Accepted goods and rejected ones that went back, by order."""
    rows = [desk.row("order-line", f"{core}#PO-{order}", "000001") for order in orders]
    return [(row["returned"], row["rejected_returned"]) for row in rows]


def test_serials_of_two_despatches_go_back_together(desk: Desk) -> None:
    names = []
    for number in ("1", "2"):
        items = tuple(f"99.100.8/SN-{number}{place}" for place in range(3))
        order = desk.order(f"PO-{number}-1", OrderLine(line=1, quantity=3, price=price))
        line = DespatchLine(line=1, order=order, order_line=1, quantity=3, items=items)
        names.append(desk.despatch(f"DA-{number}", line))
        desk.scan(names[-1], items)
    gone = ("99.100.8/SN-10", "99.100.8/SN-20", "99.100.8/SN-21")
    with pytest.raises(ReturnUnknown, match="SN-20 was not received under"):
        desk.scan(names[0], gone, back=True)
    desk.scan(names[0], gone, back=True, also=names[1:])
    assert returned(desk, "1-1", "2-1") == [(1, 0), (2, 0)]
    assert [desk.row("despatch", name)["status"] for name in names] == ["partial", "partial"]
    for again in (gone[:1], gone[2:]):
        with pytest.raises(ReturnUnknown):
            desk.scan(names[0], again, back=True, also=names[1:])


def test_a_lot_of_several_orders_goes_back_of_each(desk: Desk) -> None:
    one, two = received(desk, "1", 30, 20), received(desk, "2", 50)
    back(desk, [two, one], 60)
    # As named: first what came under the second despatch, then line by line.
    assert returned(desk, "2-1", "1-1", "1-2") == [(50, 0), (10, 0), (0, 0)]
    before = dict(desk.state.documents())
    with pytest.raises(ReturnUnknown, match="only 40 of lot"):
        back(desk, [one, two], 41)
    assert dict(desk.state.documents()) == before
    back(desk, [one, two], 40)
    assert returned(desk, "2-1", "1-1", "1-2") == [(50, 0), (30, 0), (20, 0)]
    with pytest.raises(ReturnUnknown, match="only 0 of lot"):
        back(desk, [one, two], 1)


def test_a_lot_on_two_lines_of_one_despatch_goes_back_of_both(desk: Desk) -> None:
    """It was refused beyond what the first line held."""
    name = received(desk, "1", 30, 20)
    back(desk, [name], 45)
    assert returned(desk, "1-1", "1-2") == [(30, 0), (15, 0)]


def test_what_arrived_damaged_goes_back_first_whatever_its_order(desk: Desk) -> None:
    one, two = received(desk, "1", 30), received(desk, "2", 20, bad=5)
    back(desk, [one, two], 8)
    assert returned(desk, "1-1", "2-1") == [(3, 0), (0, 5)]


def test_a_return_names_despatches_of_one_seller_to_its_own_buyer(desk: Desk) -> None:
    one, other = received(desk, "1", 30), received(desk, "2", 20, seller=friend)
    before = dict(desk.state.documents())
    for names, error in (
        ([one, other], DocumentWrong),
        ([other, one], DocumentWrong),
        ([one, f"{supplier}#DA-404"], DocumentUnknown),
        ([f"{supplier}#DA-404", one], DocumentUnknown),
    ):
        with pytest.raises(error):
            back(desk, names, 1)
    assert dict(desk.state.documents()) == before


def test_one_event_is_counted_once(desk: Desk) -> None:
    names = [received(desk, "1", 30), received(desk, "2", 20)]
    back(desk, names, 10)
    event = desk.acts[-1].body.events[0]
    with pytest.raises(CountedAlready):
        desk.capture(event)
    assert returned(desk, "1-1", "2-1") == [(10, 0), (0, 0)]


def test_order_lines_with_other_decimals_take_their_own(desk: Desk) -> None:
    """Kilograms are scanned with their unit; nobody returns pieces of what was weighed."""
    names = [received(desk, "1", 30, unit="KGM"), received(desk, "2", 2_500, unit="KGM", scale=2)]
    for name, quantity, scale in ((names[0], 30, 0), (names[1], 2_500, 2)):
        desk.scan(name, lots=[kilograms(quantity, scale)])
    with pytest.raises(DocumentWrong, match="another unit"):
        back(desk, names, 1)
    with pytest.raises(QuantityInexact):
        desk.scan(names[0], lots=[kilograms(1, 3)], back=True, also=names[1:])
    # 30.25 kg: 30 of the one, which counts whole kilograms, and 0.25 of the other.
    desk.scan(names[0], lots=[kilograms(3_025, 2)], back=True, also=names[1:])
    assert returned(desk, "1-1", "2-1") == [(30, 0), (25, 0)]


def kilograms(quantity: int, scale: int) -> Quantity:
    return Quantity(lot=lot, quantity=quantity, scale=scale, unit="KGM")


def test_statements_take_each_order_off_by_itself() -> None:
    office = Office()
    orders = [office.ordered(f"PO-{n}", 100 * n) for n in (1, 2)]
    names = [office.received(order, 1, 50) for order in orders]
    office.agree_all(office.state_it())
    lots = [
        (f"99.100.7/LOT-{name.rpartition('-')[2]}", size)
        for name, size in zip(names, (8, 5), strict=True)
    ]
    office.scan(names[0], lots=lots, back=True, also=names[1:])
    statement = office.state_it()
    told = [
        (office.line(statement, n)["quantity"], office.line(statement, n)["net"]) for n in (1, 2)
    ]
    assert told == [(-8, -800), (-5, -1000)]


@given(
    sizes=st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=3), min_size=1, max_size=3),
    parts=st.lists(st.tuples(st.integers(1, 12), st.permutations(range(3))), max_size=6),
)
def test_what_goes_back_is_what_was_scanned_and_never_more_than_came(
    sizes: list[list[int]], parts: list[tuple[int, list[int]]]
) -> None:
    desk = Desk()
    names = [received(desk, str(n), *line) for n, line in enumerate(sizes)]
    orders = [f"{n}-{place}" for n, line in enumerate(sizes) for place in range(1, len(line) + 1)]
    whole, gone = sum(map(sum, sizes)), 0
    for quantity, order in parts:
        named = [names[n] for n in order if n < len(names)]
        if quantity > whole - gone:
            with pytest.raises(ReturnUnknown):
                back(desk, named, quantity)
        else:
            back(desk, named, quantity)
            gone += quantity
        rows = returned(desk, *orders)
        came = [size for line in sizes for size in line]
        assert sum(good for good, _ in rows) == gone
        assert all(good <= size for (good, _), size in zip(rows, came, strict=True))
