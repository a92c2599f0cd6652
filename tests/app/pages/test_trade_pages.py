"""四流一致 and the page of documents, in the demo's own words, for each who may look."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from tests.app.played import log_in

from tallystick.app.demo import cast, goods, stated


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            ("Four flows in agreement", "agreed by both", "unbroken chain", "Paid within 190 days"),
        ),
        ("zh", ("四流一致", "双方已同意", "链条不断", "开票后 190 天内付款")),
    ],
)
def test_a_party_sees_contract_goods_invoice_and_money(
    demo: TestClient, shown: dict[str, list[str]], language: str, told: tuple[str, ...]
) -> None:
    demo.cookies.set("tallystick_language", language)
    log_in(demo, cast.core.maker)
    page = demo.get("/flows", params={"certificate": shown["certificates"][0]})
    assert page.status_code == 200
    for words in (*told, goods.contract, goods.order, goods.invoice):
        assert words in page.text, words
    assert cast.core.handle in page.text
    # The carrier's scan names the despatch: nothing of the chain is missing.
    lacking = [part.partition("</p>")[0] for part in page.text.split('<span class="quiet">')[1:]]
    assert not any(told[2] in part for part in lacking if part.startswith(("without", "缺")))


@pytest.mark.parametrize(("language", "flag"), [("en", "came back"), ("zh", "已退汇")])
def test_what_came_back_is_marked_and_not_added(
    demo: TestClient, shown: dict[str, list[str]], language: str, flag: str
) -> None:
    """The payments of the demo's certificate came to more than its face: one was paid again."""
    demo.cookies.set("tallystick_language", language)
    log_in(demo, cast.core.maker)
    page = demo.get(f"/certificates/{quote(shown['certificates'][0], safe='')}").text
    table = page.partition('aria-labelledby="payouts"')[2].partition("</table>")[0]
    body, _, foot = table.partition("<tfoot>")
    assert (body.count(flag), flag in foot) == (1, False)
    assert "9,000,000.00" in foot
    # Whoever was paid nothing is not told that nothing was paid.
    log_in(demo, cast.suppliers[0].maker)
    page = demo.get(f"/certificates/{quote(shown['certificates'][0], safe='')}").text
    assert {"en": "Nothing was paid yet", "zh": "尚未付款"}[language] not in page


def test_a_stranger_learns_nothing_and_the_empty_page_explains(
    demo: TestClient, shown: dict[str, list[str]]
) -> None:
    assert demo.get("/flows", params={"order": goods.order}).status_code == 404
    assert demo.get("/flows", params={"certificate": shown["certificates"][0]}).status_code == 404
    assert "<form" in demo.get("/flows").text
    assert goods.order not in demo.get("/documents").text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_both_firms_see_their_statement_and_what_comes_next(
    demo: TestClient, language: str
) -> None:
    demo.cookies.set("tallystick_language", language)
    name, contract = quote(stated.statement), quote(stated.contract)
    assert demo.get(f"/statements/{name}").status_code == 404
    for person in (stated.seller.maker, cast.core.maker):
        log_in(demo, person)
        assert stated.statement in demo.get("/statements").text
        page = demo.get(f"/statements/{name}")
        assert page.text.count("<tr data-line=") == len(stated.hours)
        assert stated.invoice in page.text
        draft = demo.get(f"/statements/drafts/{contract}")
        assert draft.text.count("<tr data-line=") == 1
        table = demo.get(f"/finance/v1/statements/{name}/table")
        assert len(table.text.splitlines()) == len(stated.hours) + 1
