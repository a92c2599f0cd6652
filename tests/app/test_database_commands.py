"""`tallystick database`, `migrate` and `sequencer` on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from tests import postgres
from tests.ledger.world import World, rules_with_notes
from typer.testing import CliRunner

from tallystick.app.cli import cli
from tallystick.ledger import SequencerBusy, StandbysTooFew, Store, TallystickError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    return tmp_path / "home"


@pytest.fixture
def role(postgres_url: str, monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[str]:
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", postgres_url)
    name = f"cli-{make_url(postgres_url).database}"
    with postgres.connect(make_url(postgres_url)) as connection:
        connection.execute(f'CREATE ROLE "{name}" LOGIN')
        yield name
        connection.execute(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')


def test_roles_are_granted_and_granted_again_by_migrate(role: str, postgres_url: str) -> None:
    """A table of a later release would else be closed to the application."""
    told = CliRunner().invoke(cli, ["database", "roles", "--application", role])
    assert told.exit_code == 0, told.output
    assert "may change or remove none" in " ".join(told.output.split())
    with postgres.connect(make_url(postgres_url)) as connection:
        connection.execute(f'REVOKE ALL ON outbox FROM "{role}"')
    assert CliRunner().invoke(cli, ["migrate"]).exit_code == 0
    with psycopg.connect(
        make_url(postgres_url).set(username=role).render_as_string(hide_password=False)
    ) as connection:
        assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


def _error(*arguments: str) -> TallystickError:
    found = CliRunner().invoke(cli, list(arguments)).exception
    assert isinstance(found, TallystickError)
    return found


def test_on_sqlite_there_are_no_roles(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "")
    assert _error("database", "roles", "--application", "x").code == "roles-not-here"
    monkeypatch.setenv("TALLYSTICK_STANDBYS_REQUIRED", "1")
    assert isinstance(_error("migrate"), StandbysTooFew)


def test_a_sequencer_needs_a_log_an_address_and_to_be_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "")
    assert _error("sequencer", "--no-worker").code == "no-log"
    made = CliRunner().invoke(cli, ["init", "--origin", "log.example/alone"])
    assert made.exit_code == 0, made.output
    assert _error("sequencer", "--no-worker", "--listen", "ftp://x").code == "sequencer-address"
    other = Store(f"sqlite:///{home / 'ledger.sqlite3'}")
    with other.alone():
        assert isinstance(_error("sequencer", "--no-worker"), SequencerBusy)
    other.close()


def test_a_receipt_of_an_unknown_grade_is_refused(tmp_path: Path, sqlite_url: str) -> None:
    from tallystick.ledger import ReceiptRefused
    from tallystick.ledger.receipt import receipt_grade, signed_payload

    world = World(sqlite_url, tmp_path / "w", rules=rules_with_notes())
    world.populate()
    receipt = world.ledger.receipt(world.ledger.append(world.mint(1)))
    assert receipt_grade(signed_payload(receipt)) == "durable"
    for wrong in ({}, {"grade": "final"}, {"grade": 1}, {"grade": None}):
        with pytest.raises(ReceiptRefused):
            receipt_grade(wrong)
