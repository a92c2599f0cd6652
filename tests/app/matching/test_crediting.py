"""Goods that go back after they were stated and billed: over HTTP, on the page in both languages, and by command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from rich.console import Console
from tests.app.matching.office import Office, checker, maker, office, seller
from tests.app.pages import browser
from tests.app.signing.rig import seat
from tests.ledger.world import core, key, supplier
from typer.testing import CliRunner

from tallystick import finance
from tallystick.app.cli import cli
from tallystick.app.statements import cli as statements_cli
from tallystick.identity import ledger_time

clerk = "99.100/P-CLERK00000008"


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """On each database."""
    with office(tmp_path, database_url) as found:
        found.contract()
        yield found


def under_statements(desk: Office, number: str) -> str:
    """A contract whose cut-off day is today."""
    with desk.site.node.reader.open() as snapshot:
        today = finance.money_date(ledger_time(snapshot.view))
    return desk.contract(number, statement_day=int(today[8:]))


def returned(desk: Office, contract: str, tail: str, quantity: int) -> tuple[str, str]:
    """100 pieces billed, then so many sent back, stated and agreed: the statement and the invoice."""
    order = desk.order(f"PO-{tail}", contract=contract)
    despatch = desk.deliver(f"DA-{tail}", order, 100)
    invoice = desk.bill_statement(desk.stated(contract), f"INV-{tail}")
    desk.give_back((despatch, quantity))
    return desk.stated(contract), invoice


def drafted(desk: Office, person: str, statement: str, **asked: str) -> Any:
    return desk.get(person, f"/finance/v1/statements/{quote(statement, safe='')}/credits", **asked)


def line_of(desk: Office, statement: str) -> Any:
    (one,) = desk.get(seller, f"/finance/v1/statements/{quote(statement, safe='')}/lines")["lines"]
    return one["line"]


def test_a_return_is_credited_as_it_was_agreed_and_no_certificate_moves(place: Office) -> None:
    """Nobody types an amount: the note's body is asked for and signed."""
    contract = under_statements(place, "FC-BACK")
    order = place.order("PO-1", contract=contract)
    despatch = place.deliver("DA-1", order, 100)
    invoice = place.bill_statement(place.stated(contract), "INV-1")
    certificate = place.confirm(invoice, 1_000_050)
    path = f"/finance/v1/certificates/{quote(certificate, safe='')}"
    before = place.get(maker, path)
    place.give_back((despatch, 8))
    statement = place.stated(contract)
    assert line_of(place, statement)["quantity"] == -8
    told = drafted(place, seller, statement, number="CN-1")
    assert told["unbilled"] == []
    (note,) = told["notes"]
    assert (note["number"], note["invoice"]) == ("CN-1", invoice)
    body = finance.Credit.model_validate_json(json.dumps(note))
    # 8 at 88.50, and 13 % of tax.
    assert [(line.quantity, line.net, line.tax) for line in body.lines] == [(8, 70_800, 9_204)]
    dear = body.lines[0].model_copy(update={"net": 70_801})
    wrong = body.model_copy(update={"lines": (dear,)})
    assert place.refused(seller, "finance.credit/1", wrong) == "credit-differs-from-statement"
    loose = body.lines[0].model_copy(update={"statement": None, "statement_line": None})
    alone = body.model_copy(update={"lines": (loose,)})
    assert place.refused(seller, "finance.credit/1", alone) == "statement-line-needed"
    place.say(seller, "finance.credit/1", body)
    twice = body.model_copy(update={"number": "CN-2"})
    assert place.refused(seller, "finance.credit/1", twice) == "statement-line-billed"
    line = line_of(place, statement)
    assert (line["credited"], line["credit"]) == (8, f"{supplier}#CN-1")
    assert drafted(place, seller, statement)["notes"] == []
    assert place.get(maker, path) == before
    assert place.match(invoice)["confirmable"] == 0
    # The next goods of the order line carry 8 less.
    place.deliver("DA-2", order, 100)
    second = place.bill_statement(place.stated(contract), "INV-2")
    found = place.line(second)
    assert (found["carried"], found["set_off"], found["reasons"]) == (8, 80_004, [])
    assert (found["confirmable"], found["waiting"]) == (920_046, 0)


def test_one_return_of_goods_of_two_orders_is_credited_of_both_invoices(place: Office) -> None:
    contract = under_statements(place, "FC-BACK")
    invoices, despatches = [], []
    for tail in ("1", "2"):
        order = place.order(f"PO-{tail}", contract=contract)
        despatches.append(place.deliver(f"DA-{tail}", order, 100))
        invoices.append(place.bill_statement(place.stated(contract), f"INV-{tail}"))
    place.give_back((despatches[0], 8), (despatches[1], 5))
    statement = place.stated(contract)
    notes = drafted(place, seller, statement, number="CN-1")["notes"]
    assert [(one["number"], one["invoice"], one["lines"][0]["quantity"]) for one in notes] == [
        ("CN-1", invoices[0], 8), ("CN-1-2", invoices[1], 5)
    ]  # fmt: skip
    for one in notes:
        body = finance.Credit.model_validate_json(json.dumps(one))
        place.say(seller, "finance.credit/1", body)
    for invoice, quantity in zip(invoices, (92, 95), strict=True):
        sides = place.line(invoice)["quantities"]
        assert (sides["accepted"], sides["invoiced"] - sides["credited"]) == (quantity, quantity)


def test_who_is_no_party_gets_no_draft_and_a_bad_number_is_named(place: Office) -> None:
    contract = under_statements(place, "FC-BACK")
    statement, _ = returned(place, contract, "1", 8)
    path = f"/finance/v1/statements/{quote(statement, safe='')}/credits"
    assert place.ask("", path).status_code == 404
    assert place.ask(seller, path, number="CN 1").status_code == 422
    assert place.ask(seller, path.replace("S-2", "S-9")).status_code == 404
    assert drafted(place, checker, statement) == drafted(place, seller, statement)


def test_the_command_credits_what_was_billed_and_names_what_was_not(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, node = desk.site.node.settings, desk.site.node
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.home))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    monkeypatch.setattr(statements_cli, "console", Console(width=300))
    if not node.keys.has(f"300:{supplier}"):
        node.keys.add(key(f"300:{supplier}"))

    def run(*arguments: str, code: int = 0) -> str:
        told = CliRunner().invoke(cli, ["statement", *arguments])
        assert told.exit_code == code, told.output
        return told.output

    contract = under_statements(desk, "FC-BACK-CLI")
    order = desk.order("PO-BACK-CLI", contract=contract)
    despatch = desk.deliver("DA-BACK-CLI", order, 100)
    first = desk.stated(contract)
    desk.give_back((despatch, 8))
    statement = desk.stated(contract)
    arguments = ("credit", statement, "--as", supplier, "--node", desk.site.url)
    told = run(*arguments, "--number", "CN-A", code=1)
    assert ("0 credit notes" in told, "line 1" in told) == (True, True)
    invoice = desk.bill_statement(first, "INV-BACK-CLI")
    told = run(*arguments, "--number", "CN-B")
    assert (f"CN-B: CNY 800.04 of {invoice}" in told, "1 credit notes" in told) == (True, True)
    assert "0 credit notes" in run(*arguments, "--number", "CN-C")
    assert "credited" in run("show", statement)


@pytest.mark.parametrize(
    ("language", "heading", "before", "after"),
    [
        ("en", "Credit what went back", "agreed", "credited"),
        ("zh", "就退货开具红字发票", "已同意", "已红冲"),
    ],
)
def test_a_clerk_of_the_seller_signs_the_note_on_the_page(
    desk: Office, language: str, heading: str, before: str, after: str
) -> None:
    contract = under_statements(desk, f"FC-BACK-{language}")
    statement, invoice = returned(desk, contract, f"BACK-{language}", 8)
    page = f"/statements/{quote(statement, safe='')}"
    assert heading not in desk.ask(maker, page, lang=language).text  # the buyer's
    person = f"{clerk[:-2]}{language.upper()}"
    passkey = desk.site.person(supplier, supplier, person, "maker", index=340 + len(heading))
    with seat(desk.site.url) as at:
        at.login(passkey, "/statements?lang=en")
        at.tab.open(f"{desk.site.url}{page}?lang={language}")
        form = "document.querySelector('form[data-sign=\"finance.credit/1\"]')"
        at.until(form)
        shown = at.tab.value("document.querySelector('main').innerText")
        for told in (heading, invoice, "800.04", before):
            assert told in shown, told
        at.tab.value(f"{form}.querySelector('[name=\"/number\"]').value = 'CN-{language}'")
        at.tab.value(f"{form}.querySelector('button').click()")
        assert statement in at.shown()
        at.sign()
        at.until(f"document.readyState === 'complete' && !{form}")
        shown = at.tab.value("document.querySelector('main').innerText")
        assert (after in shown, f"{supplier}#CN-{language}" in shown) == (True, True)
        # On a phone nothing of a line lies beside the screen.
        at.tab.look(browser.phone_px)
        at.tab.open(f"{desk.site.url}{page}?lang={language}")
        at.until("document.getElementById('line-table') !== null")
        table = "document.getElementById('line-table').parentElement"
        assert at.tab.value(f"{table}.scrollWidth") <= at.tab.value(f"{table}.clientWidth")
        assert at.tab.complaints() == []
    assert line_of(desk, statement)["credited"] == 8
    assert core in contract
