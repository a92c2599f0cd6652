"""`tallystick --help` and `--version` load no product, and list what there is."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from typing import Any

import pytest
import typer.main
from tests.patience import patience_s

from tallystick import finance
from tallystick.app import cli as whole
from tallystick.app import main
from tallystick.app.settings import Settings

#: What takes the time: databases, web servers, pictures, spreadsheets, rich text, our own parts.
heavy = ("fastapi", "sqlalchemy", "PIL", "fontTools", "httpx", "rich", "pydantic", "openpyxl")
ours = ("tallystick.ledger", "tallystick.finance", "tallystick.app.bootstrap")
modules_max = 330
show = (
    "import sys, atexit; atexit.register(lambda: print('\\n'.join(sys.modules), file=sys.stderr))"
)


def run(*words: str) -> tuple[str, set[str], int]:
    """Output, the modules that were loaded, and the exit code."""
    code = f"{show}; sys.argv = ['tallystick', *{words!r}]; from tallystick.app.main import main; main()"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "COLUMNS": "200", "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
    )
    return told.stdout, set(told.stderr.splitlines()), told.returncode


@cache
def commands() -> dict[str, Any]:
    return dict(typer.main.get_command(whole.cli).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("words", [("--help",), ("--version",), ()])
def test_help_and_version_load_no_product(words: tuple[str, ...]) -> None:
    said, modules, _ = run(*words)
    assert said or not words
    assert [name for name in (*heavy, *ours) if name in modules] == []
    assert len(modules) < modules_max


def test_help_lists_every_command_with_its_sentence() -> None:
    said, _, code = run("--help")
    assert code == 0
    assert main.about in said
    for name, (_, help_text) in main.commands.items():
        assert f"{name} " in said
        assert help_text in " ".join(said.split())


def test_the_version_is_the_packages() -> None:
    assert run("--version")[0] == f"tallystick {version('tallystick')}\n"


def test_the_list_is_that_of_the_commands_themselves() -> None:
    """Whoever adds a command to `cli.py` adds its line to `main.py`."""
    tree = commands()
    told = {name: help_text for name, (_, help_text) in main.commands.items()}
    assert told == {name: (found.help or "").partition("\n\n")[0] for name, found in tree.items()}


@pytest.mark.parametrize("name", list(main.commands))
def test_each_line_leads_to_its_command(name: str) -> None:
    tree = commands()
    found, listed = main.load(name), tree[name]
    assert (found.name, found.help) == (listed.name, listed.help)
    assert [one.name for one in found.params] == [one.name for one in listed.params]
    inner = getattr(listed, "commands", {})
    assert list(getattr(found, "commands", {})) == list(inner)


@pytest.mark.parametrize("name", ["log", "reader", "receipt", "witness", "mirror"])
def test_a_command_loads_no_server_no_pictures_and_no_worker(name: str) -> None:
    _, modules, code = run(name, "--help")
    assert code == 0
    others = ("fastapi", "uvicorn", "PIL", "zxingcpp", "openpyxl", "celery", "prometheus_client")
    assert [found for found in others if found in modules] == []


def test_a_command_that_does_not_exist_is_a_sentence() -> None:
    said, modules, code = run("lgo")
    assert (code, said) == (2, "")
    assert "sqlalchemy" not in modules


def test_a_wrong_input_is_named_and_is_no_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number that no document may have was told as a setting of the node."""

    def told(run: Any) -> str:
        with pytest.raises(SystemExit) as ended:
            main.spoken(run)
        assert ended.value.code == main.could_not_exit
        return capsys.readouterr().err

    said = told(lambda: finance.Agree(proposal="x"))
    assert ("input: proposal: " in said, "TALLYSTICK" in said) == (True, False)
    monkeypatch.setenv("TALLYSTICK_PORT", "many")
    assert "settings: TALLYSTICK_PORT: " in told(Settings)


def test_the_collector_sleeps_while_a_command_is_loaded_and_not_while_it_works() -> None:
    """What was loaded is set aside; a long command collects its own cycles as ever."""
    code = (
        "import atexit, gc, sys; sys.argv = ['tallystick', 'log', 'checkpoint', '--help']; "
        "atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > 100_000)); "
        "from tallystick.app.main import main; main()"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=patience_s, check=True
    )
    assert told.stdout.splitlines()[-1] == "True True"
