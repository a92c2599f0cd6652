"""What `tallystick device` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.app.devices.desk import Desk
from tests.ledger.world import World, core
from typer.testing import CliRunner, Result

from tallystick.app.cli import cli
from tallystick.identity import AddDevice
from tallystick.identity.directory import UnknownParty

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
