"""Tokens that the operator gives: for an organisation they end, and what has ended is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.app.machines.conftest import Asked
from typer.testing import CliRunner

from tallystick.app.cli import cli
from tallystick.app.readers import (
    Readers,
    ReadersDamaged,
    TokenDaysRefused,
    TokenExpired,
    token_days_max,
)
from tallystick.ledger import SetClock, SystemClock, instant

start = "2026-03-01T08:00:00.000Z"
day_ms = 24 * 3600 * 1000
firm = "99.100/O-FIRM000000000"


def made(home: Path) -> tuple[Readers, SetClock]:
    clock = SetClock(start)
    return Readers(home, clock), clock


@pytest.mark.parametrize(("days", "last"), [(None, 7), (1, 1), (token_days_max, 90)])
def test_a_token_for_an_organisation_ends(tmp_path: Path, days: int | None, last: int) -> None:
    readers, clock = made(tmp_path)
    token = readers.add("erp", firm, days=days)
    assert readers.all()[0].until == instant(clock.now_ms() + last * day_ms)
    clock.advance(last * day_ms - 1)
    assert readers.of_token(token).may_read("parties", (firm,))
    clock.advance(1)
    with pytest.raises(TokenExpired, match="erp read until 2026-"):
        readers.of_token(token)
    # The same name again, with another token.
    readers.remove("erp")
    assert readers.of_token(readers.add("erp", firm))
    assert readers.all()[0].until == instant(clock.now_ms() + 7 * day_ms)


@pytest.mark.parametrize("days", [0, -1, token_days_max + 1, 10**9])
def test_no_token_is_given_for_longer(tmp_path: Path, days: int) -> None:
    readers, _ = made(tmp_path)
    for organisation in (firm, None):
        with pytest.raises(TokenDaysRefused):
            readers.add("erp", organisation, days=days)
    assert readers.all() == ()


def test_who_reads_everything_has_an_end_only_if_it_was_given_one(tmp_path: Path) -> None:
    readers, clock = made(tmp_path)
    mirror, guest = readers.add("mirror", None), readers.add("guest", None, days=2)
    clock.advance(2 * day_ms)
    assert readers.of_token(mirror).may_read("restricted")
    with pytest.raises(TokenExpired):
        readers.of_token(guest)


def test_rows_from_before_have_no_end_and_a_false_end_is_none(tmp_path: Path) -> None:
    readers, clock = made(tmp_path)
    token = readers.add("erp", firm)
    file = tmp_path / "readers.json"
    told = json.loads(file.read_text())
    del told["readers"][0]["until"]
    file.write_text(json.dumps(told))
    clock.advance(1000 * day_ms)
    assert Readers(tmp_path, clock).of_token(token)
    for wrong in ("tomorrow", 7, "2026-03-01"):
        told["readers"][0]["until"] = wrong
        file.write_text(json.dumps(told))
        with pytest.raises(ReadersDamaged):
            Readers(tmp_path, clock).of_token(token)


def test_over_http_it_is_refused_by_name(asked: Asked) -> None:
    """Nothing of it is read as the public may: whoever has it learns that it ended."""
    past = SetClock(instant(SystemClock().now_ms() - 8 * day_ms))
    folder = asked.node.settings.folder
    old, new = (
        Readers(folder, past).add("old-one", asked.organisation),
        Readers(folder).add("new-one", asked.organisation),
    )
    answers = {}
    for name, token in (("old", old), ("new", new)):
        headers = {"Authorization": f"Bearer {token}"}
        answer = asked.client.get("/finance/v1/certificates", headers=headers)
        answers[name] = (answer.status_code, answer.json().get("code"))
    assert answers == {"old": (401, "token-expired"), "new": (200, None)}


def test_as_an_operator_types_it(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = asked.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.home))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    run = CliRunner()
    add = ["reader", "add", "typed", "--as", asked.organisation, "--days"]
    for days in ("0", "91"):
        assert isinstance(run.invoke(cli, [*add, days]).exception, TokenDaysRefused)
    assert run.invoke(cli, [*add, "30"]).exit_code == 0
    assert run.invoke(cli, ["reader", "add", "endless", "--everything"]).exit_code == 0
    ends = {one.name: one.until for one in Readers(settings.folder).all()}
    assert ends["endless"] is None
    listed = " ".join(run.invoke(cli, ["reader", "list"], env={"COLUMNS": "200"}).output.split())
    assert f"typed │ {asked.organisation} │ {ends['typed']}" in listed
    assert "endless │ everything │ no end" in listed
