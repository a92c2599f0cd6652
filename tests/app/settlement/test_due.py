"""What is due, over HTTP, on the page and by command: nobody starts it, and each reads what is its own."""

from __future__ import annotations

import csv
import io

import pytest
from rich.console import Console
from tests.app.limits.bourse import face
from tests.app.settlement.till import (
    Till,
    core_maker,
    day,
    funder,
    maker,
    payer,
    seller,
    supplier,
)
from tests.ledger.world import core
from typer.testing import CliRunner

from tallystick.app.cli import cli
from tallystick.app.maturity import cli as maturity_cli

part = 100_000_000
runner = CliRunner()


def test_a_holder_brings_about_what_is_due(place: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [place.certificate(number) for number in ("ONE", "TWO")]
    place.financed(names[0], part)
    place.until("2026-07-01")
    # Nobody has said anything since: no block has come to the day.
    assert place.get(core_maker, "/finance/v1/maturity")["runs"] == []
    # Whatever a holder says brings one; it is no act of settlement, and nobody else says anything.
    place.contract("FC-LATER")
    assert place.get(core_maker, "/finance/v1/maturity")["runs"] == [day]
    assert place.get(maker(payer), "/finance/v1/maturity")["runs"] == [day]
    assert place.get(seller, "/finance/v1/maturity")["runs"] == []
    for person in (core_maker, maker(payer)):
        told = place.instructions(person)
        assert [(one["holder"], one["amount"]) for one in told["instructions"]] == sorted(
            [(funder, part), (supplier, 2 * face - part)]
        )
        assert (told["count"], told["payable"], told["held"]) == (2, 2 * face, 0)
    first = place.instructions(core_maker, limit=1)
    second = place.instructions(core_maker, limit=1, after=first["after"])
    assert [first["instructions"][0]["holder"], second["instructions"][0]["holder"]] == sorted(
        [funder, supplier]
    )
    for person, holder in ((maker(funder), funder), (seller, supplier)):
        (own,) = place.instructions(person)["instructions"]
        assert own["holder"] == holder
        owed = place.get(person, "/finance/v1/maturity/owed")["owed"]
        assert sum(one["amount"] for one in owed) == own["amount"]
    stranger = maker("99.100/O-BANKC00000000")
    answer = place.ask(stranger, "/finance/v1/maturity/instructions", **day)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found-or-not-yours")
    _pages_show_it(place)
    _commands_print_it(place, monkeypatch)
    place.pay_due(2 * face, "ee" * 32)
    assert place.get(core_maker, "/finance/v1/maturity")["runs"] == []
    assert place.get(seller, "/finance/v1/maturity/owed")["owed"] == []
    place.audit()


def _pages_show_it(place: Till) -> None:
    page = place.ask(core_maker, "/maturity/instructions", lang="zh", **day).text
    assert "每个持单人和账户一笔付款" in page
    assert "4,000,250.00" in page
    for person, sum_ in ((seller, "2,500,125.00"), (maker(funder), "1,000,000.00")):
        assert sum_ in place.ask(person, "/maturity", lang="en").text
    assert "/login?next=/maturity" in place.ask("", "/maturity", lang="en").text
    answer = place.ask(maker("99.100/O-BANKC00000000"), "/maturity/instructions", **day)
    assert answer.status_code == 404


def _commands_print_it(place: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = place.site.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.folder))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    monkeypatch.setattr(maturity_cli, "console", Console(width=300))
    assert "2026-07-01" in _run("list", core)
    assert "1,500,125.00" in _run("owed", supplier)
    rows = list(csv.DictReader(io.StringIO(_run("show", core, payer, "2026-07-01"))))
    assert [(row["holder"], row["amount"]) for row in rows] == sorted(
        [(funder, "1000000.00"), (supplier, "4000250.00")]
    )
    (own,) = csv.DictReader(
        io.StringIO(_run("show", core, payer, "2026-07-01", "--holder", funder))
    )
    assert own["holder"] == funder


def _run(*words: str) -> str:
    answer = runner.invoke(cli, ["maturity", *words])
    assert answer.exit_code == 0, (answer.output, answer.exception)
    return answer.output
