"""`tallystick anchor` as it is typed, and what others do with an anchor: `verify --rpc`, `audit --rpc`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.app.test_export_commands import tallystick
from tests.contracts.liar import instead, lying
from tests.contracts.rig import Anchoring

from tallystick.app.anchor import cli as anchor_cli
from tallystick.app.anchor import configured
from tallystick.app.bootstrap import Node
from tallystick.app.settings import Settings
from tallystick.contracts import PublisherKey
from tallystick.ledger import bundle, canonical
from tallystick.ledger.bundle import layout


@pytest.fixture
def home(tmp_path: Path, rig: Anchoring, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new log on a machine that knows the chain, and has neither key nor contract."""
    monkeypatch.setenv("TALLYSTICK_ANCHOR_RPC", rig.node.url)
    monkeypatch.setenv("TALLYSTICK_ANCHOR_CHAIN", str(rig.chain.chain))
    monkeypatch.setenv("TALLYSTICK_ANCHOR_FEE_MAX_GWEI", "1000")
    monkeypatch.setenv("TALLYSTICK_ANCHOR_CONFIRMATIONS", "2")
    monkeypatch.setattr(anchor_cli, "poll_s", 0.05)
    made = tmp_path / "home"
    assert tallystick(made, "init", "--origin", "log.example/anchored").returncode == 0
    return made


def deployed(home: Path, rig: Anchoring, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the contract, by the commands."""
    address = tallystick(home, "anchor", "key").stdout.split()[-1]
    rig.node.ask("anvil_setBalance", address, hex(10**20))
    told = tallystick(home, "anchor", "deploy")
    assert told.returncode == 0, told.stderr
    contract = told.stdout.strip().rpartition("TALLYSTICK_ANCHOR_CONTRACT=")[2]
    monkeypatch.setenv("TALLYSTICK_ANCHOR_CONTRACT", contract)
    return contract


def test_from_a_key_to_a_bundle_that_the_chain_confirms(
    home: Path, rig: Anchoring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = rig.node.url
    with rig.node.mining():
        contract = deployed(home, rig, monkeypatch)
        told = tallystick(home, "anchor", "publish")
        assert told.returncode == 0, told.stderr
        again = tallystick(home, "anchor", "publish")
    assert told.stdout == again.stdout
    assert f"chain {rig.chain.chain}" in " ".join(told.stdout.split())
    shown = tallystick(home, "anchor", "show").stdout
    assert "confirmed" in shown
    assert contract in shown
    assert "secret" not in shown
    checked = tallystick(home, "anchor", "check")
    assert (checked.returncode, checked.stdout[:2]) == (0, "ok")
    assert tallystick(home, "audit", "--rpc", url).returncode == 0
    key = tallystick(home, "log", "key").stdout.strip()
    file = tmp_path / "entry.tally"
    made = tallystick(home, "bundle", "make", str(file), "--entry", "0", "--anchored")
    assert made.returncode == 0, made.stderr
    nowhere = tmp_path / "nowhere"

    def verify(*more: str) -> Any:
        return tallystick(nowhere, "verify", str(file), "--log-key", key, *more)

    assert "No file can show that" in " ".join(verify().stdout.split())
    online = verify("--rpc", url, "--rpc", url, "--contract", contract, "--json")
    says = {row["says"]: row for row in json.loads(online.stdout)["statements"]}
    assert says["anchor.claimed"]["grade"] == "note"
    assert says["anchor.checked"]["servers"] == url
    assert "anchor.contract" in says
    assert "您未指定合约" in verify("--rpc", url, "--language", "zh").stdout
    elsewhere = verify("--rpc", url, "--contract", "0x" + "12" * 20)
    assert (elsewhere.returncode, "anchor-other-contract" in elsewhere.stderr) == (1, True)
    down = verify("--rpc", "http://127.0.0.1:1/v3/secret")
    assert (down.returncode, "anchor-chain-unreachable" in down.stderr) == (2, True)
    assert "secret" not in down.stderr
    with lying(url, instead("eth_getTransactionReceipt", None)) as liar:
        gone = verify("--rpc", liar)
    assert (gone.returncode, "anchor-gone" in gone.stderr) == (1, True)


def test_a_bundle_whose_claim_is_false_is_refused_online_alone(
    home: Path, rig: Anchoring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rig.node.mining():
        deployed(home, rig, monkeypatch)
        assert tallystick(home, "anchor", "publish").returncode == 0
    file, key = tmp_path / "entry.tally", tallystick(home, "log", "key").stdout.strip()
    tallystick(home, "bundle", "make", str(file), "--entry", "0", "--anchored")
    files = bundle.unpack(file.read_bytes())
    told = json.loads(files[layout.anchor_file])
    earlier = canonical.encode({**told, "time": "2020-01-01T00:00:00.000Z"})
    file.write_bytes(bundle.pack({**files, layout.anchor_file: earlier}))
    verify = ("verify", str(file), "--log-key", key)
    assert tallystick(home, *verify).returncode == 0
    refused = tallystick(home, *verify, "--rpc", rig.node.url)
    assert (refused.returncode, "bundle-anchor-not-there" in refused.stderr) == (1, True)
    del files[layout.anchor_file]
    file.write_bytes(bundle.pack(files))
    missing = tallystick(home, *verify, "--rpc", rig.node.url)
    assert (missing.returncode, "bundle-anchor-missing" in missing.stderr) == (1, True)


def test_an_anchor_that_is_gone_is_found_by_check_and_audit(
    home: Path, rig: Anchoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rig.node.undone(), rig.node.mining():
        deployed(home, rig, monkeypatch)
        assert tallystick(home, "anchor", "publish").returncode == 0
    checked = tallystick(home, "anchor", "check")
    assert (checked.returncode, "WRONG" in checked.stdout) == (1, True)
    audited = tallystick(home, "audit", "--rpc", rig.node.url)
    assert (audited.returncode, "anchor of size" in " ".join(audited.stderr.split())) == (1, True)
    assert tallystick(home, "audit").returncode == 0


def test_what_cannot_be_anchored_is_a_sentence_and_the_worker_goes_on(
    home: Path, rig: Anchoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    unset = tallystick(home, "anchor", "publish")
    assert (unset.returncode, "anchor-not-configured" in unset.stderr) == (2, True)
    nobody = tallystick(home, "anchor", "deploy")
    assert (nobody.returncode, "anchor-key-missing" in nobody.stderr) == (2, True)
    address = tallystick(home, "anchor", "key").stdout.split()[-1]
    again = tallystick(home, "anchor", "key")
    assert (again.returncode, "anchor-key-exists" in again.stderr) == (2, True)
    poor = tallystick(home, "anchor", "deploy")
    assert (poor.returncode, f"{address} holds 0 wei" in poor.stderr) == (2, True)
    monkeypatch.setenv("TALLYSTICK_ANCHOR_CONTRACT", rig.chain.contract)
    stranger = tallystick(home, "anchor", "publish")
    assert (stranger.returncode, "anchor-not-publisher" in stranger.stderr) == (2, True)
    path = configured.key_path(Settings(home=home))
    path.unlink()
    rig.publisher.key.save(path)
    assert PublisherKey.load(path).address == rig.publisher.key.address
    waiting = tallystick(home, "anchor", "publish", "--timeout", "1")
    assert (waiting.returncode, "anchor-pending" in waiting.stderr) == (2, True)
    assert "The worker of" in waiting.stdout
    shown = " ".join(tallystick(home, "anchor", "show").stdout.split())
    assert "tried 0 times: not yet begun" in shown
    monkeypatch.setenv("TALLYSTICK_ANCHOR_CHAIN", "1")
    wrong = tallystick(home, "anchor", "publish")
    assert (wrong.returncode, "anchor-wrong-chain" in wrong.stderr) == (2, True)


def test_bundles_need_a_confirmed_anchor_to_be_anchored(home: Path, tmp_path: Path) -> None:
    made = tallystick(home, "bundle", "make", str(tmp_path / "x"), "--entry", "0", "--anchored")
    assert (made.returncode, "bundle-nothing-anchored" in made.stderr) == (2, True)


def test_a_damaged_row_is_no_sound_store(
    home: Path, rig: Anchoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rig.node.mining():
        deployed(home, rig, monkeypatch)
        tallystick(home, "anchor", "publish")
    store = Node.at(Settings(home=home)).store
    with store.write() as transaction:
        (row,) = transaction.anchors.recent(2)
        transaction.anchors.put(replace(row, note=bytes(32)))
    told = tallystick(home, "audit")
    assert (told.returncode, "hash of the note" in " ".join(told.stderr.split())) == (1, True)
