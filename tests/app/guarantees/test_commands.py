"""A guarantee by commands, on both databases: what its parties read over HTTP and on pages, and that the audit is sound."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from rich.console import Console
from typer.testing import CliRunner

from tallystick import finance
from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.cli import cli
from tallystick.app.guarantees import cli as guarantee_cli
from tallystick.app.http import create_app
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.people import member_cli, saying
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.ledger import TallystickError

root = "99/O-ROOT000000000"


def run(*arguments: str) -> str:
    told = CliRunner().invoke(cli, list(arguments))
    assert told.exit_code == 0, (told.output, told.exception)
    return told.output.strip()


def refused(*arguments: str) -> str:
    error = CliRunner().invoke(cli, list(arguments)).exception
    assert isinstance(error, TallystickError), error
    return error.code


def person(home: Path, firm: str, role: str) -> tuple[str, str]:
    """`--author` with a new person of the firm."""
    by = ("--author", f"300:{root}")
    handle = run("member", "add", firm, "--role", role, *by)
    file = home / f"{handle[-4:]}.pem"
    run("key", "new", str(file))
    run("key", "add", f"300:{handle}", "--new-key", str(file), *by)
    return "--author", f"300:{handle}={file}"


@pytest.fixture
def home(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", database_url)
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    for module in (member_cli, saying, guarantee_cli):
        monkeypatch.setattr(module, "console", Console(width=300))
    return tmp_path


def test_by_commands(home: Path) -> None:
    node = Node.at(Settings())
    node.create(NewLog("guarantees.example", "99/L-LOG0000000000", root, {"en": "R"}))
    with node.writer() as ledger:
        buyer, seller, bank, stranger = (
            register_organisation(node, ledger, NewOrganisation({"en": name}, capacity))
            for name, capacity in (
                ("Buyer", "core"),
                ("Seller", "supplier"),
                ("Bank", "bank"),
                ("Stranger", "supplier"),
            )
        )
    ours, theirs = person(home, buyer, "maker"), person(home, seller, "maker")
    maker, checker = person(home, bank, "maker"), person(home, bank, "checker")
    contract = _contract(ours[1], theirs[1], buyer, seller)
    paper = home / "paper.txt"
    paper.write_bytes(b"%PDF-1.7\nagreed")
    name = run(
        "guarantee", "request", "contract", contract, "1,000,000.00", *theirs, "--bank", bank,
        "--beneficiary", buyer, "--valid-from", "2026-01-01", "--expires-on", "2035-01-01",
        "--document", "Statement", "--form", "URDG 758", "--form-file", str(paper),
    )  # fmt: skip
    proposal = run("guarantee", "propose", name, *maker)
    assert refused("guarantee", "approve", proposal, *maker) == "not-entitled"
    run("guarantee", "approve", proposal, *checker)
    amendment = run("guarantee", "amend", name, *maker, "--amount", "2,000,000.00")
    run("guarantee", "approve", amendment, *checker)
    run("guarantee", "answer", name, amendment, "--accept", *ours)
    shown = f"Statement={paper}"
    demand = run("guarantee", "demand", name, "1,500,000.00", "--document", shown, *ours)
    other = run("guarantee", "demand", name, "100.00", "--document", shown, *ours)
    assert refused("guarantee", "demand", name, "600,000.00", *ours) == "demand-wrong"
    run("guarantee", "refuse", name, other, "--reason", "Not signed", *maker)
    at = _now(node)
    assert refused(*_paid(name, demand, paper, at), *theirs) == "not-entitled"
    run(*_paid(name, demand, paper, at), *maker)
    run("guarantee", "release", name, "--amount", "200.00", *ours)
    told = run("guarantee", "list", bank)
    assert re.search(r"2,000,000.00.*499,800.00.*issued", told.replace("\n", " ")), told
    _read(home, name, (buyer, seller, bank), stranger)
    run("audit")


def _contract(ours: str, theirs: str, buyer: str, seller: str) -> str:
    body = finance.Contract(
        number="C-1", buyer=buyer, seller=seller, currency="CNY", payment_days=90,
        signed_on="2026-01-01", valid_from="2026-01-01",
    )  # fmt: skip
    index = saying.say("finance.contract/1", body, saying.Person(ours))
    assert index is not None
    with Node.existing(Settings()).reader.open() as snapshot:
        proposal = snapshot.row(index).payload_hash.hex()
    saying.say("finance.agree/1", finance.Agree(proposal=proposal), saying.Person(theirs))
    return f"{buyer}#C-1"


def _paid(name: str, demand: str, paper: Path, at: str) -> Sequence[str]:
    return ("guarantee", "paid", name, demand, "--evidence", str(paper), "--paid-at", at)


def _now(node: Node) -> str:
    with node.reader.open() as snapshot:
        row: Any = snapshot.view.get("log", "block")
    return str(row["time"])


def _read(home: Path, name: str, parties: Sequence[str], stranger: str) -> None:
    """Each party gets it over HTTP and on pages in both languages; a stranger as little as of what is not there."""
    readers = Readers(home)
    with TestClient(create_app(Node.existing(Settings()))) as client:
        for number, firm in enumerate(parties):
            bearer = {"Authorization": f"Bearer {readers.add(f'r{number}', firm)}"}
            found = client.get(f"/finance/v1/guarantees/{name}", headers=bearer).json()
            assert (found["available"], found["guarantee"]["paid"]) == (49_980_000, 150_000_000)
            listed = client.get("/finance/v1/guarantees", headers=bearer).json()
            assert [one["name"] for one in listed["guarantees"]] == [name]
            for language, title in (("en", "Guarantees"), ("zh", "保函")):
                page = client.get(f"/guarantees?lang={language}", headers=bearer)
                assert title in page.text
                assert client.get(f"/guarantees/{name}?lang={language}", headers=bearer).is_success
        bearer = {"Authorization": f"Bearer {readers.add('stranger', stranger)}"}
        told = [
            client.get(f"/finance/v1/guarantees/{one}", headers=bearer) for one in (name, "0" * 64)
        ]
        assert [one.status_code for one in told] == [404, 404]
        assert client.get("/finance/v1/guarantees", headers=bearer).json()["guarantees"] == []
