"""Journal and exposure as files, over HTTP and by command: of one's own books alone, and the same again."""

from __future__ import annotations

import csv
import io
import json

import pytest
from tests.app.limits.bourse import face
from tests.app.settlement.till import Till, core_maker, funder, maker, seller, supplier
from tests.ledger.world import core
from typer.testing import CliRunner

from tallystick.app.cli import cli

part = 100_000_000
runner = CliRunner()
days = {"first": "2026-01-01", "last": "2026-07-01"}


def test_books_follow_from_the_log(place: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    name = place.certificate("ONE")
    place.financed(name, part)
    found = place.get(maker(funder), "/finance/v1/exposure", on="2026-07-01")
    used = place.limits(funder)[f"funder-core {funder} {core}"][1]
    assert found["by_core"] == {core: {"CNY": used}} == {core: {"CNY": part}}
    assert found["by_supplier"] == {supplier: {"CNY": part}}
    assert found["earned"] == found["discount"] == {"CNY": 1_983_333}
    place.until("2026-07-01")
    place.contract("FC-LATER")
    place.pay_due(face, "ee" * 32)
    told = place.get(core_maker, "/finance/v1/journal", **days)["postings"]
    assert [one["what"] for one in told] == ["certificate.accept", "pay.due"]
    again = place.get(core_maker, "/finance/v1/journal", **days)["postings"]
    (only,) = place.get(core_maker, "/finance/v1/journal", first="2026-07-01", last="2026-07-01")[
        "postings"
    ]
    assert (again, only) == (told, told[1])
    table = place.ask(seller, "/finance/v1/journal", form="csv", **days)
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [(row["account"], row["debit"], row["credit"]) for row in rows[:2]] == [
        ("accounts-receivable", "", "2500125.00"),
        ("certificates-receivable", "2500125.00", ""),
    ]
    assert place.get(maker(funder), "/finance/v1/exposure", on="2026-07-01")["principal"] == {}
    for path, asked in (("journal", days), ("exposure", {"on": "2026-07-01"})):
        answer = place.ask(seller, f"/finance/v1/{path}", organisation=funder, **asked)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found-or-not-yours")
    wrong = place.ask(seller, "/finance/v1/journal", first="2026-07-02", last="2026-07-01")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "days-wrong")
    _by_command(place, monkeypatch, table.text)


def _by_command(place: Till, monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    settings = place.site.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.folder))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    told = ("--first", days["first"], "--last", days["last"])
    assert _run("journal", supplier, *told) == table
    assert len(json.loads(_run("journal", core, *told, "--json"))) == 2
    assert _run("exposure", funder, "--on", "2026-07-01").startswith("certificate,start,end")
    # Each of them is a look, noted for whose books it was.
    with place.site.node.store.read() as transaction:
        kept = [
            row for day in transaction.reads.days("9999") for row in transaction.reads.of_day(day)
        ]
    looks = [json.loads(row) for _, row in kept]
    found = {
        (one["route"], party)
        for one in looks
        if one["by"]["kind"] == "operator"
        for party in one["parties"]
    }
    assert {
        ("tallystick books journal", supplier),
        ("tallystick books journal", core),
        ("tallystick books exposure", funder),
    } <= found


def _run(*words: str) -> str:
    answer = runner.invoke(cli, ["books", *words])
    assert answer.exit_code == 0, (answer.output, answer.exception)
    return answer.output
