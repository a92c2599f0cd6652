"""`tallystick bundle make` and `tallystick verify`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.app.test_export_commands import tallystick
from tests.conformance import bundles

vkey = bundles.default_pins()["log_key"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    assert tallystick(made, "init", "--origin", "log.example/one/simulated").returncode == 0
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bundles")
    bundles.write(made)
    return made


def test_a_bundle_is_made_and_verified_where_no_log_is(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "genesis.tally"
    key = tallystick(home, "log", "key").stdout.strip()
    done = tallystick(home, "bundle", "make", str(file), "--entry", "0", "--absent", "key:300:99/x")
    assert done.returncode == 0, done.stderr
    assert f"--log-key {key}" in done.stdout
    told = tallystick(tmp_path / "nowhere", "verify", str(file), "--log-key", key)
    assert told.returncode == 0, told.stderr
    assert "This log is simulated" in told.stdout
    assert "no witness vouches" in told.stdout
    assert "nothing of kind key under the name 300:99/x" in told.stdout
    chinese = tallystick(tmp_path, "verify", str(file), "--log-key", key, "--language", "zh")
    assert "模拟日志" in chinese.stdout
    genesis = tmp_path / "genesis"
    shown = json.loads(tallystick(tmp_path, "verify", str(file), "--log-key", key, "--json").stdout)
    assert shown["error"] is None
    genesis.write_text("not a genesis", encoding="utf-8")
    refused = tallystick(tmp_path, "verify", str(file), "--genesis", str(genesis))
    assert (refused.returncode, "bundle-genesis-pin-refused" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("byte-changed", "bundle-crc-fails", "damaged or changed"),
        ("body-changed", "bundle-body-differs", "not the one that its author signed"),
        ("wrong-log-key", "bundle-wrong-log-key", "log key that you pinned has not signed"),
        ("policy-replaced", "bundle-policy-replaced", "not the one that is in force"),
        ("signer-revoked", "bundle-signer-revoked", "a key that was revoked before"),
        ("signer-revoked-left-out", "bundle-incomplete", "or a revocation"),
        ("transfer-left-out", "bundle-incomplete", "may be a later transfer"),
        ("transfer-left-out-of-head", "bundle-head-differs", "entries were left out"),
        ("cosignature-missing", "bundle-not-final", "Cosignatures are missing"),
        ("field-wrong-salt", "bundle-field-differs", "not one of the body that was signed"),
        ("never-confirmed-false", "bundle-was-confirmed", "never confirmed, and it was"),
        ("not-revoked-false", "bundle-key-revoked", "not revoked, and it is"),
    ],
)
def test_a_false_bundle_fails_with_the_right_words(
    folder: Path, name: str, code: str, words: str
) -> None:
    """`Done when` 5 and 6, on the command line."""
    rows = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["cases"]
    pins = next(row["pins"] for row in rows if row["name"] == name)
    done = tallystick(folder, "verify", str(folder / f"{name}.tally"), "--log-key", pins["log_key"])
    assert done.returncode == 1
    assert "NOT PROVEN" in done.stderr
    assert code in done.stderr
    assert words in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_a_policy_of_ones_own_and_a_genesis_are_pinned(folder: Path, tmp_path: Path) -> None:
    file = str(folder / "entry.tally")
    policy = tmp_path / "policy"
    policy.write_text("quorum none\n", encoding="utf-8")
    done = tallystick(folder, "verify", file, "--policy", str(policy))
    assert done.returncode == 2
    assert "bundle-nothing-pinned" in done.stderr
    policy.write_text(f"log {vkey}\nquorum none\n", encoding="utf-8")
    assert (
        "policy that you gave" in tallystick(folder, "verify", file, "--policy", str(policy)).stdout
    )
    assert tallystick(folder, "verify", file, "--genesis", "0" * 64).returncode == 1


def test_what_cannot_be_run_is_said_in_a_sentence(home: Path, tmp_path: Path) -> None:
    file = str(tmp_path / "x.tally")
    for arguments, code in (
        (("bundle", "make", file), "bundle-nothing-asked"),
        (("bundle", "make", file, "--absent", "key"), "bundle-nothing-asked"),
        (("bundle", "make", file, "--never-confirmed", "INV"), "bundle-nothing-asked"),
        (("bundle", "make", file, "--entry", "0", "--as", "99/O-X"), "reader-unknown"),
        (("bundle", "make", file, "--entry", "99"), "index-unknown"),
        (("bundle", "make", file, "--certificate", "99/O-X#C-1"), "not-found-or-not-yours"),
        (("bundle", "make", file, "--item", "99/X"), "unknown-item"),
        (("bundle", "make", file, "--not-revoked", "300:99/X"), "not-readable"),
        (("verify", file, "--log-key", vkey), "file-unreadable"),
        (("verify", file, "--log-key", "x"), "verifier-key-refused"),
        (("bundle", "make", str(home), "--entry", "0"), "file-unwritable"),
    ):
        done = tallystick(home, *arguments)
        assert (done.returncode, code in done.stderr) == (2, True), (arguments, done.stderr)
        assert not Path(file).exists()
