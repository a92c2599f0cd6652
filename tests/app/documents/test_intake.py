"""Documents over HTTP: on record once, in conflict, waiting until both firms agreed; on both databases."""

from __future__ import annotations

import json
import time

import pytest
from tests.app.documents import samples
from tests.app.documents.conftest import Market
from tests.patience import patience_s

import tallystick.finance as finance
from tallystick.ledger import SystemClock, instant

row = finance.ItemRow(buyer_item="MAT-1", seller_item="C-9", wording="*电子元件*电容 C-9")


def test_a_trade_goes_on_record_in_six_forms(market: Market) -> None:
    """Order, change, despatch, invoice and credit note in UBL; each by whoever issues it."""
    contract = market.contract()
    placed = market.post(market.buyer, samples.order())
    assert placed.status_code == 201, placed.text
    assert placed.json()["name"] == f"{market.buyer.handle}#PO-1"
    order = market.get(market.buyer, f"/finance/v1/orders/{market.buyer.handle}%23PO-1").json()
    assert (order["head"]["contract"], order["head"]["grade"]) == (contract, "signed")
    change = market.post(market.buyer, samples.change(1, "900")).json()
    assert change["type"] == "finance.order.change/1"
    waiting = market.get(market.seller, "/finance/v1/agreements?waiting=true").json()["agreements"]
    proposal = next(one["proposal"] for one in waiting if one["row"]["about"] == "change")
    market.agree(market.seller, proposal)
    changed = market.get(market.seller, f"/finance/v1/orders/{market.buyer.handle}%23PO-1").json()
    assert changed["lines"]["1"]["quantity"] == 900
    for data in (samples.despatch(), samples.invoice(), samples.credit()):
        answer = market.post(market.seller, data)
        assert answer.status_code == 201, answer.text
    match = market.get(
        market.buyer, f"/finance/v1/invoices/{market.seller.handle}%23INV-1/match"
    ).json()
    assert match["gross"] == 6_000_300 - 88_500 - 11_505
    assert market.post(market.buyer, samples.cancellation()).status_code == 201


def test_a_red_invoice_and_charges_go_on_record(market: Market) -> None:
    market.contract()
    market.post(market.buyer, samples.order())
    blue = "26117000000012345678"
    data = samples.with_charges(samples.invoice(blue), gross="59547.00")
    answer = market.post(market.seller, data)
    assert answer.status_code == 201, answer.text
    path = f"/finance/v1/invoices/{market.seller.handle}%23{blue}"
    head = market.get(market.buyer, path).json()["head"]
    assert (head["gross"], len(head["charges"])) == (6_000_300 + 10_900 - 56_500, 2)
    assert market.post(market.seller, samples.red_fapiao(blue)).status_code == 201
    match = market.get(market.buyer, f"{path}/match").json()
    assert match["gross"] == 6_000_300 - 100_005 - 56_500 * 590 // 600
    waiting = market.post(market.seller, samples.red_fapiao("", "26117000000012345700"))
    assert [one["what"] for one in waiting.json()["missing"]] == ["invoice"]


def test_the_same_number_is_answered_as_the_first_time_or_conflicts(market: Market) -> None:
    market.contract()
    first = market.post(market.buyer, samples.order())
    again = market.post(market.buyer, samples.order())
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["index"] == first.json()["index"]
    same = market.post(market.buyer, samples.in_json(lines=[_line()]))
    assert same.status_code == 200, same.text
    other = market.post(market.buyer, samples.order(quantity="999", price="88.51"))
    assert other.status_code == 409
    assert other.json()["code"] == "document-conflict"
    assert other.json()["differs"] == ["/lines/0/price/amount", "/lines/0/quantity"]
    assert other.json()["index"] == first.json()["index"]


def _line() -> dict[str, object]:
    return {
        "line": 1, "buyer_item": "MAT-1", "wording": "电容 Capacitor", "quantity": "1000", "unit": "H87",
        "price": "88.50", "tax_percent": "13",
    }  # fmt: skip


def test_what_is_not_mapped_waits_and_goes_through_when_it_is_agreed(any_market: Market) -> None:
    market = any_market
    market.contract()
    market.post(market.buyer, samples.order())
    waits = market.post(market.seller, samples.fapiao(), order="PO-1")
    assert waits.status_code == 202
    assert waits.json()["missing"] == [{"what": "item", "line": 1, "said": "*电子元件*电容 C-9"}]
    (kept,) = market.get(market.seller, "/v1/documents/queue").json()["documents"]
    assert kept["id"] == waits.json()["waiting"]
    assert market.get(market.buyer, "/v1/documents/queue").json()["documents"] == []
    assert market.post(market.seller, b"", "/queue/retry").json() == {"recorded": 0}
    market.items(row)
    assert market.post(market.seller, b"", "/queue/retry").json() == {"recorded": 1}
    assert market.get(market.seller, "/v1/documents/queue").json()["documents"] == []
    name = f"{market.seller.handle}%2326117000000012345678"
    invoice = market.get(market.buyer, f"/finance/v1/invoices/{name}").json()
    assert invoice["head"]["gross"] == 6_000_300


def test_an_order_that_comes_over_http_releases_by_itself(market: Market) -> None:
    """The log behind the application looks again after what it may have waited for."""
    market.contract()
    market.post(market.seller, samples.invoice())
    assert len(market.queue.of(market.seller.handle, "", 9)) == 1
    assert market.post(market.buyer, samples.order()).status_code == 201
    until = time.monotonic() + patience_s
    while market.queue.of(market.seller.handle, "", 9) and time.monotonic() < until:
        time.sleep(0.02)
    assert market.queue.of(market.seller.handle, "", 9) == []


def test_units_are_converted_exactly_or_the_document_waits(market: Market) -> None:
    market.contract()
    market.post(market.buyer, samples.order())
    boxes = samples.invoice(unit="XBX", quantity="600").replace(b"88.50", b"88.50")
    waits = market.post(market.seller, boxes)
    assert [one["what"] for one in waits.json()["missing"]] == ["unit"]
    third = row.model_copy(update={"seller_unit": "XBX", "numerator": 1, "denominator": 7})
    market.items(third)
    waits = market.post(market.seller, boxes)
    assert [one["what"] for one in waits.json()["missing"]] == ["quantity"]
    half = row.model_copy(update={"seller_unit": "XBX", "numerator": 3, "denominator": 2})
    market.items(half, number=2)
    assert market.post(market.seller, boxes).status_code == 201
    name = f"{market.seller.handle}%23INV-1"
    (line,) = market.get(market.buyer, f"/finance/v1/invoices/{name}").json()["lines"].values()
    assert (line["quantity"], line["unit"], line["price"]) == (
        900,
        "H87",
        {"amount": 5900, "per": 1},
    )


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (samples.order(contract="FC-404"), "contract"),
        (samples.order(buyer="99.100/O-NOBODY"), "buyer"),
        (samples.invoice(line="7"), "order-line"),
        (samples.invoice("INV-2").replace(b"PO-1", b"PO-404"), "order"),
        (samples.credit(), "invoice"),
    ],
)
def test_what_a_document_lacks_is_named(market: Market, data: bytes, what: str) -> None:
    market.contract()
    market.post(market.buyer, samples.order())
    sender = market.buyer if what in ("contract", "buyer") else market.seller
    answer = market.post(sender, data)
    assert answer.status_code == 202, answer.text
    assert what in [one["what"] for one in answer.json()["missing"]]


def test_an_order_without_a_contract_waits_for_one(market: Market) -> None:
    answer = market.post(market.buyer, samples.order())
    assert [one["what"] for one in answer.json()["missing"]] == ["contract"]
    market.contract()
    assert market.queue.retry_all() == 1


def test_a_sender_drops_what_waits_and_reads_what_it_would_sign(market: Market) -> None:
    answer = market.post(market.buyer, samples.order())
    path = f"/v1/documents/queue/{answer.json()['waiting']}"
    for firm, status in ((market.seller, 404), (market.buyer, 204), (market.buyer, 404)):
        headers = {"Authorization": f"Bearer {firm.token}"}
        assert market.client.delete(path, headers=headers).status_code == status
    market.contract()
    told = market.post(market.buyer, samples.order(), "/read").json()
    body = finance.Order.model_validate_json(json.dumps(told["body"]))
    assert market.say(market.buyer, told["type"], body)[0] > 0
    assert market.post(market.buyer, samples.order()).status_code == 200


def test_who_is_no_party_and_who_shows_nothing(market: Market) -> None:
    market.contract()
    theirs = samples.order().replace(samples.seller_code.encode(), samples.buyer_code.encode())
    assert "buyer and seller" in market.post(market.buyer, theirs).json()["detail"]
    assert market.client.post("/v1/documents", content=samples.order()).status_code == 401
    assert market.client.get("/v1/documents/queue").status_code in (401, 404)
    bad = market.post(market.buyer, b"<!DOCTYPE a><a/>")
    assert (bad.status_code, bad.json()["code"]) == (400, "document-unreadable")


def test_an_invoice_from_elsewhere_bills_the_agreed_statement_line(any_market: Market) -> None:
    """The seller's system knows no statements: the invoice waits until an equal line is agreed, and names it."""
    market = any_market
    today = finance.money_date(instant(SystemClock().now_ms()))
    contract = market.contract(statement_day=int(today[8:]))
    assert market.post(market.buyer, samples.order()).status_code == 201
    order = f"{market.buyer.handle}#PO-1"
    for number in ("U-1", "U-2"):
        used = finance.Usage(
            number=number, seller=market.seller.handle, buyer=market.buyer.handle,
            used_from="2026-01-03", used_until="2026-01-04",
            lines=(finance.UsageLine(line=1, order=order, order_line=1, quantity=300),),
        )  # fmt: skip
        market.agree(market.buyer, market.say(market.seller, "finance.usage/1", used)[1])
    early = market.post(market.seller, samples.invoice())
    assert early.status_code == 202, early.text
    assert [one["what"] for one in early.json()["missing"]] == ["statement-line"]
    with market.node.reader.open() as snapshot:
        body, _ = finance.statements.proposal(snapshot.view, contract, today)
    market.say(market.buyer, "finance.statement.propose/1", body)
    statement = finance.statements.statement_name(contract, 1)
    answer = finance.statements.StatementAnswer(statement=statement, others="agree")
    market.say(market.seller, "finance.statement.answer/1", answer)
    other = market.post(market.seller, samples.invoice("INV-2", quantity="599", gross=""))
    assert other.status_code == 202, other.text
    assert f"{statement} line 1" in other.json()["missing"][0]["said"]
    assert market.queue.retry(market.seller.handle) == 1
    path = f"/finance/v1/invoices/{market.seller.handle}%23INV-1"
    line = market.get(market.buyer, path).json()["lines"]["1"]
    assert (line["statement"], line["statement_line"]) == (statement, 1)
    again = market.post(market.seller, samples.invoice())
    assert (again.status_code, again.json()["state"]) == (200, "known")
    assert market.post(market.seller, samples.invoice("INV-3")).status_code == 202
