"""`tallystick witness …` and the formats that `tallystick log …` reads, as people type them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from rich.console import Console
from tests.ledger.witness.history import History, cosigner, key, origin, policy, verifier
from typer.testing import CliRunner, Result

from tallystick.app import log_cli, log_files_cli
from tallystick.app.cli import cli
from tallystick.app.witness import cli as witness_cli
from tallystick.app.witness.home import WitnessHome
from tallystick.ledger import KeyNameRefused, SystemClock, TallystickError, merkle, mirror, witness
from tallystick.ledger.checkpoint import ProofFile
from tallystick.ledger.note import NoteSignatureFails, VerifierKeyRefused

main = History()
w1, w2 = "witness.example/w1", "witness.example/w2"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / "home"))
    for module in (witness_cli, log_cli, log_files_cli):
        monkeypatch.setattr(module, "console", Console(width=300))
    return tmp_path / "home"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def refused(*arguments: object) -> TallystickError:
    """The error that `main` would tell."""
    error = run(*arguments).exception
    assert isinstance(error, TallystickError)
    assert error.diagnosis()
    return error


def test_a_witness_is_made_once_and_never_again(home: Path) -> None:
    assert isinstance(refused("witness", "status"), witness.NoWitness)
    assert isinstance(refused("witness", "add-log", verifier().encode()), witness.NoWitness)
    for name in ("two words", "one+two", "a\x1b[1m", ""):
        assert isinstance(refused("witness", "init", "--name", name), KeyNameRefused), name
    # It would stand in policies as one that executes the rules.
    for name in ("regulator.example/mirror", "bank.example/own-mirror"):
        assert isinstance(refused("witness", "init", "--name", name), mirror.NameSaysNothing)
    assert not (home / "witness" / "key.pem").exists()
    made = run("witness", "init", "--name", w1)
    assert made.exit_code == 0
    vkey = made.stdout.split("\n")[0]
    assert witness.Cosigner.parse(vkey).name == w1
    assert stat.S_IMODE((home / "witness" / "key.pem").stat().st_mode) == 0o600
    assert isinstance(refused("witness", "init", "--name", w1), witness.WitnessExists)
    (home / "witness" / "witness.json").unlink()
    assert isinstance(refused("witness", "init", "--name", w1), witness.WitnessExists)


def test_logs_are_added_and_shown(home: Path) -> None:
    run("witness", "init", "--name", w1)
    assert isinstance(refused("witness", "add-log", "nonsense"), VerifierKeyRefused)
    assert isinstance(refused("witness", "add-log", cosigner(w2).encode()), VerifierKeyRefused)
    assert run("witness", "add-log", verifier().encode()).exit_code == 0
    again = refused("witness", "add-log", verifier().encode())
    assert isinstance(again, witness.LogWatched)
    assert isinstance(
        refused("witness", "add-log", verifier().encode(), "--another-key"), witness.LogWatched
    )
    status = run("witness", "status")
    assert status.exit_code == 0
    assert origin in status.stdout
    assert "never" in status.stdout


def test_another_key_of_a_log_leaves_its_memory(home: Path) -> None:
    run("witness", "init", "--name", w1)
    run("witness", "add-log", verifier().encode())
    _cosign(home, 5)
    new = f"{origin}"
    other = type(verifier())(new, key("another").public).encode()
    assert isinstance(refused("witness", "add-log", other), witness.LogWatched)
    assert run("witness", "add-log", other, "--another-key").exit_code == 0
    assert WitnessHome(home).memory.load(origin).checkpoint.size == 5


def _cosign(home: Path, size: int, old: int = 0) -> bytes:
    with WitnessHome(home).open(SystemClock()) as opened:
        line = opened.add_checkpoint(main.request(old, size))
    return main.note(size).adding([line]).encode().encode()


def test_a_lost_memory_waits_for_a_person(home: Path, tmp_path: Path) -> None:
    """The state file gone, the key still there: it starts only from what it cosigned, and by hand."""
    run("witness", "init", "--name", w1)
    run("witness", "add-log", verifier().encode())
    kept = tmp_path / "kept"
    kept.write_bytes(_cosign(home, 5))
    restart = ("witness", "restart", origin, "--checkpoint", kept)
    assert "nothing is lost" in str(refused(*restart, "--size", 5))
    (path,) = (home / "witness" / "state").glob("*.json")
    path.unlink()
    assert isinstance(refused("witness", "serve"), witness.StateLost)
    assert isinstance(refused("witness", "add-log", verifier().encode()), witness.LogWatched)
    status = run("witness", "status")
    assert status.exit_code == 1
    assert "witness-state-lost" in status.stdout
    assert "tallystick witness restart" in status.stdout
    assert isinstance(refused(*restart, "--size", 6), witness.RestartRefused)
    bare = tmp_path / "bare"
    bare.write_text(main.note(5).encode())
    by_hand = ("witness", "restart", origin, "--size", 5, "--checkpoint", bare)
    assert "has not cosigned" in str(refused(*by_hand))
    unknown = ("witness", "restart", "else", "--size", 5, "--checkpoint", kept)
    assert isinstance(refused(*unknown), witness.LogUnknown)
    assert run(*restart, "--size", 5).exit_code == 0
    assert run("witness", "status").exit_code == 0
    _cosign(home, 9, old=5)
    path.write_bytes(b"{}")
    assert isinstance(refused("witness", "serve"), witness.StateDamaged)
    assert run(*by_hand, "--not-cosigned").exit_code == 0


def test_a_damaged_folder_is_named(home: Path) -> None:
    run("witness", "init", "--name", w1)
    config = home / "witness" / "witness.json"
    for text in ("", "[]", '{"name": 1}', '{"name": "w", "more": 1}'):
        config.write_text(text)
        damaged = refused("witness", "serve")
        assert isinstance(damaged, witness.ConfigDamaged)
        assert "witness restart" not in damaged.advice, "that cannot help: it reads the same file"
    config.write_text('{"name": "w"}')
    (home / "witness" / "key.pem").unlink()
    assert isinstance(refused("witness", "serve"), witness.NoWitness)


def write(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def cosigned(*names: str) -> str:
    note = main.note(9)
    return note.adding(
        [witness.cosign(note.text, n, key(n), 1_772_697_600) for n in names]
    ).encode()


def policy_text(rule: str) -> str:
    lines = [f"log {verifier().encode()}"]
    lines += [f"witness {name} {cosigner(name).encode()}" for name in (w1, w2)]
    return "\n".join([*lines, f"group everybody {rule} {w1} {w2}", "quorum everybody"])


def test_a_note_is_printed_with_its_signers(home: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "checkpoint", cosigned(w1, w2))
    shown = run(
        "log", "note", file, "--key", verifier().encode(), "--key", cosigner(w1).encode()
    ).stdout
    assert main.note(9).text in shown
    assert "a signature that verifies" in shown
    assert "a cosignature at 2026-03-05T08:00:00.000Z" in shown
    assert shown.count("not verified: no key given") == 1
    bad = write(tmp_path, "bad", cosigned(w1).replace("\n9\n", "\n8\n"))
    error = refused("log", "note", bad, "--key", cosigner(w1).encode())
    assert isinstance(error, NoteSignatureFails)


def test_a_policy_is_printed_as_a_tree(home: Path, tmp_path: Path) -> None:
    shown = run("log", "policy", write(tmp_path, "policy", policy_text("all")))
    assert shown.exit_code == 0
    assert "everybody: 2 of 2" in shown.stdout
    apart = run("log", "policy", write(tmp_path, "policy", policy_text("any")))
    assert apart.exit_code == 1
    assert "share no witness" in apart.stdout
    nobody = run("log", "policy", write(tmp_path, "policy", "quorum none"))
    assert "no witness vouches" in nobody.stdout
    error = refused("log", "policy", write(tmp_path, "policy", "quorum none\nquorum none"))
    assert "line 2" in error.diagnosis()


def test_a_cosigned_checkpoint_against_a_policy(home: Path, tmp_path: Path) -> None:
    pinned = write(tmp_path, "policy", policy_text("all"))
    final = run("log", "cosigned", write(tmp_path, "c", cosigned(w1, w2)), "--policy", pinned)
    assert final.exit_code == 0
    assert "9 entries" in final.stdout
    assert "Quorum everybody" in final.stdout
    waiting = run("log", "cosigned", write(tmp_path, "c", cosigned(w1)), "--policy", pinned)
    assert waiting.exit_code == 1
    assert f"NOT VERIFIED quorum everybody is not met: everybody: 1 of 2 needed, without {w2}" in (
        waiting.stdout
    )
    foreign = History(origin="log.example/else").note(9).encode()
    unknown = run("log", "cosigned", write(tmp_path, "c", foreign), "--policy", pinned)
    assert (unknown.exit_code, "no log of the policy" in unknown.stdout) == (1, True)
    open_policy = write(tmp_path, "policy", "quorum none")
    named = ("log", "cosigned", write(tmp_path, "c", cosigned()), "--policy", open_policy)
    assert run(*named, "--log-key", verifier().encode()).exit_code == 0
    assert run(*named).exit_code == 1


def test_a_proof_file_with_a_policy(home: Path, tmp_path: Path) -> None:
    path = tuple(merkle.inclusion_proof(main.node, 4, 9))
    proof = write(tmp_path, "p", ProofFile(4, path, cosigned(w1), b"beside").encode())
    leaf = write(tmp_path, "leaf", f"{main.name}/4")
    shown = run("log", "proof-file", proof)
    assert "entry 4, a path of 4 hashes" in shown.stdout
    assert "extra 6 bytes" in shown.stdout
    verify = ("log", "verify", proof, "--leaf", leaf, "--log-key", verifier().encode())
    assert run(*verify).exit_code == 0
    enough = write(tmp_path, "any", policy_text("any"))
    assert "Quorum everybody: 1 witnesses" in run(*verify, "--policy", enough).stdout
    missing = run(*verify, "--policy", write(tmp_path, "all", policy_text("all")))
    assert (missing.exit_code, f"without {w2}" in missing.stdout) == (1, True)


def test_unreadable_files_are_named(home: Path, tmp_path: Path) -> None:
    large = write(tmp_path, "large", b"x" * 2_000_000)
    binary = write(tmp_path, "binary", b"\xff\xfe")
    for command in (("note",), ("policy",), ("proof-file",), ("cosigned", "--policy", large)):
        for path in (tmp_path / "nothing", tmp_path, large, binary):
            assert refused("log", command[0], path, *command[1:]).status < 500
    assert refused("log", "note", tmp_path / "nothing").code == "file-unreadable"
    assert policy(w1, w2).quorum == "everybody"
