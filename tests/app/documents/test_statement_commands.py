"""`tallystick statement propose|compare|bill` by keys that the node holds, on a store that nobody serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from tests.app.documents import samples
from tests.app.documents.conftest import opened
from typer.testing import CliRunner

import tallystick.finance as finance
from tallystick.app.bootstrap import Node
from tallystick.app.cli import cli
from tallystick.app.settings import Settings
from tallystick.app.statements import cli as statements_cli
from tallystick.ledger import SystemClock, instant


@dataclass(frozen=True)
class Desk:
    """Two uses of 300 and 200 hours wait under a contract whose cut-off day is today."""

    buyer: str
    seller: str
    contract: str
    run: Callable[..., str]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    url = f"sqlite:///{tmp_path / 'log.sqlite'}"
    today = finance.money_date(instant(SystemClock().now_ms()))
    for market in opened(url, tmp_path):
        buyer, seller = market.buyer.handle, market.seller.handle
        contract = market.contract(statement_day=int(today[8:]))
        assert market.post(market.buyer, samples.order()).status_code == 201
        for number, quantity in (("U-1", 300), ("U-2", 200)):
            line = finance.UsageLine(line=1, order=f"{buyer}#PO-1", order_line=1, quantity=quantity)
            used = finance.Usage(
                number=number, seller=seller, buyer=buyer, used_from="2026-01-03",
                used_until="2026-01-04", lines=(line,),
            )  # fmt: skip
            market.agree(market.buyer, market.say(market.seller, "finance.usage/1", used)[1])
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", url)
    monkeypatch.setattr(statements_cli, "console", Console(width=300))

    def run(*arguments: str, code: int = 0) -> str:
        told = CliRunner().invoke(cli, ["statement", *arguments])
        assert told.exit_code == code, told.output
        return told.output

    return Desk(buyer, seller, contract, run)


def test_a_statement_is_proposed_agreed_to_and_billed(desk: Desk, tmp_path: Path) -> None:
    run, name = desk.run, finance.statements.statement_name(desk.contract, 1)
    proposed = run("propose", "--as", desk.buyer)
    # 500 hours at 88.50, and 13 % of tax.
    assert (name in proposed, "50,002.50" in proposed) == (True, True)
    assert "Nothing waits" in run("propose", "--as", desk.buyer)
    own = tmp_path / "own.csv"
    own.write_text(f"order,line,quantity,price\n{desk.buyer}#PO-1,1,500,88.50\n", encoding="utf-8")
    assert "0 of" in run("compare", name, str(own), "--as", desk.seller)
    # The buyer's copy of an invoice bills nothing.
    assert "1 invoices" in run("bill", name, "--as", desk.buyer, "--number", "INV-B")
    assert "1 invoices" in run("bill", name, "--as", desk.seller, "--number", "INV-S")
    assert "0 invoices" in run("bill", name, "--as", desk.seller, "--number", "INV-T")
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        head = snapshot.view.get("invoice", f"{desk.seller}#INV-S")
        assert head is not None
        assert (head["gross"], head["grade"]) == (5_000_250, "signed")
        assert snapshot.view.get("invoice", f"{desk.seller}#INV-T") is None
    node.store.close()


@pytest.mark.parametrize("number", ["", "INV 117", "INV#117", "INV-117\n", "I" * 51])
@pytest.mark.parametrize("command", ["bill", "credit"])
def test_what_is_no_number_is_named_before_anything_else(command: str, number: str) -> None:
    """Once judged with the body of the invoice: an error of many lines, and none at all where nothing was to bill."""
    arguments = ["statement", command, "99/O-X#FC-1#S-1", "--as", "99/O-X", "--number", number]
    told = CliRunner().invoke(cli, arguments)
    assert told.exit_code == 2
    assert "--number" in told.output
    assert "1 to 50 characters, without spaces and #" in " ".join(
        told.output.replace("│", " ").split()
    )


def test_what_is_no_statement_or_no_day_is_named(desk: Desk, tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("order,line,quantity,price\n", encoding="utf-8")
    for arguments in (
        ("propose", "--as", desk.buyer, "--contract", "99/O-X#FC-404"),
        ("compare", f"{desk.contract}#S-9", str(own)),
        ("bill", f"{desk.contract}#S-9", "--as", desk.seller, "--number", "INV-S"),
        ("propose", "--as", desk.buyer, "--until", "2026-02-30"),
        ("propose", "--as", "99/O-NOBODY0000000"),
    ):
        told = CliRunner().invoke(cli, ["statement", *arguments])
        assert told.exit_code != 0, told.output
