"""What waits for a firm's answer, on each database: over HTTP and on the page, the oldest first."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.matching.office import Office, maker, office, seller

from tallystick import finance
from tallystick.app.pages.trade import rows_per_page

more_than_a_page = rows_per_page + 3


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, database_url) as found:
        found.contract()
        yield found


def test_the_oldest_is_first_on_every_page(place: Office) -> None:
    orders = [place.order(f"PO-{number}") for number in range(more_than_a_page)]

    def pages(limit: int) -> Iterator[list[str]]:
        after: dict[str, str | int] = {}
        while True:
            told = place.get(seller, "/finance/v1/agreements", waiting="true", limit=limit, **after)
            yield [one["row"]["subject"] for one in told["agreements"]]
            if told["after"] is None:
                return
            after = {"after": told["after"]}

    assert [order for page in pages(7) for order in page] == orders
    told = place.get(seller, "/finance/v1/agreements", waiting="true", limit=1)["agreements"]
    place.say(seller, "finance.agree/1", finance.Agree(proposal=told[0]["proposal"]))
    assert [order for page in pages(7) for order in page] == orders[1:]
    assert place.get(maker, "/finance/v1/agreements", waiting="true")["agreements"] == []
    bad = place.ask(seller, "/finance/v1/agreements", waiting="true", after='["x", ""]')
    assert (bad.status_code, bad.json()["code"]) == (422, "document-wrong")
    shown = place.ask(seller, "/documents", lang="en").text
    assert _orders(shown) == orders[1 : rows_per_page + 1]
    (link,) = re.findall(r'href="(/documents\?after=[^"]+)"', shown)
    answer = place.http.get(html.unescape(link), headers=place.headers(seller))
    assert _orders(answer.text) == orders[rows_per_page + 1 :]


def _orders(page: str) -> list[str]:
    """In the order in which the page shows them, each once."""
    return list(dict.fromkeys(re.findall(r"99\.100/O-[A-Z0-9]+#PO-[0-9]+", html.unescape(page))))
