"""What waits for an answer, the oldest first, in pages that hold still."""

from __future__ import annotations

from typing import Any

import pytest
from tests.finance.desk import Desk, core, maker, supplier
from tests.finance.test_views import MemoryView, Reading

from tallystick import finance
from tallystick.finance import views
from tallystick.finance.errors import DocumentWrong
from tallystick.ledger import Reader

friend = "99.100/O-SUP2"  # begins as the supplier's handle does
line = finance.OrderLine(line=1, quantity=1, price=finance.Price(amount=100))


@pytest.fixture
def desk() -> Desk:
    """Nine orders that the supplier has not accepted, one of the other supplier between each two."""
    desk = Desk([friend])
    for number in range(9):
        desk.order(f"PO-{number}", line)
        desk.order(f"PO-F{number}", line, seller=friend)
    return desk


def listed(desk: Desk, who: str = supplier, **asked: Any) -> tuple[list[str], str | None]:
    reading: Any = Reading(MemoryView(desk), Reader.party(who))
    found = views.agreements(reading, None, **{"waiting": True, **asked})
    return [row.row["subject"].rpartition("#")[2] for row in found.rows], found.after


def answer(desk: Desk, number: str) -> None:
    proposal = desk.row("order", f"{core}#PO-{number}")["proposal"]
    desk.play("finance.agree/1", maker(supplier), finance.Agree(proposal=proposal))


def test_the_oldest_is_first_and_each_firm_has_its_own(desk: Desk) -> None:
    orders = [f"PO-{number}" for number in range(9)]
    assert listed(desk) == (orders, None)
    assert listed(desk, friend) == ([f"PO-F{number}" for number in range(9)], None)
    assert listed(desk, core) == ([], None)
    every, _ = listed(desk, core, waiting=False)
    asked = [row for row in every if row.startswith("PO-")]
    assert asked == [f"PO-{kind}{number}" for number in range(9) for kind in ("", "F")]


def test_pages_hold_still_while_others_answer_and_propose(desk: Desk) -> None:
    first, mark = listed(desk, limit=3)
    assert first == ["PO-0", "PO-1", "PO-2"]
    for number in ("0", "2", "4"):  # before, at and behind the mark
        answer(desk, number)
    desk.order("PO-9", line)
    second, mark = listed(desk, limit=3, after=mark)
    assert second == ["PO-3", "PO-5", "PO-6"]
    third, end = listed(desk, limit=3, after=mark)
    assert (third, end) == (["PO-7", "PO-8", "PO-9"], None)


@pytest.mark.parametrize(
    "mark",
    ["", "7", '["7",""]', '["",""]', '["99.100/O-SUP 000000000001",""]', '["00000000000x",""]'],
)
def test_what_no_page_gave_is_no_mark(desk: Desk, mark: str) -> None:
    with pytest.raises(DocumentWrong, match="not a mark"):
        listed(desk, after=mark)


def test_a_mark_of_another_firm_opens_nothing_of_it(desk: Desk) -> None:
    _, mark = listed(desk, friend, limit=3)
    rows, _ = listed(desk, after=mark)
    assert set(rows) <= {f"PO-{number}" for number in range(9)}
