"""A node publishes a calendar, and a firm has its account proven and changed, by commands; on both databases."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rich.console import Console
from typer.testing import CliRunner, Result

from tallystick.app.accounts import cli as account_cli
from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.calendars import cli as calendar_cli
from tallystick.app.cli import cli
from tallystick.app.http import create_app
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.people import member_cli, saying
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.finance import accounts
from tallystick.ledger import TallystickError

root = "99/O-ROOT000000000"
number = "6222020200041231234"


@pytest.fixture
def home(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", database_url)
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    for module in (member_cli, saying, account_cli, calendar_cli):
        monkeypatch.setattr(module, "console", Console(width=300))
    return tmp_path


def result(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def run(*arguments: str) -> str:
    told = result(*arguments)
    assert told.exit_code == 0, (told.output, told.exception)
    return told.output.strip()


def refused(*arguments: str) -> str:
    error = result(*arguments).exception
    assert isinstance(error, TallystickError), error
    return error.code


def person(home: Path, firm: str, *roles: str) -> tuple[str, str]:
    """`--author` with a new person of the firm, registered by the root."""
    by = ("--author", f"300:{root}")
    given = [part for role in roles for part in ("--role", role)]
    handle = run("member", "add", firm, *given, *by)
    file = home / f"{handle[-4:]}.pem"
    run("key", "new", str(file))
    run("key", "add", f"300:{handle}", "--new-key", str(file), *by)
    return "--author", f"300:{handle}={file}"


def proposal_in(text: str) -> str:
    found = re.search(r"[0-9a-f]{64}", text)
    assert found is not None, text
    return found[0]


def test_by_commands(home: Path) -> None:
    node = Node.at(Settings())
    node.create(NewLog("accounts.example", "99/L-LOG0000000000", root, {"en": "R"}))
    with node.writer() as ledger:
        firm = register_organisation(node, ledger, NewOrganisation({"en": "Firm"}, "supplier"))
    maker, checker = person(home, root, "maker"), person(home, root, "checker")
    _calendar(home, maker, checker)
    clerk = person(home, firm, "finance")
    officers = person(home, firm, "administrator"), person(home, firm, "security-administrator")
    run("member", "found", firm, "--author", f"300:{root}")
    first = _registered(home, clerk, number)
    assert refused("account", "payee", first, *officers[0]) == "account-wrong-status"
    _proven(home, first, maker, clerk)
    named = proposal_in(run("account", "payee", first, *officers[0]))
    assert refused("account", "approve", named, *officers[0]) == "same-person"
    run("account", "approve", named, *officers[1])
    second = _registered(home, clerk, "6222020200045678")
    _proven(home, second, maker, clerk)
    change = proposal_in(run("account", "payee", second, *officers[1]))
    run("account", "approve", change, *officers[0])
    listed = run("account", "list", firm)
    assert f"CNY is paid to {first}" in listed
    assert "****5678" in listed
    assert number not in listed
    assert f"on to {second}" in listed
    _over_http(home, firm, first, change)
    run("account", "cancel", change, *officers[1])
    assert f"on to {second}" not in run("account", "list", firm)
    run("account", "close", second, *officers[0])
    run("audit")


def _calendar(home: Path, maker: tuple[str, str], checker: tuple[str, str]) -> None:
    assert '"2026-02-14"' in run("calendar", "import", "CN-2026")
    told = run("calendar", "propose", "CN-2026", *maker)
    proposal = proposal_in(told)
    assert refused("calendar", "approve", proposal, *maker) == "not-entitled"
    run("calendar", "approve", proposal, *checker)
    name = f"{root}#CN"
    assert name in run("calendar", "list")
    assert "国办发明电〔2025〕7号" in run("calendar", "show", name)
    assert '"2026-10-10"' in run("calendar", "show", name, "--year", "2026")
    assert refused("calendar", "show", name, "--year", "2020") == "calendar-unknown"
    told = run("calendar", "check", name, "2026-10-01", "--add", "-5")
    assert "no business day" in told
    assert "2026-10-08" in told
    assert "2026-09-23" in told
    assert "provisional" in run("calendar", "check", name, "2027-10-01")
    bad = home / "bad.csv"
    bad.write_bytes(b"\xff\xfe")
    assert refused("calendar", "import", str(bad)) == "calendar-file-wrong"


def _registered(home: Path, clerk: tuple[str, str], told: str) -> str:
    file = home / "details.json"
    file.write_text(json.dumps({"holder": "Firm Ltd", "number": told}))
    wrong = ("account", "register", str(file), "--bank-code", "102100099995", *clerk)
    assert refused(*wrong) == "account-refused"
    return run("account", "register", str(file), "--bank-code", "102100099996", *clerk)


def _proven(home: Path, name: str, node: tuple[str, str], clerk: tuple[str, str]) -> None:
    secret = home / f"{name[-2:]}.secret"
    told = run("account", "challenge", name, str(secret), *node)
    amount = json.loads(secret.read_bytes())["amount_minor"]
    assert f"Pay {amount} minor units" in told
    run("account", "answer", name, str(amount), *clerk)
    run("account", "reveal", str(secret), *node)


def _over_http(home: Path, firm: str, first: str, change: str) -> None:
    readers = Readers(home)
    mine, other = (
        {"Authorization": f"Bearer {readers.add(name, whose)}"}
        for name, whose in (("mine", firm), ("other", "99/O-OTHER00000000"))
    )
    with TestClient(create_app(Node.existing(Settings()))) as client:
        listed = client.get("/v1/accounts", headers=mine)
        assert {row["name"] for row in listed.json()["accounts"]} >= {first}
        assert number not in listed.text
        one = client.get(f"/v1/accounts/{first.replace('#', '%23')}", headers=mine).json()
        assert (one["shown"], one["account"]["status"]) == ("****1234", "confirmed")
        (payee,) = client.get("/v1/accounts/payees", headers=mine).json()["payees"]
        assert payee["change"]["rule"] in ("business-days", "calendar-days")
        changes = client.get("/v1/accounts/changes", headers=mine).json()["changes"]
        assert change in {row["proposal"] for row in changes}
        hidden = client.get(f"/v1/accounts/{first.replace('#', '%23')}", headers=other)
        unknown = client.get(f"/v1/accounts/{firm}%23A-999", headers=other)
        assert (hidden.status_code, unknown.status_code) == (404, 404)
        assert client.get("/v1/accounts", headers=other).json()["accounts"] == []
        assert client.get("/v1/accounts").status_code == 404
        assert (
            client.get("/v1/accounts", params={"organisation": firm}, headers=other).status_code
            == 404
        )
        assert accounts.details_type not in client.get("/v1/accounts", headers=other).text
        name = f"{root}%23CN"
        assert client.get("/v1/calendars").json()["calendars"][0]["version"] == 1
        assert client.get(f"/v1/calendars/{name}").json()["versions"][0]["year"] == 2026
        day = client.get(
            f"/v1/calendars/{name}/days/2026-10-01", params={"business_days": 1}
        ).json()
        assert (day["business"], day["rolled"], day["added"]["on"]) == (
            False,
            {"on": "2026-10-08", "provisional": False},
            "2026-10-08",
        )
        for path, status in (
            (f"/v1/calendars/{root}%23DE", 422),
            (f"/v1/calendars/{name}/days/2026-02-30", 422),
            (f"/v1/calendars/{name}/days/2026-10-01?version=9", 422),
            (f"/v1/calendars/{name}/days/2026-10-01?business_days=9999", 422),
        ):
            assert client.get(path).status_code == status, path
