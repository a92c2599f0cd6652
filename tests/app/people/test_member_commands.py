"""A firm founds itself by commands: two officers, a maker by two, amount tiers, a suspension, an end."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rich.console import Console
from typer.testing import CliRunner, Result

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.cli import cli
from tallystick.app.http import create_app
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.people import member_cli, pending_cli, saying
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.ledger import TallystickError


@pytest.fixture
def home(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    for module in (member_cli, pending_cli, saying):
        monkeypatch.setattr(module, "console", Console(width=250))
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


def made() -> tuple[str, str]:
    """A node, and a firm whose key the node holds; the firm and a key of its own."""
    node = Node.at(Settings())
    node.create(NewLog("people.example", "99/L-LOG0000000000", "99/O-ROOT000000000", {"en": "R"}))
    with node.writer() as ledger:
        firm = register_organisation(node, ledger, NewOrganisation({"en": "Firm"}, "core"))
    return firm, f"300:{firm}"


def by(home: Path, person: str) -> tuple[str, ...]:
    return ("--author", f"300:{person}={home / f'{person[-4:]}.pem'}")


def person(home: Path, firm: str, *roles: str, author: tuple[str, ...]) -> str:
    given = [part for role in roles for part in ("--role", role)]
    handle = run("member", "add", firm, *given, *author)
    file = home / f"{handle[-4:]}.pem"
    run("key", "new", str(file))
    run("key", "add", f"300:{handle}", "--new-key", str(file), *author)
    return handle


def test_a_firm_founds_itself(home: Path) -> None:
    firm, held = made()
    # What the node holds registers nobody: a key of the firm's own does.
    assert refused("member", "add", firm, "--role", "maker", "--author", held) == "own-key-required"
    root = ("--author", "300:99/O-ROOT000000000")
    one = person(home, firm, "administrator", author=root)
    two = person(home, firm, "security-administrator", author=root)
    mode = (home / f"{one[-4:]}.pem").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    run("member", "found", firm, *root)
    assert refused("member", "add", firm, "--role", "warehouse", *root) == "not-entitled"
    worker = person(home, firm, "warehouse", author=by(home, one))
    told = run("member", "roles", worker, "--role", "maker", *by(home, one))
    proposal = told.split("approve ")[1].split()[0]
    assert proposal in run("pending", "list", firm)
    assert '"maker"' in run("pending", "show", proposal)
    assert refused("pending", "approve", proposal, *by(home, one)) == "same-person"
    run("pending", "approve", proposal, *by(home, two))
    assert run("pending", "list", firm) == "Nothing waits."
    assert "done" in run("pending", "list", firm, "--all")
    assert "maker" in run("member", "list", firm)
    run("member", "suspend", worker, "--reason", "suspected", *by(home, two))
    assert "suspended: suspected" in run("member", "list", firm)
    readmission = run("member", "readmit", worker, *by(home, one)).split("approve ")[1].split()[0]
    run("pending", "refuse", readmission, *by(home, two))
    withdrawn = run("member", "control", "--tier", "CNY:100000:2:2", *by(home, one))
    run("pending", "withdraw", withdrawn.split("approve ")[1].split()[0], *by(home, one))
    gone = run("member", "dismiss", worker, *by(home, one)).split("approve ")[1].split()[0]
    run("pending", "approve", gone, *by(home, two))
    assert worker not in run("member", "list", firm)
    run("audit")
    _told_over_http(home, firm, one, proposal)


def _told_over_http(home: Path, firm: str, one: str, proposal: str) -> None:
    node = Node.existing(Settings())
    readers = Readers(home)
    mine, other = readers.add("mine", firm), readers.add("other", "99/O-ROOT000000000")
    with TestClient(create_app(node)) as client:
        told = {"Authorization": f"Bearer {mine}"}
        people = client.get("/v1/people", headers=told).json()
        assert one in {row["person"] for row in people["people"]}
        page = client.get("/v1/people", params={"limit": 1}, headers=told).json()
        assert len(page["people"]) == 1
        after = {"limit": 1, "after": page["next"]}
        assert (
            client.get("/v1/people", params=after, headers=told).json()["people"] != page["people"]
        )
        waiting = client.get("/v1/pending", params={"open": True}, headers=told).json()
        assert waiting == {"pending": [], "next": None}
        assert client.get(f"/v1/pending/{proposal}", headers=told).json()["state"] == "done"
        for path in ("/v1/people", "/v1/pending", f"/v1/pending/{proposal}"):
            asked = {"organisation": firm}
            stranger = {"Authorization": f"Bearer {other}"}
            for headers in ({}, stranger):
                answer = client.get(path, params=asked, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (404, "not-readable")


@pytest.mark.parametrize(
    "tier",
    [
        "CNY",
        "CNY:1:1",
        "CNY:1:1:1",
        "cny:1:2",
        "CNY:-1:2",
        "CNY:1:6",
        "CNY:x:2",
        "CNY:1:2:3",
        "CNY:1:2:2:2",
        "CNY:１:2",
    ],
)
def test_a_tier_in_no_form(operator: str, tier: str) -> None:
    assert refused("member", "control", "--tier", tier, "--author", operator) == "member-refused"


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The key of the root of a node."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TALLYSTICK_HOME", str(tmp_path_factory.mktemp("home")))
        patched.setenv("TALLYSTICK_DATABASE_URL", "")
        patched.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
        made()
        yield "300:99/O-ROOT000000000"
