"""What others wrote is shown on a terminal as text: it is no markup, moves no cursor, and ends no command."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.witness.test_commands import run
from tests.ledger.witness.history import key

from tallystick.app import main
from tallystick.app.files import FileUnreadable
from tallystick.app.readers import Readers
from tallystick.app.witness import cli as witness_cli
from tallystick.ledger import Verifier

closing = "log.example/[/bold]"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / "home"))


def said(error: Exception, capsys: pytest.CaptureFixture[str]) -> str:
    """What `tallystick` says of an error that a command raised."""

    def fails() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        main.spoken(fails)
    assert ended.value.code == main.could_not_exit
    return capsys.readouterr().err.replace("\n", " ")


def test_an_error_names_what_it_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    """A closing tag in a file's name ended any command in a traceback, with the exit code of a broken promise."""
    assert "x/[/red]" in said(FileUnreadable("x/[/red]"), capsys)
    assert "[green]fine[/green]" in said(FileUnreadable("[green]fine[/green]"), capsys)


def test_an_error_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(FileUnreadable("x\x1b[2J\u202ey\r 证明\u3000书"), capsys)
    assert "x\\x1b[2J\\u202ey\\r" in shown
    assert "证明\u3000书" in shown


def test_origins_and_names_of_others_are_listed() -> None:
    log = Verifier(closing, key(closing).public)
    for words in (
        ("witness", "init", "--name", "witness.example/[/w]"),
        ("witness", "add-log", log.encode()),
        ("witness", "status"),
        ("reader", "list"),
    ):
        done = run(*words)
        assert done.exit_code in (0, witness_cli.lost_exit), (words, done.exception)
        assert done.exception is None or isinstance(done.exception, SystemExit), words
    assert "[/bold]" in run("witness", "status").stdout.replace("\n", "")


def test_readers_are_listed_and_removed(tmp_path: Path) -> None:
    Readers(tmp_path / "home").add("bank[/b]", None)
    assert "bank[/b]" in run("reader", "list").stdout
    assert "bank[/b]" in run("reader", "remove", "bank[/b]").stdout
