"""What `tallystick device` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.app.devices.desk import Desk, gate
from tests.identity.devices.enrolled import administrator
from tests.ledger.world import World, core, key
from typer.testing import CliRunner, Result

from tallystick.app.cli import cli
from tallystick.app.devices import approving, on_device
from tallystick.app.devices import cli as device_cli
from tallystick.app.enrolling.errors import EnrolmentMalformed
from tallystick.identity import AddDevice
from tallystick.identity.directory import UnknownParty
from tallystick.scanners import NodeClient

count = 214


def show(device: str) -> Result:
    return CliRunner().invoke(cli, ["device", "show", device])


def line(number: int) -> str:
    return f"99.100.1/line-{number}"


def add_lines(world: World) -> None:
    with world.together():
        for number in range(1, count + 1):
            body = AddDevice(device=line(number), organisation=core, purpose="scanner")
            world.add(core, "identity.device.add/1", body)


def test_one_of_many_is_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It was looked for on the page behind its name without the last letter, and 200 others stood on that page."""
    add_lines(desk.world)
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", desk.world.url)
    for number in (1, 2, 99, 200, count):
        found = show(line(number))
        assert found.exit_code == 0, found.exception
        told: dict[str, Any] = json.loads(found.output)
        assert (told["device"], told["class"]) == (line(number), "scanner")
    unknown = show(line(count + 1))
    assert unknown.output == ""
    assert isinstance(unknown.exception, UnknownParty)


def test_a_fresh_key_by_commands(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", desk.world.url)
    monkeypatch.setattr(on_device, "NodeClient", lambda _url: NodeClient("", desk.client))
    monkeypatch.setattr(device_cli, "enrolments", lambda: desk.enrolments)
    for module in (approving, on_device):
        monkeypatch.setattr(module, "SystemClock", lambda: desk.world.clock)
    folder, own = tmp_path / "device", tmp_path / "me.pem"
    key(f"300:{administrator}").private.save(own)

    def run(*told: str) -> Result:
        return CliRunner().invoke(cli, ["device", *told])

    def approved(known: str, *more: str) -> Result:
        author = ("--author", f"300:{administrator}", "--author-key", str(own), "--yes")
        return run("approve", known, *author, *more)

    begun = ["--into", str(folder), "--minutes", "0"]
    run("enrol", desk.invite()["address"], "--name", "Gate 1", *begun)
    (waits,) = desk.enrolments.waiting(core)
    assert approved(waits.row.id, "--device", gate).exit_code == 0
    assert f"Enrolled as {gate}" in run("enrol", *begun).output

    asked = run("renew", *begun)
    assert asked.exit_code == 1
    assert "Nobody has approved it yet" in asked.output
    # The table folds at the width of a terminal.
    assert "instead of" in " ".join(run("requests", core).output.replace("│", " ").split())
    (waits,) = desk.enrolments.waiting(core)
    other = approved(waits.row.id, "--device", "99.100.1/other")
    assert isinstance(other.exception, EnrolmentMalformed)
    said = approved(waits.row.id)
    assert said.exit_code == 0, said.output
    assert f"a fresh key in the place of 300:{gate}" in said.output
    assert f"The key is 301:{gate} from entry" in run("renew", *begun).output
    with desk.world.reader.open() as snapshot:
        keys: Any = snapshot.view.group("key", gate)
    assert keys["300"]["replaced_by"] == f"301:{gate}"
