"""A statement is answered line by line in a real Chromium, in both languages, and by commands."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from rich.console import Console
from tests.app.matching.office import Office, maker, seller
from tests.app.pages import browser
from tests.app.signing.rig import Seat, seat
from tests.ledger.authenticator import Authenticator
from tests.ledger.world import core, supplier
from typer.testing import CliRunner

from tallystick import finance
from tallystick.app.cli import cli
from tallystick.app.statements import cli as statements_cli
from tallystick.identity import ledger_time

number = itertools.count(1)
clerk = "99.100/P-CLERK00000009"
form = "document.querySelector('form#answer')"


@pytest.fixture(scope="module")
def at(desk: Office) -> Iterator[Seat]:
    with seat(desk.site.url) as sitting:
        yield sitting


@pytest.fixture(scope="module")
def passkey(desk: Office) -> Authenticator:
    """Of one more maker of the seller, who has nothing else."""
    return desk.site.person(supplier, supplier, clerk, "maker", index=329)


@pytest.fixture
def statement(desk: Office) -> str:
    """Three orders of a contract with a cut-off day, received, and stated by the buyer."""
    nth = next(number)
    with desk.site.node.reader.open() as snapshot:
        today = finance.money_date(ledger_time(snapshot.view))
    contract = desk.contract(f"FC-S{nth}", statement_day=int(today[8:]))
    for place in (1, 2, 3):
        order = desk.order(f"PO-S{nth}-{place}", contract=contract)
        desk.deliver(f"DA-S{nth}-{place}", order, 100 * place)
    told = desk.get(maker, f"/finance/v1/statements/drafts/{quote(contract, safe='')}")
    body = finance.statements.StatementPropose.model_validate_json(json.dumps(told["body"]))
    desk.say(maker, "finance.statement.propose/1", body)
    return finance.statements.statement_name(contract, 1)


def lines_of(desk: Office, name: str) -> list[tuple[str, str]]:
    """Status and reason of each line."""
    told = desk.get(seller, f"/finance/v1/statements/{quote(name, safe='')}/lines")["lines"]
    return [(one["line"]["status"], one["line"].get("reason", "")) for one in told]


def answer(at: Seat, line: int, value: str) -> None:
    """Choose in the row of a line, as a person does."""
    row = f"document.querySelector('tr[data-line=\"{line}\"] [data-answer]')"
    at.until(row)
    at.tab.value(
        f"{row}.value = '{value}'; {row}.dispatchEvent(new Event('change', {{bubbles: true}}))"
    )


def sign(at: Seat, line: int, *says: str) -> None:
    """Sign, until the page that is loaded again asks for no answer to the line."""
    at.tab.value(f"{form}.querySelector('button').click()")
    shown = at.shown()
    for told in says:
        assert told in shown, shown
    at.sign()
    at.until("document.querySelector('dialog#signing[open]') === null")
    row = f"document.querySelector('tr[data-line=\"{line}\"]')"
    at.until(f"{row} && !{row}.querySelector('[data-answer]')")


def test_a_statement_is_answered_line_by_line(
    desk: Office, at: Seat, passkey: Authenticator, statement: str
) -> None:
    page = f"/statements/{quote(statement, safe='')}"
    at.login(passkey, "/statements?lang=en")
    said = at.until("document.querySelector('main').innerText")
    assert statement in said[: said.index("All statements")]
    at.tab.open(f"{desk.site.url}{page}?lang=en")
    at.until(form)
    answer(at, 1, "agree")
    answer(at, 2, "price")
    assert at.tab.value(f"{form}.querySelector('[data-part=count]').textContent") == (
        "1 to agree, 1 to dispute"
    )
    sign(at, 2, "price")
    assert lines_of(desk, statement) == [("agreed", ""), ("disputed", "price"), ("open", "")]

    at.tab.look(browser.phone_px)
    at.tab.open(f"{desk.site.url}{page}?lang=zh")
    at.until(form)
    assert at.tab.value("document.documentElement.scrollWidth") == browser.phone_px
    answer(at, 3, "quantity")
    assert at.tab.value(f"{form}.querySelector('[data-part=count]').textContent") == (
        "同意 0 行，异议 1 行"
    )
    sign(at, 3)
    assert lines_of(desk, statement)[2] == ("disputed", "quantity")
    head = desk.get(maker, f"/finance/v1/statements/{quote(statement, safe='')}")["head"]
    assert (head["status"], head["agreed"], head["disputed"]) == ("closed", 1, 2)
    at.tab.look(browser.desktop_px)
    at.tab.open(f"{desk.site.url}{page}?lang=zh")
    said = at.until("document.querySelector('main').innerText")
    for told in ("已同意", "有异议", "价格", "数量"):
        assert told in said, told
    assert at.tab.complaints() == []


def test_commands_list_show_compare_and_take_along(
    desk: Office, statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = desk.site.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.home))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    monkeypatch.setattr(statements_cli, "console", Console(width=300))

    def run(*arguments: str, code: int = 0) -> str:
        told = CliRunner().invoke(cli, ["statement", *arguments])
        assert told.exit_code == code, told.output
        return told.output

    assert statement in run("list", supplier, "--which", "waiting")
    assert statement not in run("list", core, "--which", "waiting")
    # Three lines of 100, 200 and 300 at 88.50, and 13 % of tax.
    assert "60,003.00" in run("list", core)
    shown = run("show", statement)
    for told in ("10,000.50", "20,001.00", "30,001.50", "open"):
        assert told in shown, told
    for file in (tmp_path / "lines.csv", tmp_path / "lines.xlsx"):
        assert "3 lines" in run("show", statement, "--to", str(file))
        assert file.stat().st_size > 100
    stem = statement.partition("#FC-")[2].partition("#")[0]
    own = tmp_path / "own.csv"

    def figures(second: str, price: str = "88.50") -> None:
        rows = [("1", "100", "88.50"), ("2", second, "88.50"), ("3", "300", price)]
        told = [f"{core}#PO-{stem}-{place},1,{quantity},{paid}" for place, quantity, paid in rows]
        own.write_text("\n".join(["order,line,quantity,price", *told]), encoding="utf-8")

    figures("200")
    assert "0 of 3 open lines differ" in run("compare", statement, str(own))
    figures("190", "88.00")
    told = run("compare", statement, str(own), code=1)
    assert "line 2: quantity -10" in told
    assert "line 3: price" in told
    assert lines_of(desk, statement) == [("open", "")] * 3
    own.write_text("order,line,quantity,price\nx,1,many,1", encoding="utf-8")
    refused = CliRunner().invoke(cli, ["statement", "compare", statement, str(own)])
    assert refused.exit_code != 0


def test_whoever_answers_is_told_until_it_is_answered(desk: Office, statement: str) -> None:
    def told(person: str) -> list[dict[str, Any]]:
        found = desk.get(person, "/v1/notices")["notices"]
        return [one for one in found if one["about"].get("statement") == statement]

    (waiting,) = told(seller)
    assert (waiting["kind"], waiting["waits"]) == ("statement-waits", True)
    assert waiting["link"] == f"/statements/{quote(statement)}"
    assert told(maker) == []
    assert statement in desk.ask(seller, "/notices", lang="en").text
    body = finance.statements.StatementAnswer(statement=statement, others="agree")
    desk.say(seller, "finance.statement.answer/1", body)
    assert told(seller) == []
