"""Export, import, audit of an export and find, as they are typed."""

from __future__ import annotations

import hashlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from tests.app.test_commands import tallystick as started
from tests.ledger.export.folders import names
from tests.patience import patience_s
from typer.testing import CliRunner

from tallystick.app.bootstrap import Node
from tallystick.app.cli import cli
from tallystick.app.main import could_not_exit
from tallystick.app.settings import Settings
from tallystick.ledger import TallystickError, auditor_reader


def tallystick(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in this process, its error told as `main` tells it: a start costs seconds."""
    env = {"TALLYSTICK_HOME": str(home), "TALLYSTICK_DATABASE_URL": "", "COLUMNS": "80",
           "TALLYSTICK_VERIFY_PROCESSES": "0"}  # fmt: skip
    done = CliRunner().invoke(cli, list(arguments), env=env)
    code, told = done.exit_code, done.stderr
    if isinstance(done.exception, TallystickError):
        code, told = could_not_exit, f"{told}{done.exception.code}: {done.exception.diagnosis()}"
    elif done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, code, done.stdout, told)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    assert tallystick(made, "init", "--origin", "log.example/one/simulated").returncode == 0
    return made


def test_an_export_is_audited_imported_and_exported_again(home: Path, tmp_path: Path) -> None:
    folder, other = tmp_path / "x", tmp_path / "other"
    done = tallystick(home, "log", "export", str(folder))
    assert done.returncode == 0, done.stderr
    assert "11 files written" in done.stdout
    assert "0 files written" in tallystick(home, "log", "export", str(folder)).stdout
    key = tallystick(home, "log", "key").stdout.strip()
    sound = tallystick(tmp_path / "none", "audit", "--export", str(folder), "--log-key", key)
    assert sound.returncode == 0, sound.stderr
    assert "pinned" not in sound.stdout
    told = tallystick(other, "log", "import", str(folder))
    assert told.returncode == 0, told.stderr
    assert "Nobody pinned the log's key" in told.stdout
    assert "--read-only" in told.stdout
    again = tallystick(other, "log", "import", str(folder))
    assert (again.returncode, "log-exists" in again.stderr) == (2, True)
    assert tallystick(other, "log", "export", str(tmp_path / "y")).returncode == 0
    assert names(tmp_path / "y") == names(folder)
    checkpoint = str(folder / "checkpoint")
    audited = tallystick(other, "audit", "--checkpoint", checkpoint, "--log-key", key)
    assert audited.returncode == 0, audited.stderr


def test_what_is_wrong_is_a_sentence_with_the_next_step(home: Path, tmp_path: Path) -> None:
    folder, other = tmp_path / "x", tmp_path / "other"
    assert tallystick(home, "log", "export", str(folder)).returncode == 0
    root = re.findall(r"\d+/O-\w+", tallystick(home, "log", "entry", "0").stdout)[0]
    partial = tallystick(home, "log", "export", str(tmp_path / "p"), "--as", root)
    assert partial.returncode == 0
    cases = {
        "export-partial": ("audit", "--export", str(tmp_path / "p")),
        "export-elsewhere": ("log", "export", str(tmp_path / "p")),
        "export-file-missing": ("log", "import", str(tmp_path / "nothing")),
        "verifier-key-refused": ("log", "import", str(folder), "--log-key", "x"),
        "reader-unknown": ("log", "export", str(tmp_path / "q"), "--as", "99/O-NOBODY"),
        "file-unreadable": ("log", "import", str(folder), "--checkpoint", "nothing"),
    }
    for code, arguments in cases.items():
        done = tallystick(home if "export" in arguments else other, *arguments)
        assert (done.returncode, code in done.stderr) == (2, True), (code, done.stderr)
        assert "Traceback" not in done.stderr
    body = folder / "bodies/000.p/2"
    body.write_bytes(body.read_bytes().replace(b'"Root authority"', b'"Boot authority"'))
    sums = folder / "SHA256SUMS"
    told = hashlib.sha256(body.read_bytes()).hexdigest()
    sums.write_text(re.sub(r"\S+(?=  bodies/)", told, sums.read_text()))
    for arguments in (("log", "import", str(folder)), ("audit", "--export", str(folder))):
        done = tallystick(other, *arguments)
        assert (done.returncode, "NOT SOUND index 0" in done.stderr) == (1, True), done.stderr
    assert "no-log" in tallystick(other, "log", "recent").stderr, "nothing was imported"


def test_entries_are_found(home: Path) -> None:
    with Node.existing(Settings(home=home, database_url="")).reader.open() as snapshot:
        genesis = snapshot.disclose(0, auditor_reader)
    digest = hashlib.sha256((genesis.salt or b"") + (genesis.body or b"")).hexdigest()
    row = genesis.row
    ways = [
        ("--author", row.author, "--id", row.id),
        ("--body-hash", digest),
        ("--body-hash", digest.upper()),
        ("--handle", row.author),
        ("--handle", row.author.lower()),
        ("--handle", row.author, "--as", row.author),
    ]
    for way in ways:
        done = tallystick(home, "log", "find", *way)
        assert done.returncode == 0, (way, done.stderr)
        assert row.id in done.stdout
    assert tallystick(home, "log", "find", "--body-hash", "00" * 32).returncode == 1
    for nothing in (
        ("--body-hash", digest[1:]),
        ("--body-hash", "zz"),
        ("--handle", "x"),
        ("--handle", " "),
    ):
        done = tallystick(home, "log", "find", *nothing)
        assert (done.returncode, "find-nothing-such" in done.stderr) == (2, True), nothing
    one = tallystick(home, "log", "find", "--handle", row.author, "--limit", "1")
    assert "There may be more" in one.stderr
    for wrong in ((), ("--author", "99/O-X"), ("--handle", "99/O-X", "--body-hash", digest)):
        done = tallystick(home, "log", "find", *wrong)
        assert (done.returncode, "find-one-way" in done.stderr) == (2, True)


def test_an_imported_log_is_served_read_only(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert tallystick(home, "log", "export", str(tmp_path / "x")).returncode == 0
    assert tallystick(other, "log", "import", str(tmp_path / "x")).returncode == 0
    refused = started(other, "serve")
    assert refused.returncode == 2
    assert "key-missing" in refused.stderr
    assert "--read-only" in refused.stderr
    shutil.copytree(home / "keys", other / "keys")
    forgotten = tallystick(other, "serve")
    assert (forgotten.returncode, "memory is gone" in forgotten.stderr) == (2, True)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    settings = Settings(home=other, database_url="", port=port)
    command = [sys.executable, "-m", "tallystick.app.main", "serve", "--read-only"]
    with subprocess.Popen(command, env=settings.environment()) as process:
        try:
            client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=patience_s)
            until = time.monotonic() + patience_s
            while True:
                try:
                    client.get("/readyz").raise_for_status()
                    break
                except httpx.HTTPError:
                    assert process.poll() is None
                    assert time.monotonic() < until
                    time.sleep(0.1)
            assert client.get("/log/checkpoint").text == (tmp_path / "x/checkpoint").read_text()
            sent = {"envelope": {}, "body": "", "salt": ""}
            answer = client.post("/v1/entries", json={"entries": [sent]}).json()
            assert answer["code"] == "read-only"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
