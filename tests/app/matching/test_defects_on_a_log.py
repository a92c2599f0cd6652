"""Defects of other ledgers (research §3) that show only where entries are sent, kept and sent again: over HTTP, on
each database, with trade documents and confirmations."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.app.matching.office import Office, checker, maker, office, price, seller, vat
from tests.ledger.world import core, supplier

from tallystick import finance
from tallystick.ledger import Submission, batch_entries_max, write_batch
from tallystick.ledger.entry import new_id

clients = 8
#: Five at 88.50 and 13 % of tax.
five = 50_003


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, database_url) as found:
        found.contract()
        yield found


def invoice(order: str, quantity: int, number: str = "INV-1") -> finance.Invoice:
    line = finance.InvoiceLine(
        line=1, order=order, order_line=1, quantity=quantity, price=price, tax_ppm=vat
    )
    return finance.Invoice(
        number=number, seller=supplier, buyer=core, currency="CNY", invoiced_on="2026-01-05",
        lines=(line,),
    )  # fmt: skip


def sent(place: Office, *submissions: Submission) -> list[dict[str, Any]]:
    answer = place.http.post("/v1/entries", content=write_batch(list(submissions)))
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def code(row: dict[str, Any]) -> str:
    return str(row["problem"]["code"]) if "problem" in row else str(row["outcome"])


def worth(place: Office, name: str = f"{supplier}#INV-1") -> int:
    return int(place.match(name)["gross"])


def test_one_key_twice_in_a_batch_and_after_it(place: Office) -> None:
    """Formance PR 1633 crashed; Midaz #1974 had no key at all, so that a retry was a second invoice."""
    order = place.order("PO-1")
    one = place.site.world.write(seller, "finance.invoice/1", invoice(order, 5))
    first, again = sent(place, one, one)
    assert (code(first), code(again), again["duplicate"]) == ("accepted", "accepted", True)
    assert first["index"] == again["index"] == sent(place, one)[0]["index"]
    assert worth(place) == five


def test_another_body_under_a_used_key(place: Office) -> None:
    """Formance answered the first result whatever the second body said: here it is refused, in a batch, too."""
    order, used = place.order("PO-1"), new_id(1, bytes(10))
    author = place.site.world.author(seller)
    one = author.write("finance.invoice/1", invoice(order, 5), entry_id=used)
    other = author.write("finance.invoice/1", invoice(order, 6), entry_id=used)
    assert [code(row) for row in sent(place, one, other)] == ["accepted", "id-used"]
    assert code(sent(place, other)[0]) == "id-used"
    assert worth(place) == five


def test_a_key_is_of_its_author(place: Office) -> None:
    """Formance PR 1638: unique per ledger and key, so that one firm's key took another's away."""
    order, used = place.order("PO-1"), new_id(2, bytes(10))
    world = place.site.world
    ours = world.author(seller).write("finance.invoice/1", invoice(order, 5), entry_id=used)
    theirs = world.author(maker).write("finance.invoice/1", invoice(order, 5), entry_id=used)
    assert [code(row) for row in sent(place, ours, theirs)] == ["accepted", "accepted"]


def test_a_key_is_kept_with_its_effect_or_not_at_all(place: Office) -> None:
    """XMem #212: the key was stored and the effect lost, and no retry ever had one."""
    early = place.site.world.write(seller, "finance.invoice/1", invoice(f"{core}#PO-1", 5))
    assert code(sent(place, early)[0]) == "document-unknown"
    place.order("PO-1")
    (row,) = sent(place, early)
    assert (code(row), "duplicate" in row) == ("accepted", False)
    assert worth(place) == five


def test_one_number_under_two_keys_of_a_batch(place: Office) -> None:
    """Formance #1464: how not to apply the same payment twice, when each retry has a key of its own."""
    order, world = place.order("PO-1"), place.site.world
    two = [world.write(seller, "finance.invoice/1", invoice(order, count)) for count in (5, 5)]
    assert [code(row) for row in sent(place, *two)] == ["accepted", "document-exists"]
    assert worth(place) == five


def test_a_batch_above_the_limit_is_refused_by_it(place: Office) -> None:
    """TigerBeetle #3079: users found the size of a batch by losing one."""
    one = place.site.world.write(seller, "finance.invoice/1", invoice(place.order("PO-1"), 5))
    answer = place.http.post("/v1/entries", content=write_batch([one] * (batch_entries_max + 1)))
    assert answer.status_code == 400
    assert f"1 to {batch_entries_max}" in answer.json()["detail"]
    path = f"/finance/v1/invoices/{quote(f'{supplier}#INV-1', safe='')}"
    assert place.ask(maker, path).status_code == 404
    assert code(sent(place, one)[0]) == "accepted"
    assert place.ask(maker, path).status_code == 200


def test_of_confirmations_of_the_same_goods_at_once_one_passes(place: Office) -> None:
    """Formance PR 1135, ERPNext #18287: two at once both saw what was free."""
    order = place.order("PO-1")
    place.deliver("DA-1", order, 100)
    asked, whole = [], 100 * 8850 * 113 // 100
    for number in range(clients):
        name = place.bill(f"INV-{number}", order, 100)
        proposal = place.say(maker, "finance.confirm.propose/1", place.proposed(name, whole))
        body = finance.ConfirmApprove(proposal=proposal)
        asked.append(place.site.world.write(checker, "finance.confirm.approve/1", body))
    with ThreadPoolExecutor(clients) as pool:
        rows = [row for (row,) in pool.map(lambda one: sent(place, one), asked)]
    codes = sorted(code(row) for row in rows)
    assert codes == ["above-confirmable"] * (clients - 1) + ["accepted"]
    found = [place.line(f"{supplier}#INV-{number}")["confirmed"] for number in range(clients)]
    assert sorted(found) == [0] * (clients - 1) + [whole]
