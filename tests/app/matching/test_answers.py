"""A clerk answers hundreds of lines by the statement's own table: over HTTP, by command, and on the page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import openpyxl
import pytest
from rich.console import Console
from tests.app.matching.office import Office, maker, office, seller
from tests.app.signing.rig import seat
from tests.ledger.world import key, supplier
from typer.testing import CliRunner

from tallystick import finance
from tallystick.app.cli import cli
from tallystick.app.statements import cli as statements_cli
from tallystick.identity import ledger_time

clerk = "99.100/P-CLERK00000007"
read_path = "/finance/v1/statements/answers/read"


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """On each database."""
    with office(tmp_path, database_url) as found:
        found.contract()
        yield found


def stated(desk: Office, tail: str, lines: int = 3) -> str:
    """Orders of a contract with a cut-off day, received, and stated by the buyer."""
    with desk.site.node.reader.open() as snapshot:
        today = finance.money_date(ledger_time(snapshot.view))
    contract = desk.contract(f"FC-A{tail}", statement_day=int(today[8:]))
    for number in range(1, lines + 1):
        order = desk.order(f"PO-A{tail}-{number}", contract=contract)
        desk.deliver(f"DA-A{tail}-{number}", order, number)
    told = desk.get(maker, f"/finance/v1/statements/drafts/{quote(contract, safe='')}")
    body = finance.statements.StatementPropose.model_validate_json(json.dumps(told["body"]))
    desk.say(maker, "finance.statement.propose/1", body)
    return finance.statements.statement_name(contract, 1)


def table(desk: Office, statement: str, form: str = "csv") -> bytes:
    path = f"/finance/v1/statements/{quote(statement, safe='')}/table"
    answer = desk.ask(seller, path, form=form)
    assert answer.status_code == 200, answer.text
    return answer.content


def answered(text: bytes, told: dict[str, tuple[str, str]], encoding: str = "utf-8-sig") -> bytes:
    """The table with these answers and reasons, by line."""
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    for row in rows:
        row["answer"], row["dispute reason"] = told.get(row["line"], ("", ""))
    out = io.StringIO()
    written = csv.DictWriter(out, rows[0])
    written.writeheader()
    written.writerows(rows)
    return out.getvalue().encode(encoding)


def read(desk: Office, person: str, data: bytes, **asked: str) -> httpx.Response:
    return desk.http.post(read_path, params=asked, content=data, headers=desk.headers(person))


def standing(desk: Office, statement: str) -> list[str]:
    path = f"/finance/v1/statements/{quote(statement, safe='')}/lines"
    return [one["line"]["status"] for one in desk.get(seller, path)["lines"]]


def test_the_table_comes_back_with_answers_and_is_signed(place: Office) -> None:
    statement = stated(place, "1")
    told = {"1": ("agree", ""), "3": ("dispute", "price")}
    answer = read(place, seller, answered(table(place, statement), told), statement=statement)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["agreed"], found["disputed"], found["open"]) == (1, 1, 1)
    assert standing(place, statement) == ["open"] * 3  # reading says nothing
    body = finance.statements.StatementAnswer.model_validate_json(json.dumps(found["body"]))
    place.say(seller, "finance.statement.answer/1", body)
    assert standing(place, statement) == ["agreed", "open", "disputed"]
    again = read(place, seller, answered(table(place, statement), told), statement=statement)
    assert again.status_code == 400
    assert again.json()["code"] == "statement-answers-wrong"
    for said in ("row 2: line 1 is agreed already", "row 4: line 3 is disputed already"):
        assert said in again.json()["detail"]


def test_excel_and_chinese_words_and_encodings_are_read(place: Office) -> None:
    statement = stated(place, "1")
    book = openpyxl.load_workbook(io.BytesIO(table(place, statement, "xlsx")))
    sheet = book.worksheets[0]
    columns = {cell.value: number for number, cell in enumerate(sheet[1], start=1)}
    sheet.cell(2, columns["answer"], "同意")
    sheet.cell(3, columns["answer"], "争议")
    sheet.cell(3, columns["dispute reason"], "数量")
    out = io.BytesIO()
    book.save(out)
    expected = {
        "statement": statement, "agreed": [1], "disputed": [{"line": 2, "reason": "quantity"}]
    }  # fmt: skip
    told = {"1": ("同意", ""), "2": ("争议", "数量")}
    for data in (out.getvalue(), answered(table(place, statement), told, "gb18030")):
        answer = read(place, seller, data, statement=statement)
        assert answer.status_code == 200, answer.text
        assert answer.json()["body"] == expected
    answer = read(place, seller, out.getvalue(), statement=statement, others="agree")
    assert (answer.json()["agreed"], answer.json()["open"]) == (2, 0)


def test_what_cannot_be_read_is_named_and_strangers_are_told_nothing(place: Office) -> None:
    statement = stated(place, "1", lines=1)
    good = answered(table(place, statement), {"1": ("agree", "")})
    assert read(place, "", good, statement=statement).status_code == 404
    assert read(place, seller, good, statement=f"{statement}9").status_code == 404
    for data, status, code in (
        (b"", 400, "table-refused"),
        (b"<html>", 400, "table-refused"),
        (b"PK\x03\x04 no workbook", 400, "table-refused"),
        (b"a,b\n1,2\n", 400, "statement-answers-wrong"),
        (b"line,answer,answer\n1,agree,\n", 400, "statement-answers-wrong"),
        (good.replace(b"88.50", b"88.51"), 400, "statement-answers-wrong"),
        (b"x" * (8 * 1024 * 1024 + 1), 413, "request-too-large"),
    ):
        answer = read(place, seller, data, statement=statement)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert read(place, seller, good, statement=statement, others="none").status_code == 422
    assert standing(place, statement) == ["open"]


def test_the_command_answers_and_refuses_a_file_whole(
    desk: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, node = desk.site.node.settings, desk.site.node
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.home))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    monkeypatch.setattr(statements_cli, "console", Console(width=300))
    if not node.keys.has(f"300:{supplier}"):
        node.keys.add(key(f"300:{supplier}"))
    statement = stated(desk, "CLI")
    file = tmp_path / "answers.csv"

    def run(*arguments: str, code: int = 0) -> str:
        told = CliRunner().invoke(cli, ["statement", *arguments])
        assert told.exit_code == code, told.output
        return told.output

    run("show", statement, "--to", str(file))
    arguments = ("answer", statement, str(file), "--as", supplier, "--node", desk.site.url)
    file.write_bytes(answered(file.read_bytes(), {"1": ("agree", ""), "2": ("dispute", "dear")}))
    refused = CliRunner().invoke(cli, ["statement", *arguments])
    assert refused.exit_code != 0
    assert "row 3" in refused.output + str(refused.exception)
    assert standing(desk, statement) == ["open"] * 3
    file.write_bytes(answered(file.read_bytes(), {"2": ("dispute", "goods")}))
    told = run(*arguments, "--others", "agree")
    assert "0 lines agreed to, 1 disputed, the others agreed to" in told
    assert standing(desk, statement) == ["agreed", "disputed", "agreed"]
    again = CliRunner().invoke(cli, ["statement", *arguments])
    assert again.exit_code != 0


@pytest.mark.parametrize(
    ("language", "summary", "counted", "wrong"),
    [
        ("en", "1 agreed to and 1 disputed in the file", "1 to agree, 1 to dispute", "not taken"),
        ("zh", "文件中同意 1 行，争议 1 行", "同意 1 行，异议 1 行", "文件未被采用"),
    ],
)
def test_a_clerk_chooses_the_file_on_the_page(
    desk: Office, language: str, summary: str, counted: str, wrong: str
) -> None:
    statement = stated(desk, f"PAGE{language}", lines=2)
    person = f"{clerk[:-2]}{language.upper()}"
    passkey = desk.site.person(supplier, supplier, person, "maker", index=360 + len(summary))
    good = answered(table(desk, statement), {"1": ("agree", ""), "2": ("dispute", "price")})
    bad = answered(table(desk, statement), {"2": ("dispute", "dear")})

    def choose(data: bytes) -> str:
        """The file as a person picks it."""
        return (
            f"(() => {{ const chosen = new DataTransfer(); chosen.items.add(new File([{json.dumps(data.decode())}],"
            " 'answers.csv')); const input = document.getElementById('answers-file');"
            " input.files = chosen.files; input.dispatchEvent(new Event('change')); })()"
        )

    with seat(desk.site.url) as at:
        at.login(passkey, "/statements?lang=en")
        at.tab.open(f"{desk.site.url}/statements/{quote(statement, safe='')}?lang={language}")
        at.until("document.getElementById('answers-file') !== null")
        at.tab.value("document.querySelector('details.card:has(#answers-file)').open = true")
        at.tab.value(choose(bad))
        said = at.until("document.getElementById('answers-read').textContent")
        assert (wrong in said, "row 3" in said) == (True, True)
        at.tab.value(choose(good))
        at.until(f"document.getElementById('answers-read').textContent === {json.dumps(summary)}")
        form = "document.querySelector('form#answer')"
        assert at.tab.value(f"{form}.querySelector('[data-part=count]').textContent") == counted
        at.tab.value(f"{form}.querySelector('button').click()")
        assert statement in at.shown()
        at.sign()
        at.until("document.readyState === 'complete' && !document.getElementById('answers-file')")
    assert standing(desk, statement) == ["agreed", "disputed"]


def test_a_file_answers_lines_of_other_pages_too(desk: Office) -> None:
    statement = stated(desk, "LONG", lines=3)
    page = f"/statements/{quote(statement, safe='')}?lang=en&after=2"
    passkey = desk.site.person(supplier, supplier, f"{clerk[:-2]}LG", "maker", index=399)
    data = answered(table(desk, statement), {"1": ("agree", ""), "3": ("agree", "")}).decode()
    with seat(desk.site.url) as at:
        at.login(passkey, "/statements?lang=en")
        at.tab.open(f"{desk.site.url}{page}")
        at.until("document.getElementById('answers-file') !== null")
        assert at.tab.value("document.querySelectorAll('[data-answer]').length") == 1
        at.tab.value(
            f"(() => {{ const chosen = new DataTransfer(); chosen.items.add(new File([{json.dumps(data)}],"
            " 'a.csv')); const input = document.getElementById('answers-file');"
            " input.files = chosen.files; input.dispatchEvent(new Event('change')); })()"
        )
        at.until("document.getElementById('answers-read').textContent")
        told = at.tab.value("document.querySelector('form#answer').elements['/agreed'].value")
        assert json.loads(told) == [1, 3]
        at.tab.value("document.querySelector('form#answer button').click()")
        at.shown()
        at.sign()
        at.until(
            "document.readyState === 'complete' && document.querySelector('dialog#signing[open]') === null"
        )
        at.until("!document.querySelector('tr[data-line=\"3\"] [data-answer]')")
    assert standing(desk, statement) == ["agreed", "open", "agreed"]
