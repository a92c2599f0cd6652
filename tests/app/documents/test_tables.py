"""Changes, cancellations, credit notes and uses from tables: once for each number, waiting for what is not mapped."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.documents import samples
from tests.app.documents.conftest import Firm, Market, opened
from tests.app.imports.test_import_later import good, map_of, table
from typer.testing import CliRunner

import tallystick.finance as finance
from tallystick.app.cli import cli
from tallystick.app.imports import open_mapped, parse_mapping, read_later


def rows(tmp_path: Path, firm: Firm, kind: str, *changes: dict[str, str]) -> list[bytes]:
    """The documents of a table that the firm's system wrote."""
    text = map_of(kind)
    if kind in ("credits", "usages"):
        text = text.replace('buyer = "@importer"', f'buyer = "{samples.buyer_code}"')
    mapping = parse_mapping(text)
    path = table(tmp_path / "rows.csv", kind, *changes)
    read = read_later(open_mapped(path, mapping), mapping, firm.handle)
    assert read.errors == ()
    return [one.data for one in read.documents]


def states(market: Market, firm: Firm, documents: list[bytes]) -> list[tuple[int, str]]:
    answers = [market.post(firm, data) for data in documents]
    return [(one.status_code, one.json().get("state", one.json().get("code"))) for one in answers]


def answered(market: Market, firm: Firm) -> None:
    waiting = market.get(firm, "/finance/v1/agreements?waiting=true").json()["agreements"]
    for one in sorted(waiting, key=lambda found: found["row"]["index"]):
        market.agree(firm, one["proposal"])


def test_a_table_of_changes_and_cancellations_counts_once(
    any_market: Market, tmp_path: Path
) -> None:
    market = any_market
    market.contract()
    changes = rows(tmp_path, market.buyer, "changes", {})
    assert states(market, market.buyer, changes) == [(202, "waiting")]
    assert market.post(market.buyer, samples.order()).status_code == 201
    assert market.queue.retry(market.buyer.handle) in (0, 1)  # the log may have looked first
    assert states(market, market.buyer, changes) == [(200, "known")]
    answered(market, market.seller)
    order = f"/finance/v1/orders/{market.buyer.handle}%23PO-1"
    assert market.get(market.seller, order).json()["lines"]["1"]["quantity"] == 900
    other = rows(tmp_path, market.buyer, "changes", {"quantity": "800"})
    assert states(market, market.buyer, other) == [(409, "document-conflict")]
    cancelled = rows(tmp_path, market.buyer, "cancellations", {})
    assert states(market, market.buyer, cancelled * 2) == [(201, "recorded"), (200, "known")]
    answered(market, market.seller)
    assert market.get(market.seller, order).json()["head"]["status"] == "cancelled"


def test_a_cancellation_that_numbers_no_change_counts_once_too(market: Market) -> None:
    """It took the next number each time that it came, and was another proposal."""
    market.contract()
    market.post(market.buyer, samples.order())
    assert [market.post(market.buyer, samples.cancellation()).status_code for _ in "12"] == [
        201,
        200,
    ]


def test_a_table_of_credit_notes_waits_for_its_invoice(market: Market, tmp_path: Path) -> None:
    market.contract()
    market.post(market.buyer, samples.order())
    notes = rows(tmp_path, market.seller, "credits", {"seller": market.seller.handle})
    assert states(market, market.seller, notes) == [(202, "waiting")]
    assert market.post(market.seller, samples.invoice()).status_code == 201
    assert market.queue.retry(market.seller.handle) in (0, 1)
    assert states(market, market.seller, notes) == [(200, "known")]
    path = f"/finance/v1/invoices/{market.seller.handle}%23INV-1/match"
    assert market.get(market.buyer, path).json()["gross"] == 6_000_300 - 88_500 - 11_505
    more = rows(
        tmp_path, market.seller, "credits", {"quantity": "-9", "seller": samples.seller_code}
    )
    assert states(market, market.seller, more)[0][0] == 409


def test_a_table_of_uses_waits_for_the_item_and_is_received(market: Market, tmp_path: Path) -> None:
    market.contract()
    market.post(market.buyer, samples.order())
    lacking = dict.fromkeys(("order_line", "meter_from", "meter_until"), "")
    uses = rows(tmp_path, market.seller, "usages", {"quantity": "12"})
    assert states(market, market.seller, uses)[0] == (422, "document-wrong")  # the meter says 12.5
    assert lacking.keys() <= good["usages"].keys()
    uses = rows(tmp_path, market.seller, "usages", {"quantity": "12", "meter_until": "112"})
    assert states(market, market.seller, uses * 2) == [(201, "recorded"), (200, "known")]
    answered(market, market.buyer)
    order = market.get(market.buyer, f"/finance/v1/orders/{market.buyer.handle}%23PO-1").json()
    assert order["lines"]["1"]["received"] == 12
    unmapped = samples.in_json(
        kind="usage", number="U-2", date="2026-02-01", until="2026-02-28", order="PO-1", currency="",
        lines=[{"line": 1, "wording": "Machine hours", "quantity": "3"}],
    )  # fmt: skip
    answer = market.post(market.seller, unmapped)
    assert [one["what"] for one in answer.json()["missing"]] == ["item"]
    market.items(finance.ItemRow(buyer_item="MAT-1", seller_item="C-9", wording="Machine hours"))
    assert market.queue.retry(market.seller.handle) in (0, 1)
    assert market.post(market.seller, unmapped).status_code == 200


def test_the_command_takes_a_table_in_and_says_what_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'log.sqlite'}"
    for market in opened(url, tmp_path):
        market.contract()
        assert market.post(market.buyer, samples.order()).status_code == 201
        buyer = market.buyer.handle
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", url)
    file = table(
        tmp_path / "c.csv", "changes", {}, {"order_number": "PO-404"}, {"order_number": ""}
    )
    plan = tmp_path / "m.toml"
    plan.write_text(map_of("changes"), encoding="utf-8")

    def run(*more: str, code: int = 0) -> str:
        told = CliRunner().invoke(cli, ["import", str(file), "--map", str(plan), *more])
        assert told.exit_code == code, told.output
        return told.output

    assert "nothing was written" in run("--as", buyer, "--dry-run")
    first = run("--as", buyer)
    assert ("put on record" in first, "1 errors are in" in first) == (True, True)
    assert [
        line.split("│")[2].strip() for line in run("--as", buyer).splitlines() if "known" in line
    ] == ["1"]
    assert "is missing (change)" in (tmp_path / "c.errors.csv").read_text(encoding="utf-8-sig")
    waiting = CliRunner().invoke(cli, ["document", "queue", "--as", buyer]).output
    assert "order (line 0)" in waiting
    run("--as", buyer, "--simulate", code=2)
    run(code=1)
