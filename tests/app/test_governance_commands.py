"""`tallystick governance …` as its people type it: proposals, offline signatures, and what is refused."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tests.ledger.witness.history import cosigner
from typer.testing import CliRunner, Result

from tallystick.app import cli as main
from tallystick.app.bootstrap import Node
from tallystick.app.cli import UngovernedLog, cli
from tallystick.app.governance import acts
from tallystick.app.governance import cli as governance_cli
from tallystick.app.governance.files import (
    GovernanceFileRefused,
    ProposalRefused,
    ProposalsDiffer,
    read_proposal,
)
from tallystick.app.settings import Settings
from tallystick.ledger import TallystickError, governance
from tallystick.ledger.keys import KeyRefused

origin = "log.example/commands"
names = ("w1", "w2", "w3")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    for module in (main, governance_cli):
        monkeypatch.setattr(module, "console", Console(width=300))
    return tmp_path


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def done(*words: object) -> str:
    found = run(*words)
    assert found.exit_code == 0, (found.exception, found.stdout)
    return found.stdout


def refused(*words: object) -> TallystickError:
    """The error that `main` would tell."""
    error = run(*words).exception
    assert isinstance(error, TallystickError), error
    assert error.diagnosis()
    return error


def policy(folder: Path, *called: str, rule: str = "2") -> Path:
    lines = [f"witness {n} {cosigner(f'witness.example/{n}').encode()}" for n in called]
    path = folder / f"policy-{'-'.join(called)}-{rule}"
    path.write_text("\n".join([*lines, f"group g {rule} {' '.join(called)}", "quorum g", ""]))
    return path


def make_key(folder: Path, name: str, log: str = origin, suite: str = "ed25519") -> Path:
    out = folder / f"{name}.pem"
    done("governance", "key", "--origin", log, "--witness", name, "--out", out, "--suite", suite)
    return out


@pytest.fixture
def log(home: Path) -> Path:
    """A governed log; the second governor's key is a P-256 key."""
    keys = [make_key(home, n, suite="ecdsa-p256-sha256" if n == "w2" else "ed25519") for n in names]
    words = [w for k in keys for w in ("--governance", f"{k}.json")]
    done("init", "--origin", origin, "--policy", policy(home, *names), *words)
    return home


def proposed(log: Path, *called: str, rule: str = "2") -> Path:
    """A proposal of another policy."""
    keys = [w for n in called for w in ("--key", log / f"{n}.pem.json")]
    out = log / "proposal.json"
    done("governance", "propose", "policy", policy(log, *called, rule=rule), *keys, "--out", out)
    return out


def signed(log: Path, proposal: Path, name: str) -> Path:
    out = log / f"signed-{name}.json"
    done("governance", "sign", proposal, "--key", log / f"{name}.pem", "--out", out, "--yes")
    return out


def test_a_key_stays_where_it_was_made(home: Path) -> None:
    path = make_key(home, "w1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    public = json.loads(Path(f"{path}.json").read_text())
    assert (public["origin"], public["key"]["witness"]) == (origin, "w1")
    assert "PRIVATE" not in json.dumps(public)
    assert run("governance", "key", "--origin", origin, "--witness", "w1", "--out", path).exit_code
    assert run("governance", "key", "--origin", origin, "--witness", "w1", "--out", home / "x", "--suite", "rsa").exit_code == 2  # fmt: skip


def test_a_log_with_witnesses_asks_for_governance(home: Path) -> None:
    text = policy(home, *names)
    assert isinstance(refused("init", "--policy", text), UngovernedLog)
    for name in names:
        make_key(home, name, "log.example/other" if name == "w3" else origin)
    keys = [w for n in names for w in ("--governance", home / f"{n}.pem.json")]
    for words in (keys, keys[:4]):
        error = refused("init", "--origin", origin, "--policy", text, *words)
        assert isinstance(error, governance.GovernanceKeyRefused)
    assert not (home / "home" / "keys").exists()
    done("init", "--origin", origin, "--policy", text, "--ungoverned")
    assert "names no governance keys" in done("governance", "show")
    error = refused("governance", "propose", "rules", "tallystick/rules/1", "--out", home / "p")
    assert isinstance(error, governance.NotGoverned)


def test_a_private_key_in_the_place_of_its_public_half_is_named(home: Path) -> None:
    """It was told as JSON that is none, at line 1 column 2."""
    key = make_key(home, "w1")
    words = ["--policy", policy(home, "w1", rule="all"), "--governance", key]
    error = refused("init", "--origin", origin, *words)
    assert isinstance(error, GovernanceFileRefused)
    assert error.detail == f"{key} is a private key, which stays where it is: give {key}.json"


def test_a_policy_is_proposed_signed_elsewhere_and_enacted(log: Path, monkeypatch: Any) -> None:
    make_key(log, "w4")
    proposal = proposed(log, "w2", "w3", "w4")
    monkeypatch.setenv("TALLYSTICK_HOME", str(log / "nowhere"))
    told = done(
        "governance", "sign", proposal, "--key", log / "w1.pem", "--out", log / "a", "--yes"
    )
    for said in ("another policy", "number 1", "w4 witness.example/w4+", "quorum g", "SHA-256"):
        assert said in told
    done("governance", "sign", proposal, "--key", log / "w2.pem", "--out", log / "b", "--yes")
    assert not (log / "nowhere").exists()
    monkeypatch.setenv("TALLYSTICK_HOME", str(log / "home"))
    alone = refused("governance", "enact", log / "a")
    assert isinstance(alone, governance.GovernanceQuorumMissing)
    told = done("governance", "enact", log / "a", log / "b")
    assert "ledger.policy/1 is entry " in told
    shown = done("governance", "show")
    assert "1 acts since genesis" in shown
    assert "w4 governs by 300:99/G-" in shown
    assert isinstance(
        refused("governance", "enact", log / "a", log / "b"), governance.GovernanceNumber
    )
    assert "sound" in done("audit")
    assert "witness w4 " in done("governance", "policy").partition("\n")[2]


def test_asked_before_it_signs(log: Path) -> None:
    proposal = proposed(log, *names, rule="all")
    before = proposal.read_bytes()
    words = ["governance", "sign", str(proposal), "--key", str(log / "w1.pem")]
    assert CliRunner().invoke(cli, words, input="n\n").exit_code == 1
    assert proposal.read_bytes() == before
    assert CliRunner().invoke(cli, words, input="y\n").exit_code == 0
    assert [s.key for s in read_proposal(proposal).signatures]
    assert CliRunner().invoke(cli, words, input="y\n").exit_code == 0
    assert len(read_proposal(proposal).signatures) == 1


def test_nothing_is_signed_that_is_not_understood(log: Path) -> None:
    proposal = proposed(log, *names)
    good = json.loads(proposal.read_text())

    def attempt(change: dict[str, Any], act: dict[str, Any] | None = None) -> TallystickError:
        path = log / "changed.json"
        path.write_text(json.dumps({**good, **change, "act": {**good["act"], **(act or {})}}))
        return refused("governance", "sign", path, "--key", log / "w1.pem", "--yes")

    for change, act in (
        ({"tallystick": "governance proposal/2"}, {}),
        ({"type": "ledger.treasury/1"}, {}),
        ({"type": "ledger.rules/1"}, {}),
        ({"more": 1}, {}),
        ({}, {"more": 1}),
        ({}, {"number": 0}),
        ({}, {"number": "1"}),
        ({}, {"policy": "quorum nobody\n"}),
        ({}, {"policy": good["act"]["policy"].replace("group g 2", "group g any")}),
        ({}, {"governance": good["act"]["governance"][:2]}),
        ({"origin": "log.example/other"}, {}),
        ({}, {"signatures": []}),
    ):
        assert isinstance(attempt(change, act), GovernanceFileRefused), (change, act)
    error = attempt({}, {"governance": good["act"]["governance"][:2]})
    assert isinstance(error, ProposalRefused), (
        "told as a file of another kind, to be asked for again"
    )
    assert "keys of w1, w2, w3 are asked for, given w1, w2" in error.detail
    make_key(log, "stranger")
    error = refused("governance", "sign", proposal, "--key", log / "stranger.pem", "--yes")
    assert isinstance(error, governance.GovernanceSignatureRefused)
    error = refused("governance", "sign", proposal, "--key", log / "w1.pem.json", "--yes")
    assert isinstance(error, KeyRefused)


def test_signatures_of_two_proposals_do_not_add_up(log: Path) -> None:
    one = signed(log, proposed(log, *names, rule="all"), "w1")
    two = signed(log, proposed(log, *names), "w2")
    assert isinstance(refused("governance", "enact", one, two), ProposalsDiffer)
    changed = json.loads(two.read_text())
    changed["signatures"].append(json.loads(one.read_text())["signatures"][0])
    two.write_text(json.dumps(changed))
    assert isinstance(refused("governance", "enact", two), governance.GovernanceSignatureRefused)


def test_rules_that_this_version_knows_alone(log: Path) -> None:
    error = refused("governance", "propose", "rules", "tallystick/rules/9", "--out", log / "p")
    assert isinstance(error, governance.RulesUnknown)
    done("governance", "propose", "rules", "tallystick/rules/1", "--out", log / "p")
    done("governance", "sign", log / "p", "--key", log / "w1.pem", "--yes")
    done("governance", "sign", log / "p", "--key", log / "w3.pem", "--yes")
    assert isinstance(refused("governance", "enact", log / "p"), governance.RulesChangeRefused)


def test_an_epoch_is_not_enacted_and_not_proposed_without_statements(log: Path) -> None:
    error = refused("governance", "propose", "epoch", "--out", log / "e")
    assert isinstance(error, governance.GovernanceQuorumMissing)
    assert isinstance(
        refused("governance", "epoch-proof", "--out", log / "e"), governance.EpochRefused
    )
    proposal = signed(log, signed(log, proposed(log, *names), "w1"), "w2")
    error = refused("governance", "take-over", proposal, "--proof", log / "x")
    assert isinstance(error, governance.EpochRefused)


def test_a_log_without_witnesses_is_governed_by_its_root(home: Path) -> None:
    """Its operator is replaced on the word of the root authority alone, and every page says `none`."""
    done("init", "--origin", origin)
    root = Node.at(Settings()).genesis()["root"]
    key = next((home / "home/keys").glob(f"300*{root.partition('/')[2]}.pem"))
    done("governance", "propose", "epoch", "--out", home / "e")
    done("governance", "sign", home / "e", "--key", key, "--yes")
    # The same machine: it signed beyond nothing, and its store ends in a block.
    done("governance", "take-over", home / "e", "--proof", home / "proof")
    shown = done("governance", "show")
    assert "root governs by" in shown
    assert "sound" in done("audit")


def test_a_node_that_cannot_be_reached(log: Path) -> None:
    proposal = signed(log, signed(log, proposed(log, *names), "w1"), "w2")
    for url in ("http://127.0.0.1:1", "nonsense"):
        error = refused("governance", "enact", proposal, "--node", url)
        assert isinstance(error, acts.EnactFailed)
