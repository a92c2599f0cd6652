"""The commands of a mirror, and of the operator that lets it read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tallystick.app import cli
from tallystick.app.addresses import AddressNotHttp
from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.mirror.home import MirrorHome
from tallystick.app.readers import ReaderExists, ReaderMissing, Readers, TokenUnknown
from tallystick.app.settings import Settings
from tallystick.app.witness import serving as witness_serving
from tallystick.ledger import TallystickError, Verifier, log_verifier, mirror, witness
from tallystick.ledger.mirror import Refusal


@pytest.fixture
def log(tmp_path: Path) -> Verifier:
    node = Node.at(Settings(home=tmp_path / "log", database_url=""))
    node.create(NewLog("log.example", "99/L-LOG0000000000", "99/O-ROOT000000000", {"en": "Root"}))
    with node.reader.open() as snapshot:
        return log_verifier(snapshot.view)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command in a home folder; what it raised, or what it printed."""

    def run(home: str, *words: str) -> Any:
        monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / home))
        monkeypatch.setenv("COLUMNS", "300")
        found = CliRunner().invoke(cli.cli, list(words))
        if isinstance(found.exception, TallystickError):
            return found.exception
        return found

    return run


def test_a_mirror_is_made_and_follows(call: Any, tmp_path: Path, log: Verifier) -> None:
    made = call("m", "mirror", "create", "--name", "regulator.example/mirror")
    assert made.exit_code == 0, made.output
    home = MirrorHome(tmp_path / "m")
    assert home.cosigner().encode() in made.output
    assert home.verifier().encode() in made.output
    assert home.cosigner().key != home.verifier().key
    nothing = call("m", "mirror", "sync")
    assert (nothing.code, "follows no log" in nothing.detail) == ("no-mirror", True)
    token = tmp_path / "token"
    token.write_text("tally_x\n")
    words = ("mirror", "follow", log.encode(), "--operator", "http://127.0.0.1:1")
    assert call("m", *words, "--token-file", str(token)).exit_code == 0
    assert home.token() == "tally_x"
    assert (home.folder / "token").stat().st_mode & 0o077 == 0
    assert home.log() == log
    shown = call("m", "mirror", "status")
    assert (shown.exit_code, "regulator.example/mirror" in shown.output) == (0, True)
    assert call("m", "mirror", "sync").code == "mirror-operator-unreachable"
    other = Verifier("other.example", log.key)
    refused = call("m", "mirror", "follow", other.encode(), "--operator", "http://x")
    assert refused.code == "mirror-exists"
    again = call("m", "mirror", "create", "--name", "regulator.example/mirror")
    assert again.code == "mirror-exists"


@pytest.mark.parametrize(
    ("name", "organisation", "code"),
    [
        ("regulator.example/w1", "", "mirror-name"),
        ("regulator.example/own-mirror", "", "mirror-name"),
        ("regulator.example/mirror", "99/O-X", "mirror-name"),
        ("regulator.example/mirrored", "", "mirror-name"),
        ("with space/mirror", "", "key-name-refused"),
    ],
)
def test_a_name_says_what_it_is(call: Any, name: str, organisation: str, code: str) -> None:
    more = ("--as", organisation) if organisation else ()
    assert call("m", "mirror", "create", "--name", name, *more).code == code


def test_a_mirror_is_not_served_as_a_witness(call: Any, tmp_path: Path) -> None:
    """As a witness it would cosign what it has not re-executed."""
    call("m", "mirror", "create", "--name", "regulator.example/mirror")
    with pytest.raises(mirror.MirrorServes):
        witness_serving.run(
            MirrorHome(tmp_path / "m").witness, "127.0.0.1", 1, Settings(home=tmp_path / "m")
        )
    assert call("elsewhere", "mirror", "status").code == "no-mirror"


def test_a_refusal_is_shown_and_lifted_by_hand(call: Any, tmp_path: Path, log: Verifier) -> None:
    call("m", "mirror", "create", "--name", "regulator.example/mirror")
    call("m", "mirror", "follow", log.encode(), "--operator", "http://127.0.0.1:1")
    home = MirrorHome(tmp_path / "m")
    home.refusals.keep(
        Refusal(7, "key-not-valid", "entry 7: nobody", "2026-01-01T00:00:00.000Z", "")
    )
    home.refusals.keep(Refusal(8, "other", "entry 8", "2026-01-01T00:00:00.000Z", ""))
    shown = call("m", "mirror", "status")
    assert (shown.exit_code, "entry 7: nobody" in shown.output) == (1, True)
    assert call("m", "mirror", "lift", "--index", "8").code == "mirror-no-refusal"
    assert call("m", "mirror", "lift", "--index", "7").exit_code == 0
    assert call("m", "mirror", "status").exit_code == 0
    assert (home.folder / "refusal.lifted.7.json").is_file()
    with home.locked():
        assert call("m", "mirror", "lift", "--index", "7").code == "mirror-busy"


@pytest.mark.parametrize("damage", ["", "{", '{"index": "x"}', "[]"])
def test_a_damaged_refusal_counts_as_one(tmp_path: Path, damage: str) -> None:
    """A file that cannot be read must not look like none."""
    home = MirrorHome(tmp_path)
    home.create("regulator.example/mirror")
    (home.folder / "refusal.json").write_text(damage)
    with pytest.raises(mirror.MirrorDamaged):
        home.refusals.load()
    (home.folder / "mirror.json").write_text(damage)
    with pytest.raises(mirror.MirrorDamaged):
        home.config()


def test_a_mirror_that_lost_its_memory_starts_by_hand(tmp_path: Path, log: Verifier) -> None:
    """It is a witness too: without its memory it does not start (ADR 0011)."""
    home = MirrorHome(tmp_path / "m")
    home.create("regulator.example/mirror")
    home.follow(log, "http://127.0.0.1:1", "")
    for path in (tmp_path / "m/witness/state").iterdir():
        path.unlink()
    from tallystick.app.mirror.running import opened
    from tallystick.ledger import SystemClock

    node = Node.at(Settings(home=tmp_path / "m", database_url="", verify_processes=0))
    with pytest.raises(witness.StateLost), opened(node, home, SystemClock()):
        pass


def test_readers_are_let_in_and_taken_back(call: Any, tmp_path: Path, log: Verifier) -> None:
    assert log.name == "log.example"
    made = call("log", "reader", "add", "the-mirror", "--everything")
    assert made.exit_code == 0, made.output
    token = made.output.strip()
    readers = Readers(tmp_path / "log")
    assert readers.of_token(token).may_read("restricted")
    assert token not in (tmp_path / "log/readers.json").read_text()
    with pytest.raises(ReaderExists):
        readers.add("the-mirror", None)
    assert call("log", "reader", "add", "p", "--as", "99/O-NOBODY").code == "reader-unknown"
    root = call("log", "reader", "add", "p", "--as", "99/O-ROOT000000000").output.strip()
    assert not readers.of_token(root).may_read("parties", ["99/O-ELSE"])
    assert "the-mirror" in call("log", "reader", "list").output
    assert call("log", "reader", "remove", "the-mirror").exit_code == 0
    for wrong in (token, "", "tally_", "x" * 10_000):
        with pytest.raises(TokenUnknown):
            readers.of_token(wrong)
    with pytest.raises(ReaderMissing):
        readers.remove("the-mirror")
    assert call("log", "reader", "add", "two").exit_code == 2
    (tmp_path / "log/readers.json").write_text("[")
    assert call("log", "reader", "list").code == "readers-damaged"


@pytest.mark.parametrize(
    "address",
    ["nonsense", "log.example.org", "ftp://log.example", "http://", "http://h:99999", "http://u:secret@h",
     "http://h/?q=1", "http://[::1"],
)  # fmt: skip
def test_what_is_no_address_is_said_at_once(
    call: Any, log: Verifier, tmp_path: Path, address: str
) -> None:
    """`mirror follow --operator nonsense` was taken; an audit of it said "try again later"."""
    call("mirror", "mirror", "create", "--name", "x.example/mirror")
    receipt = tmp_path / "receipt.json"
    receipt.write_text("{}")
    for words in (
        ("mirror", "follow", log.encode(), "--operator", address),
        ("audit", "--url", address),
        ("receipt", "check", str(receipt), "--log-key", log.encode(), "--node", address),
    ):
        told = call("mirror", *words)
        assert isinstance(told, AddressNotHttp), (words, told)
        assert "secret" not in told.diagnosis()
