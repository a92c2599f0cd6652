"""Batches in a backup: leaves come back checked, secrets are named, and a code proves itself afterwards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import postgres
from tests.app.minting.desk import Desk, prefix
from tests.app.test_export_commands import tallystick as on_sqlite
from typer.testing import CliRunner, Result

from tallystick.app.bootstrap import Node
from tallystick.app.cli import cli as commands
from tallystick.app.minting.backing import kept
from tallystick.app.operations import NodeOperations
from tallystick.app.settings import Settings
from tallystick.identity import minting, resolve
from tallystick.ledger import TallystickError


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A database to back up, and an empty one of the same engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'one.sqlite3'}", f"sqlite:///{tmp_path / 'two.sqlite3'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.fresh_tables() as one, server.fresh_database() as two:
        yield one, two


def run(*words: object) -> Result:
    return CliRunner().invoke(commands, [str(word) for word in words])


def said(told: Result) -> str:
    assert told.exit_code == 0, told.output + repr(told.exception)
    return " ".join(told.output.split())


def at(monkeypatch: pytest.MonkeyPatch, home: Path, database: str) -> None:
    for name, value in (
        ("HOME", str(home)), ("DATABASE_URL", database), ("VERIFY_PROCESSES", "0"),
    ):  # fmt: skip
        monkeypatch.setenv(f"TALLYSTICK_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")


def test_a_code_of_a_restored_batch_is_seen_and_proven(
    databases: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after, backup = tmp_path / "before", tmp_path / "after", tmp_path / "backup"
    at(monkeypatch, before, databases[0])
    desk = Desk(before)
    desk.batch(600)
    desk.batch(5, "more.csv")
    codes = desk.codes()
    told = said(run("backup", backup))
    assert "the secrets of batches" in told
    assert sorted(path.name for path in (backup / "minted" / prefix).iterdir()) == [
        "0001.leaves", "0002.leaves",
    ]  # fmt: skip
    keys = [path.read_bytes() for path in (before / "keys" / "batches").iterdir()]
    for path in (path for path in backup.rglob("*") if path.is_file()):
        assert not any(key.strip() in path.read_bytes() for key in keys)
    at(monkeypatch, after, databases[1])
    shutil.copytree(before / "signer", after / "signer")
    checked = said(run("restore", backup, "--check-only"))
    assert "No leaves" not in checked
    assert not (after / "minted").exists()
    told = said(run("restore", backup))
    assert f"No secret here of {prefix}/0001, {prefix}/0002." in told
    assert "No leaves" not in told
    shutil.copytree(before / "keys", after / "keys")
    node = Node.existing(Settings())
    assert list(kept(node).told()) == []
    issued = minting.IssuedCodes(minting.Folder(after))
    with node.look() as view:
        shown = resolve(view, codes[3], issued=issued)
    assert shown is not None
    assert "TALLYSTICK.ISSUED" in [value.type for value in shown.values]
    proof = tmp_path / "code.json"
    desk.ok("prove", codes[3], "--out", proof)
    assert codes[3] in desk.ok("verify", proof, "--log-key", desk.log_key)


def test_what_is_missing_is_named_before_it_is_needed(desk: Desk, tmp_path: Path) -> None:
    desk.batch()
    desk.batch(7, "more.ndjson")
    (tmp_path / "keys" / "batches" / f"{prefix}_0002.key").unlink()
    leaves = tmp_path / "minted" / prefix / "0001.leaves"
    spoilt = bytearray(leaves.read_bytes())
    spoilt[60] ^= 1
    leaves.write_bytes(spoilt)
    told = said(run("backup", tmp_path / "backup"))
    assert f"No leaves in the backup of {prefix}/0001." in told
    leaves.unlink()
    found = kept(Node.existing(Settings()))
    assert found.every == (f"{prefix}/0001", f"{prefix}/0002")
    assert list(found.told()) == [
        f"No leaves here of {prefix}/0001.", f"No secret here of {prefix}/0002.",
    ]  # fmt: skip
    named = desk.run("check")
    assert named.exit_code == 1
    assert all(line in named.output for line in found.told())
    assert desk.run("check", prefix, "0009").exit_code != 0
    watched = NodeOperations(desk.node, appends=True).service
    _, ready = watched.ready(detailed=True)
    assert "batches-not-kept" in json.dumps(ready)
    checked = said(run("restore", tmp_path / "backup", "--check-only"))
    assert f"No leaves in the backup of {prefix}/0001." in checked


@pytest.mark.parametrize("how", ["other", "cut", "gone", "unlisted"])
def test_leaves_that_were_changed_in_a_backup_are_refused(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Whoever changes a file and its sum is caught by the root in the log; nothing is laid down."""
    desk.batch()
    desk.batch(20, "more.ndjson")
    backup = tmp_path / "backup"
    said(run("backup", backup))
    first, second = (backup / "minted" / prefix / f"000{n}.leaves" for n in (1, 2))
    sums = (backup / "SHA256SUMS").read_text().splitlines()
    expected = {"other": "leaves-damaged", "cut": "backup-file-changed", "gone": "backup-file-missing",
                "unlisted": ""}[how]  # fmt: skip
    if how == "other":
        first.write_bytes(second.read_bytes())
        sums = [
            f"{sums[-1][:64]}  {line[66:]}" if line.endswith("0001.leaves") else line
            for line in sums
        ]
    elif how == "cut":
        first.write_bytes(first.read_bytes()[:-1])
    elif how == "gone":
        first.unlink()
    else:
        sums = [line for line in sums if not line.endswith("0001.leaves")]
    (backup / "SHA256SUMS").write_text("".join(f"{line}\n" for line in sums))
    other = tmp_path / "other"
    at(monkeypatch, other, f"sqlite:///{tmp_path / 'other.sqlite3'}")
    shutil.copytree(tmp_path / "signer", other / "signer")
    told = run("restore", backup)
    if not expected:
        assert f"No leaves here of {prefix}/0001." in said(told)
        return
    assert isinstance(told.exception, TallystickError)
    assert told.exception.code == expected
    assert not (other / "minted").exists()
    assert on_sqlite(other, "log", "state").returncode != 0


def test_sums_of_files_outside_of_the_backup_are_refused(desk: Desk, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    said(run("backup", backup))
    good = (backup / "SHA256SUMS").read_text()
    for name in ("../keys/x", "minted/../x", "/etc/x", "minted//x", "minted/.x", "x", "Minted/x"):
        (backup / "SHA256SUMS").write_text(f"{good}{'00' * 32}  {name}\n")
        told = run("restore", backup, "--check-only")
        assert isinstance(told.exception, TallystickError)
        assert told.exception.code == "backup-manifest-refused", name
    assert json.loads((backup / "manifest.json").read_text())["backup"] == 1
