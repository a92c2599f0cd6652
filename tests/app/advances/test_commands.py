"""Order financing by commands, on both databases: what its parties read over HTTP and on pages, and that the audit is sound."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from rich.console import Console
from tests.app.guarantees.test_commands import person, refused, root, run

from tallystick import finance
from tallystick.app.accounts import cli as account_cli
from tallystick.app.advances import cli as facility_cli
from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.http import create_app
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.people import member_cli, saying
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.ledger import Body


@pytest.fixture
def home(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", database_url)
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    for module in (member_cli, saying, facility_cli, account_cli):
        monkeypatch.setattr(module, "console", Console(width=300))
    return tmp_path


def test_by_commands(home: Path) -> None:
    node = Node.at(Settings())
    node.create(NewLog("advances.example", "99/L-LOG0000000000", root, {"en": "R"}))
    with node.writer() as ledger:
        buyer, seller, bank, mill = (
            register_organisation(node, ledger, NewOrganisation({"en": name}, capacity))
            for name, capacity in (
                ("Buyer", "core"),
                ("Seller", "supplier"),
                ("Bank", "bank"),
                ("Mill", "supplier"),
            )
        )
    makers = {firm: person(home, firm, "maker") for firm in (buyer, seller, bank, mill)}
    ours, funder, theirs = makers[seller], makers[bank], makers[mill]
    checker = person(home, bank, "checker")
    account = _account(home, seller, bank, funder)
    order = _order(makers, buyer, seller, 1_000_000_00)
    purchase = _order(makers, seller, mill, 150_000_00)
    name = run(
        "facility", "request", order, "500,000.00", *ours, "--funder", bank, "--purchase", purchase
    )
    other = run(
        "facility", "request", order, "400,000.00", *ours, "--funder", bank, "--purchase", purchase
    )
    assert refused("facility", "decline", other, *theirs) == "facility-unknown"
    run("facility", "decline", other, "--reason", "limit", *checker)
    assert "declined" in run("facility", "list", bank)
    terms = run(
        "facility", "propose", name, *funder, "--limit", "400,000.00", "--rate", "6",
        "--available-until", _day(node, 1), "--repay-on", _day(node, 1), "--account", account,
    )  # fmt: skip
    assert refused("facility", "approve", terms, *funder) == "not-entitled"
    run("facility", "approve", terms, *checker)
    run("facility", "accept", name, *ours)
    assert refused("facility", "draw", name, purchase, "150,000.01", *ours) == "not-drawable"
    advance = run("facility", "draw", name, purchase, "150,000.00", *ours)
    run("facility", "instruct", name, advance, *funder)
    record = home / "record.xml"
    record.write_bytes(b"%PDF-1.7\npaid")
    told = ("--evidence", str(record), "--paid-at", _now(node))
    assert refused("facility", "paid", name, advance, *told, *ours) == "facility-unknown"
    run("facility", "paid", name, advance, *told, *theirs)
    record.write_bytes(b"%PDF-1.7\nrepaid")
    run("facility", "repaid", name, "50,000.00", *told, *funder)
    assert refused("facility", "repaid", name, "1.00", *told, *funder) == "evidence-used"
    listed = run("facility", "list", bank)
    assert "100,000.00" in listed
    assert "accepted" in listed
    _read(home, name, (seller, bank), mill)
    run("audit")


def _account(home: Path, seller: str, bank: str, funder: tuple[str, str]) -> str:
    """Where the seller is paid: kept and attested by the bank, named by two officers."""
    clerk = person(home, seller, "finance")
    officers = [person(home, seller, role) for role in ("administrator", "security-administrator")]
    run("member", "found", seller, "--author", f"300:{root}")
    file = home / "details.json"
    file.write_text(json.dumps({"holder": "Seller", "number": "6222020200041231234"}))
    name = run(
        "account", "register", str(file), "--bank-code", "102100099996", "--bank", bank, *clerk
    )
    run("account", "attest", name, *funder)
    proposal = run("account", "payee", name, *officers[0]).split()
    (named,) = [word.strip(".") for word in proposal if len(word.strip(".")) == 64]
    run("account", "approve", named, *officers[1])
    return name


def _order(makers: dict[str, tuple[str, str]], buyer: str, seller: str, amount: int) -> str:
    """An order of one piece under a contract, both accepted by the seller."""
    contract = finance.Contract(
        number="C-1", buyer=buyer, seller=seller, currency="CNY", payment_days=90,
        signed_on="2026-01-01", valid_from="2026-01-01",
    )  # fmt: skip
    line = finance.OrderLine(line=1, quantity=1, price=finance.Price(amount=amount))
    order = finance.Order(
        number="PO-1", buyer=buyer, seller=seller, contract=f"{buyer}#C-1", currency="CNY",
        ordered_on="2026-01-02", lines=(line,),
    )  # fmt: skip
    bodies: Sequence[tuple[str, Body]] = (
        ("finance.contract/1", contract),
        ("finance.order/1", order),
    )
    for kind, body in bodies:
        index = saying.say(kind, body, saying.Person(makers[buyer][1]))
        assert index is not None
        with Node.existing(Settings()).reader.open() as snapshot:
            proposal = snapshot.row(index).payload_hash.hex()
        answer = finance.Agree(proposal=proposal)
        saying.say("finance.agree/1", answer, saying.Person(makers[seller][1]))
    return f"{buyer}#PO-1"


def _now(node: Node) -> str:
    with node.reader.open() as snapshot:
        row: Any = snapshot.view.get("log", "block")
    return str(row["time"])


def _day(node: Node, years: int) -> str:
    """The first of January, so many years after the next."""
    return f"{int(_now(node)[:4]) + years}-01-01"


def _read(home: Path, name: str, parties: Sequence[str], supplier: str) -> None:
    """Borrower and funder get it over HTTP and on pages in both languages; the supplier what it was paid, no more."""
    readers = Readers(home)
    with TestClient(create_app(Node.existing(Settings()))) as client:
        for number, firm in enumerate(parties):
            bearer = {"Authorization": f"Bearer {readers.add(f'r{number}', firm)}"}
            found = client.get(f"/finance/v1/facilities/{name}", headers=bearer).json()
            assert (found["owed"], found["unbought"], found["drawable"]) == (10_000_000, 0, 0)
            listed = client.get("/finance/v1/facilities", headers=bearer).json()
            assert name in [one["name"] for one in listed["facilities"]]
            for language, title in (("en", "Order financing"), ("zh", "订单融资")):
                page = client.get(f"/facilities?lang={language}", headers=bearer)
                assert title in page.text
                assert client.get(f"/facilities/{name}?lang={language}", headers=bearer).is_success
        bearer = {"Authorization": f"Bearer {readers.add('mill', supplier)}"}
        for one in (name, "0" * 64):
            told = client.get(f"/finance/v1/facilities/{one}", headers=bearer)
            assert told.status_code == 404
        assert client.get("/finance/v1/facilities", headers=bearer).json()["facilities"] == []
        (paid,) = client.get("/finance/v1/advances", headers=bearer).json()["advances"]
        assert paid["advance"]["amount"] == 15_000_000
        assert "150,000.00" in client.get("/facilities?lang=en", headers=bearer).text
