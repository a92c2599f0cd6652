"""An application by the operator's commands: looked at, a paper taken out, a person made by hand, and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console
from tests.app.applications.office import form, opened, pdf
from tests.ledger.world import key, supplier
from typer.testing import CliRunner

from tallystick.app.applications import cli as commands
from tallystick.app.applications.errors import PaperRefused
from tallystick.app.cli import cli


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["organisation", *arguments])
    assert done.exit_code == 0, (arguments, done.output, done.exception)
    return done.output


def test_an_application_is_looked_at_and_refused_by_commands(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "console", Console(width=250))
    with opened(tmp_path, sqlite_url) as office:
        monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / "node"))
        monkeypatch.setenv("TALLYSTICK_DATABASE_URL", sqlite_url)
        applicant = office.begin().complete()
        state = applicant.call("GET").json()
        # A person by command, with a key of its own, is as good as one of the page.
        roles = ("administrator", "security-administrator")
        people = []
        for place, role in enumerate(roles):
            handle, file = state["persons"][place], tmp_path / f"{role}.pem"
            key(f"300:{handle}").private.save(file)
            told = run(
                "person", state["organisation"], handle, "--key-file", str(file), "--role", role,
                "--origin", office.world.ledger.origin,
            )  # fmt: skip
            people.append(json.loads(told))
        assert applicant.call("PUT", "/people", json=people).status_code == 200
        assert applicant.call("POST", "/submission").status_code == 200
        assert applicant.number in run("applications")
        shown = json.loads(run("application", applicant.number))
        assert shown["form"]["bank_code"] == form["bank_code"]
        paper = next(one for one in shown["papers"] if one["kind"] == "bank-account")
        run("paper", applicant.number, paper["id"], str(tmp_path / "paper.pdf"))
        assert (tmp_path / "paper.pdf").read_bytes() == pdf
        run("refuse", applicant.number, "--reason", "sanctions", "--text", "Not with us.")
        own = applicant.call("GET").json()
        assert (own["state"], own["reason"]) == ("refused", "sanctions")
        gone = CliRunner().invoke(
            cli, ["organisation", "paper", applicant.number, paper["id"], str(tmp_path / "again")]
        )
        assert gone.exit_code != 0
        assert not (tmp_path / "again").exists()


def test_an_authorisation_is_handed_in_with_its_end(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for before anything is signed."""
    file, pem, draft = (tmp_path / name for name in ("paper.pdf", "supplier.pem", "draft"))
    file.write_bytes(pdf)
    key(f"300:{supplier}").private.save(pem)
    author = ("--author", f"300:{supplier}={pem}", "--draft", str(draft))
    words = ("hand-papers", supplier, *author, "--paper")
    with opened(tmp_path, sqlite_url):
        monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / "node"))
        monkeypatch.setenv("TALLYSTICK_DATABASE_URL", sqlite_url)
        told = CliRunner().invoke(cli, ["organisation", *words, f"agent-authorisation={file}"])
        assert isinstance(told.exception, PaperRefused)
        assert "agent-authorisation=FILE@2026-12-31" in told.exception.detail
        assert not draft.exists()
        for paper in (f"agent-authorisation={file}@2099-12-31", f"business-licence={file}"):
            run(*words, paper)
            assert draft.exists()
            draft.unlink()


@pytest.mark.parametrize("code", ["999999900010", "99999990001", "DEUTDE", "deutdeff", "000"])
def test_a_bank_code_that_is_none_is_refused(code: str, tmp_path: Path, sqlite_url: str) -> None:
    with opened(tmp_path, sqlite_url) as office:
        applicant = office.begin()
        answer = applicant.call("PUT", json={**form, "bank_code": code})
        assert (answer.status_code, answer.json()["code"]) == (400, "application-malformed")
        applicant.call(
            "PUT", json={name: told for name, told in form.items() if name != "bank_code"}
        )
        assert "bank_code" in applicant.state["missing"]
