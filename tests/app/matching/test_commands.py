"""The clerk's list and line, tolerances and releases by commands, on a store of one's own."""

from __future__ import annotations

import pytest
from rich.console import Console
from tests.app.matching.office import Office, dear
from tests.ledger.world import core
from typer.testing import CliRunner

from tallystick.app.cli import cli
from tallystick.app.matching import cli as matching_cli


@pytest.fixture(autouse=True)
def here(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = desk.site.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.home))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    monkeypatch.setattr(matching_cli, "console", Console(width=300))


def run(*arguments: str, code: int = 0) -> str:
    told = CliRunner().invoke(cli, ["match", *arguments])
    assert told.exit_code == code, told.output
    return told.output


def test_a_clerk_reads_what_waits(desk: Office) -> None:
    order = desk.order("PO-CLI")
    desk.deliver("DA-CLI", order, 400)
    invoice = desk.bill("INV-CLI", order, 400, dear)
    listed = run("list", core, "--reason", "price-above-order")
    assert invoice in listed
    assert "40,002.00" in listed
    shown = run("show", invoice, "1")
    for told in ("accepted", "400", "price-above-order: released by a credit note", "226.00"):
        assert told in shown, told
    assert "Nothing waits." in run("list", core, "--reason", "unit-differs")
    run("list", core, "--reason", "nonsense", code=2)
    assert "5.000 ‰" in run("tolerances", core)
