"""What a buyer has to confirm, on each database: over HTTP and on the page, first what waits."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.matching.office import Office, bank, checker, dear, maker, office, seller
from tests.ledger.world import supplier

from tallystick import finance
from tallystick.app.pages.confirmations import rows_per_page

due_on = "2026-06-01"


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, database_url) as found:
        found.contract()
        yield found


def propose(place: Office, invoice: str, amount: int, due: str = due_on) -> str:
    body = finance.ConfirmPropose(
        invoice=invoice,
        amount=amount,
        currency="CNY",
        due_on=due,
        paying_bank=bank,
        lines=(finance.ConfirmLine(line=1, amount=amount),),
    )
    return place.say(maker, "finance.confirm.propose/1", body)


def confirm(place: Office, proposal: str) -> None:
    place.say(checker, "finance.confirm.approve/1", finance.ConfirmApprove(proposal=proposal))


def billed(place: Office, number: str, *, arrived: bool = True) -> str:
    order = place.order(f"PO-{number}", 10)
    if arrived:
        place.deliver(f"DA-{number}", order, 10)
    return place.bill(f"INV-{number}", order, 10)


def listed(place: Office, person: str = maker, **asked: str | int) -> list[str]:
    """Numbers of the invoices, over all pages."""
    found, after = list[str](), dict[str, str]()
    while True:
        told = place.get(person, "/finance/v1/confirmations", **asked, **after)
        found += [one["number"] for one in told["invoices"]]
        if told["after"] is None:
            return found
        after = {"after": told["after"]}


def shown(place: Office, person: str = maker, **asked: str | int) -> str:
    return html.unescape(place.ask(person, "/confirmations", lang="en", **asked).text)


def test_what_is_confirmed_is_not_listed_for_ever(place: Office) -> None:
    """Every invoice that there ever was stood on the page."""
    ready, done, missing = (
        billed(place, "READY"),
        billed(place, "DONE"),
        billed(place, "MISSING", arrived=False),
    )
    worth = place.get(maker, "/finance/v1/confirmations")["invoices"][0]["confirmable"]
    assert worth == 100_005
    confirm(place, propose(place, done, worth))
    assert listed(place) == ["INV-READY"]
    assert listed(place, show="held") == ["INV-MISSING"]
    assert listed(place, show="done") == ["INV-DONE"]
    assert listed(place, show="all", limit=1) == ["INV-DONE", "INV-MISSING", "INV-READY"]
    page = shown(place)
    assert ready in page
    assert done not in page
    assert missing not in page
    assert done in shown(place, show="done")
    assert missing in shown(place, show="held")
    assert ready in shown(place, show="nothing-such")
    # Whoever only sells has nothing to confirm, and learns nothing of whoever has.
    assert listed(place, seller, show="all") == []
    of_another = place.ask(seller, "/finance/v1/confirmations", organisation=ready.split("#")[0])
    assert of_another.status_code == 200
    asked = place.ask(seller, "/finance/v1/confirmations", organisation="99.100/O-NOBODY0000000")
    assert asked.status_code == 404
    assert asked.json()["code"] == "not-found-or-not-yours"
    assert place.ask(maker, "/finance/v1/confirmations", show="nothing-such").status_code == 422
    assert place.ask(maker, "/finance/v1/confirmations", after="nothing").status_code == 422


def test_what_was_approved_hides_nothing_that_waits(place: Office) -> None:
    """Proposals that had been approved filled the first page, which then said that nothing waits."""
    order = place.order("PO-MANY")
    place.deliver("DA-MANY", order, 1000)
    invoice = place.bill("INV-MANY", order, 1000)
    for _ in range(rows_per_page):
        confirm(place, propose(place, invoice, 100))
    waits = [propose(place, invoice, amount) for amount in (700, 800, 900)]
    page = shown(place, checker)
    assert re.findall(r'name="/proposal" value="([0-9a-f]+)"', page) == waits
    one = place.get(maker, "/finance/v1/confirmations/proposals", limit=1)
    rest = place.get(maker, "/finance/v1/confirmations/proposals", after=one["after"])
    told = [*one["proposals"], *rest["proposals"]]
    assert [row["proposal"] for row in told] == waits
    assert rest["after"] is None
    assert place.get(maker, "/finance/v1/confirmations")["invoices"][0]["proposed"] == 2_400
    assert place.get(seller, "/finance/v1/confirmations/proposals")["proposals"] == []
    bad = place.ask(maker, "/finance/v1/confirmations/proposals", after='["x", ""]')
    assert (bad.status_code, bad.json()["code"]) == (422, "document-wrong")


def test_what_cannot_be_approved_stands_apart_with_its_reason(place: Office) -> None:
    """A checker was offered a button that could only be refused, for ever."""
    invoice = billed(place, "TWICE")
    first, second = propose(place, invoice, 100_005), propose(place, invoice, 5)
    confirm(place, first)
    assert place.get(checker, "/finance/v1/confirmations/proposals")["proposals"] == []
    (stuck,) = place.get(checker, "/finance/v1/confirmations/proposals", stuck="true")["proposals"]
    assert (stuck["proposal"], stuck["stuck"]) == (second, ["above-the-match"])
    assert (
        place.refused(checker, "finance.confirm.approve/1", finance.ConfirmApprove(proposal=second))
        == "above-confirmable"
    )
    assert second not in shown(place, checker)
    page = shown(place, checker, stuck="true")
    assert "a maker proposes less" in page
    assert 'data-sign="finance.confirm.approve/1"' not in page


def test_pages_go_on_behind_what_they_showed(place: Office) -> None:
    order = place.order("PO-PAGES")
    place.deliver("DA-PAGES", order, 1000)
    names = [
        place.bill(
            f"INV-P{number:02d}", order, 10, dear if number % 3 == 0 else finance.Price(amount=8850)
        )
        for number in range(rows_per_page + 3)
    ]
    assert [f"{supplier}#{number}" for number in listed(place, limit=7)] == names
    first = shown(place)
    (link,) = re.findall(r'href="(/confirmations\?after=[^"]+)"', first)
    second = html.unescape(place.http.get(link, headers=place.headers(maker)).text)
    seen = [
        list(dict.fromkeys(re.findall(r"<summary>\S*?#(INV-P[0-9]+)", page)))
        for page in (first, second)
    ]
    assert [f"{supplier}#{one}" for page in seen for one in page] == names
    assert len(seen[0]) == rows_per_page
