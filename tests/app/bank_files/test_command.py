"""Notifications by command and over HTTP, against a served node on both databases."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import httpx
import pytest
from rich.console import Console
from tests.app.bank_files.camt import Entry, notification
from tests.app.limits.bourse import face
from tests.app.settlement.till import Till, core_maker, funder, maker, payer, seller, supplier
from tests.ledger.world import core, key
from typer.testing import CliRunner, Result

from tallystick import finance
from tallystick.app.bank_files import cli as bank_files_cli
from tallystick.app.cli import cli

part = 100_000_000
path = "/finance/v1/notifications/read"
booked = "<Dt>2026-07-01</Dt>"


@pytest.fixture
def at_home(place: Till, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = place.site.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.folder))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    monkeypatch.setattr(bank_files_cli, "console", Console(width=300))
    return tmp_path


def read(place: Till, home: Path, entries: list[Entry], *more: str, by: str = payer) -> Result:
    file = home / "camt.xml"
    file.write_bytes(notification(entries))
    words = ["maturity", "read-notification", str(file), "--as", by, *more]
    return CliRunner().invoke(cli, words)


def signed(place: Till, home: Path, person: str) -> tuple[str, ...]:
    file = home / "key.pem"
    file.write_bytes(key(f"300:{person}").private.pem())
    return ("--write", "--author", f"300:{person}={file}", "--node", place.site.url)


def text(minor: int) -> str:
    return finance.format_amount(minor).replace(",", "")


def test_a_day_is_read_shown_and_written_once(place: Till, at_home: Path) -> None:
    names = [place.certificate(number) for number in ("ONE", "TWO")]
    place.financed(names[0], part)
    place.until("2026-07-01")
    place.contract("FC-LATER")
    told = place.instructions(maker(payer))["instructions"]
    entries = [Entry(text(one["amount"]), one["reference"], booked=booked) for one in told]
    short = Entry(text(told[0]["amount"] - 1), told[0]["reference"], booked=booked)
    pending = Entry("5.00", "ELSE", status="PDNG", booked=booked)
    shown = read(place, at_home, [short, entries[1], pending])
    assert shown.exit_code == 0, (shown.output, shown.exception)
    assert "amount: " in shown.output
    assert "3 payments: differs 1, together 1, pending 1." in shown.output
    size = _size(place)
    whole = read(place, at_home, [*entries, pending])
    assert "1 entries to be signed: run it with --write." in whole.output
    assert _size(place) == size
    assert read(place, at_home, entries, "--write").exit_code == 2
    _over_http(place, [*entries, pending])
    by = signed(place, at_home, maker(payer))
    written = read(place, at_home, [*entries, pending], *by)
    assert written.exit_code == 0, (written.output, written.exception)
    assert "1 entries written, 0 refused." in written.output
    place.site.world.ledger.seal()
    assert place.get(maker(payer), "/finance/v1/maturity")["runs"] == []
    _lines_come_along(place)
    again = read(place, at_home, [*entries, pending], *by)
    assert "3 payments: stated 2, pending 1." in again.output
    assert "written" not in again.output
    place.audit()


def _lines_come_along(place: Till) -> None:
    """Without the line that nothing waited for; for the debtor and its bank alone."""
    with place.site.world.reader.open() as snapshot:
        rows = snapshot.recent(None, 10)
    index = next(row.index for row in rows if row.type == "finance.pay.due/1")
    (row,) = place.get(core_maker, f"/v1/entries/{index}")["attachments"]
    path = f"/log/entries/{index}/attachments/{row['hash']}"
    cut = place.ask(core_maker, path).content
    assert row["type"] == "application/xml"
    assert (cut.count(b"<Ntry>"), b"ELSE" in cut) == (2, False)
    body = json.loads(base64.b64decode(place.get(core_maker, f"/v1/entries/{index}")["body"]))
    assert body["evidence"] == hashlib.sha256(cut).hexdigest()
    assert place.ask(seller, path).status_code == 404


def sent(place: Till, person: str, where: str, data: bytes) -> httpx.Response:
    """As this person, logged in by its own key."""
    return place.http.post(where, content=data, headers=place.headers(person))


def _size(place: Till) -> int:
    with place.site.world.reader.open() as snapshot:
        return snapshot.size()


def _over_http(place: Till, entries: list[Entry]) -> None:
    """The same table and the same entries to be signed; a stranger's file knows nothing, and nobody gets none."""
    data = notification(entries)
    answers = {}
    for person in (maker(payer), maker("99.100/O-BANKC00000000")):
        answers[person] = sent(place, person, path, data)
    mine, other = answers.values()
    assert mine.status_code == 200, mine.text
    assert mine.json()["counts"] == {"matches": 2, "pending": 1}
    (proposal,) = mine.json()["proposals"]
    assert proposal["type"] == "finance.pay.due/1"
    assert proposal["body"]["amount_minor"] == 2 * face
    assert other.json()["counts"] == {"pending": 1, "unknown": 2}
    assert other.json()["proposals"] == []
    for_another = sent(place, maker(funder), f"{path}?organisation={payer}", data)
    assert for_another.status_code == 404
    bad = sent(place, maker(payer), path, data[:-20])
    assert (bad.status_code, bad.json()["code"]) == (400, "notification-unreadable")
    assert bad.json()["detail"].startswith("line ")


def test_what_the_rules_refuse_is_told_and_keeps_nothing_back(place: Till, at_home: Path) -> None:
    """A person of another bank signs: each entry is refused by name, and none stands."""
    place.certificate("ONE")
    place.until("2026-07-01")
    place.contract("FC-LATER")
    (line,) = place.instructions(maker(payer))["instructions"]
    entry = Entry(text(line["amount"]), line["reference"], booked=booked)
    refused = read(place, at_home, [entry], *signed(place, at_home, maker(funder)))
    assert refused.exit_code == 1
    assert "finance.pay.due/1 of 1.1.1: " in refused.output
    assert "0 entries written, 1 refused." in refused.output
    shown = read(place, at_home, [entry], "--json")
    told = json.loads(shown.output)
    assert told["counts"] == {"matches": 1}
    assert told["proposals"][0]["body"]["issuer"] == core
    (still,) = place.instructions(maker(payer))["instructions"]
    assert (still["holder"], still["amount"]) == (supplier, face)
    missing = CliRunner().invoke(
        cli, ["maturity", "read-notification", str(at_home / "none.xml"), "--as", payer]
    )
    assert getattr(missing.exception, "code", "") == "notification-unreadable"
