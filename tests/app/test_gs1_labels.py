"""`tallystick label --gs1`: the Digital Link of a record's GTIN and serial, on paper and back."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from tests.ledger.world import World, core
from typer.testing import CliRunner

import tallystick.scanners as scanners
from tallystick.app.bootstrap import rule_set
from tallystick.app.scan_cli import label
from tallystick.identity import ClaimName, CreateHandles, HandleRecord, HandleValue

cli = typer.Typer()
cli.command()(label)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    world = World(f"sqlite:///{tmp_path / 'ledger.sqlite3'}", tmp_path, rule_set())
    world.populate()
    stated = HandleValue(index=1, type="TALLYSTICK.GS1", data="/01/09521234543213/10/L/21/S-2")
    records = (
        HandleRecord(handle="99.100.1/CLAIMED", values=()),
        HandleRecord(handle="99.100.1/STATED", values=(stated,)),
        HandleRecord(handle="99.100.1/PLAIN", values=()),
    )
    world.add(core, "identity.handle.create/1", CreateHandles(handles=records))
    code = "09521234543213(21)S/1"
    claim = ClaimName(handle="99.100.1/CLAIMED", scheme="sgtin", code=code)
    world.add(core, "identity.name.claim/1", claim)
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", world.url)
    monkeypatch.setenv("TALLYSTICK_BASE_URL", "https://id.example")
    return tmp_path


def printed(home: Path, *words: str) -> str:
    out = home / "label.png"
    result = CliRunner().invoke(cli, [*words, "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    (found,) = scanners.decode(out)
    return found.text


def test_the_code_holds_the_digital_link(home: Path) -> None:
    path = "https://id.example/01/09521234543213"
    assert printed(home, "99.100.1/CLAIMED", "--gs1") == f"{path}/21/S%2F1"
    assert printed(home, "99.100.1/STATED", "--gs1") == f"{path}/10/L/21/S-2"
    assert printed(home, "99.100.1/CLAIMED") == "https://id.example/t/99.100.1/CLAIMED"


@pytest.mark.parametrize("handle", ["99.100.1/PLAIN", "99.100.1/NOBODY"])
def test_a_record_without_gtin_and_serial_is_refused(home: Path, handle: str) -> None:
    with pytest.raises(scanners.LabelRefused, match="GTIN and a serial"):
        printed(home, handle, "--gs1")


@pytest.mark.parametrize("link", ["", "ftp://a.example/", "https://a.example/电", "https://u@a.example/", "https://a.example/" + "x" * 500])  # fmt: skip
def test_a_link_that_is_no_address_is_refused(link: str) -> None:
    with pytest.raises(scanners.LabelRefused):
        scanners.label_png(scanners.Label("99.7/SN-1", link=link), "https://id.example")


def test_what_stands_under_the_code_is_the_key() -> None:
    plain = scanners.Label("99.7/SN-1", link="https://a.example/01/09521234543213")
    told = scanners.Label("99.7/SN-1", link=plain.link, caption="(01)09521234543213")
    base = "https://id.example"
    assert scanners.label_png(told, base).data != scanners.label_png(plain, base).data
    assert scanners.label_sheet([told, plain], base).data.startswith(b"%PDF")
