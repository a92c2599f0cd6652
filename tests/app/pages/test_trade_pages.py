"""四流一致 and the page of documents, in the demo's own words, for each who may look."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from tests.app.played import log_in

from tallystick.app.demo import cast, goods


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


def test_a_stranger_learns_nothing_and_the_empty_page_explains(
    demo: TestClient, shown: dict[str, list[str]]
) -> None:
    assert demo.get("/flows", params={"order": goods.order}).status_code == 404
    assert demo.get("/flows", params={"certificate": shown["certificates"][0]}).status_code == 404
    assert "<form" in demo.get("/flows").text
    assert goods.order not in demo.get("/documents").text
