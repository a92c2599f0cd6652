"""`tallystick receipt check` against honest and lying nodes; malformed receipts and evidence."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console
from tests.ledger.test_http import client_of
from tests.ledger.witness.test_stored import policy
from tests.ledger.world import World, key, log, root, rules_with_notes
from typer.testing import CliRunner

from tallystick.app import receipt_cli, receipts
from tallystick.app.cli import cli
from tallystick.ledger import (
    ProofFile,
    ReceiptRefused,
    ReceiptWrongKey,
    TallystickError,
    Verifier,
    from_instant,
    instant,
    promise,
)
from tallystick.ledger.receipt import Received, sign_receipt


@dataclass
class Node:
    """A running node with one receipt in hand."""

    world: World
    client: TestClient
    log: Verifier
    charter: promise.Charter
    receipt: dict[str, Any]

    @property
    def remote(self) -> receipts.RemoteNode:
        return receipts.RemoteNode("http://testserver", self.client)

    def check(self, receipt: dict[str, Any] | None = None) -> receipts.Checked:
        given = promise.open_promise(receipt or self.receipt, self.charter)
        (found,) = receipts.check(given, self.charter, self.remote, self.world.clock)
        return found

    def signed(self, **changed: Any) -> dict[str, Any]:
        """A receipt by the node's real key that promises something else."""
        (entry,) = promise.open_promise(self.receipt, self.charter).entries
        sealed_by = changed.pop("sealed_by", self.sealed_by)
        rows = [replace(entry, **changed)]
        return sign_receipt(self.world.origin, rows, sealed_by, key(f"301:{log}"))

    @property
    def sealed_by(self) -> str:
        return promise.open_promise(self.receipt, self.charter).sealed_by


@pytest.fixture
def node(tmp_path: Path, sqlite_url: str) -> Iterator[Node]:
    world = World(sqlite_url, tmp_path / "home", rules=rules_with_notes(), policy=policy)
    world.populate()
    world.ledger.seal()
    receipt = world.ledger.receipt(world.ledger.append(world.mint(1)))
    # Blocks are sealed when a test says so, whatever the machine is busy with.
    for client in client_of(world, running=False):
        remote = receipts.RemoteNode("http://testserver", client)
        known = remote.charter(world.ledger.signer.verifier)
        yield Node(world, client, known.log, known, dict(receipt))


def test_genesis_says_whom_to_believe(node: Node) -> None:
    assert node.charter.receipt_key == key(f"301:{log}").private.public
    assert node.charter.policy_text == policy
    stranger = Verifier(node.world.origin, key("stranger").private.public)
    with pytest.raises(promise.EvidenceRefused, match="has not signed it"):
        promise.open_charter(node.remote.entry(0), stranger)
    with pytest.raises(promise.EvidenceRefused, match="genesis"):
        promise.open_charter(node.remote.entry(1), node.log)
    changed = dict(node.remote.entry(0))
    body = json.loads(base64.b64decode(changed["body"]))
    body["policy"] = "quorum none\n"
    changed["body"] = base64.b64encode(json.dumps(body).encode()).decode()
    with pytest.raises(promise.EvidenceRefused, match="body is another"):
        promise.open_charter(changed, node.log)


def test_a_kept_promise(node: Node) -> None:
    assert node.check().grade == "durable"
    node.world.ledger.seal()
    found = node.check()
    assert (found.grade, found.broken) == ("sealed", None)
    assert "without w1, w2, w3" in found.said


def test_a_receipt_by_another_key_is_nobodys_promise(node: Node) -> None:
    (entry,) = promise.open_promise(node.receipt, node.charter).entries
    forged = sign_receipt(node.world.origin, [entry], node.sealed_by, key(f"300:{log}"))
    with pytest.raises(ReceiptWrongKey):
        promise.open_promise(forged, node.charter)
    other = sign_receipt("log.example/else", [entry], node.sealed_by, key(f"301:{log}"))
    with pytest.raises(ReceiptRefused, match="is of the log"):
        promise.open_promise(other, node.charter)


def test_another_entry_in_its_place(node: Node) -> None:
    """The operator promised index n, and put somebody else's entry there."""
    node.world.ledger.seal()
    promised = node.signed(leaf_hash="ab" * 32)
    found = node.check(promised)
    assert isinstance(found.broken, promise.EntryElsewhere)
    assert "another stands there" in found.said
    elsewhere = node.check(node.signed(index=2))
    assert isinstance(elsewhere.broken, promise.EntryElsewhere)
    (entry,) = promise.open_promise(node.receipt, node.charter).entries
    assert f"says it is at {entry.index}" in elsewhere.said


def test_the_log_goes_on_without_the_entry(node: Node) -> None:
    """Promised far above: later blocks pass the promised time, and the log ends below it."""
    promised = node.signed(index=900)
    node.world.ledger.seal()
    assert node.check(promised).broken is None, "it is not late yet"
    node.world.clock.set(instant(from_instant(node.sealed_by) + 1))
    node.world.append(node.world.mint(1, 5))
    node.world.ledger.seal()
    found = node.check(promised)
    assert isinstance(found.broken, promise.EntryMissing)


def test_a_node_that_seals_nothing_is_late_by_our_clock(node: Node) -> None:
    assert node.check().broken is None
    node.world.clock.set(instant(from_instant(node.sealed_by) + 61_000))
    found = node.check()
    assert isinstance(found.broken, promise.SealedLate)
    assert "by this machine's clock" in found.said


def test_sealed_later_than_promised(node: Node) -> None:
    """Two blocks of neighbouring heights around the entry: none came between, and the later is late."""
    node.world.clock.set(instant(from_instant(node.sealed_by) + 1))
    node.world.ledger.seal()
    found = node.check()
    assert isinstance(found.broken, promise.SealedLate)
    assert "sealed by block" in found.said


def test_a_later_block_alone_accuses_nobody(node: Node) -> None:
    (entry,) = promise.open_promise(node.receipt, node.charter).entries
    given = promise.open_promise(node.receipt, node.charter)
    late = promise.Sealed(entry.index + 5, 9, "2030-01-01T00:00:00.000Z")
    for before in (promise.Sealed(1, 7, "x"), promise.Sealed(entry.index + 1, 8, "x")):
        with pytest.raises(promise.EvidenceRefused, match="another block"):
            promise.require_sealed(given, entry, late, before)
    with pytest.raises(promise.SealedLate):
        promise.require_sealed(given, entry, late, promise.Sealed(1, 8, "x"))
    with pytest.raises(promise.EvidenceRefused, match="not behind"):
        promise.require_sealed(given, entry, promise.Sealed(1, 8, "x"), late)


def test_a_bad_proof_alone_accuses_nobody(node: Node) -> None:
    """A node that answers nonsense has broken no promise that could be shown to others."""
    node.world.ledger.seal()
    (entry,) = promise.open_promise(node.receipt, node.charter).entries
    proof = node.remote.proof(entry.index)
    assert proof is not None
    bad = replace(proof, path=(bytes(32), *proof.path[1:]))
    with pytest.raises(promise.EvidenceRefused):
        promise.check_place(entry, bad, node.charter)
    answer = node.remote.entry(entry.index)
    assert promise.occupied(entry, answer, bad, node.charter) is None
    assert promise.occupied(entry, node.remote.entry(1), proof, node.charter) is None
    with pytest.raises(promise.EvidenceRefused, match="index"):
        promise.check_place(replace(entry, index=entry.index + 1), proof, node.charter)


def test_a_forged_block_seals_nothing(node: Node) -> None:
    """A block that the log key signed but that is not in the log, or an entry that is no block."""
    node.world.ledger.seal()
    size = node.world.memory.load()[0]
    proof = node.remote.proof(size - 1)
    assert proof is not None
    good = node.remote.entry(size - 1)
    assert promise.open_block(good, proof, node.log).index == size - 1
    with pytest.raises(promise.EvidenceRefused):
        promise.open_block(node.remote.entry(0), proof, node.log)
    other = next(
        i for i in range(2, size) if receipts._type(node.remote.entry(i)) == "ledger.block/1"
    )
    if other != size - 1:
        with pytest.raises(promise.EvidenceRefused):
            promise.open_block(node.remote.entry(other), proof, node.log)


bad_rows: list[Any] = [
    [], ["a", "b", 1, "00"], ["a", "b", -1, "00" * 32, "accepted"], ["a", "b", 1, "zz", "accepted"],
    ["a", "b", True, "00" * 32, "accepted"], ["a", "b", "1", "00" * 32, "accepted"],
    {"author": "a"}, None, ["a", "b", 1, "00" * 31, "accepted"], [1, "b", 1, "00" * 32, "accepted"],
]  # fmt: skip


@pytest.mark.parametrize("row", bad_rows)
def test_rows_of_another_form_are_refused(node: Node, row: Any) -> None:
    """Signed by the real receipt key, so that only the form can tell."""
    with pytest.raises(ReceiptRefused):
        promise.open_promise(_signed_payload({"sealed_by": "x", "entries": [row]}), node.charter)


@pytest.mark.parametrize(
    "payload",
    [
        {"entries": []}, {"sealed_by": 5, "entries": []}, {"sealed_by": "x"},
        {"sealed_by": "x", "entries": {}}, {"sealed_by": "x", "entries": [[]] * 5000},
    ],
)  # fmt: skip
def test_payloads_of_another_form_are_refused(node: Node, payload: Any) -> None:
    with pytest.raises(ReceiptRefused):
        promise.open_promise(_signed_payload(payload), node.charter)


def _signed_payload(payload: dict[str, Any]) -> dict[str, Any]:
    from tallystick.ledger import pae
    from tallystick.ledger.canonical import encode
    from tallystick.ledger.receipt import payload_type

    data = encode({"origin": "log.example/tests/simulated", **payload})
    signature = key(f"301:{log}").private.sign(pae(data, payload_type))
    return {
        "payload": base64.b64encode(data).decode(),
        "payloadType": payload_type,
        "signatures": [{"keyid": "x", "sig": base64.b64encode(signature).decode()}],
    }


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(
        st.sampled_from(["receipt", "payload", "payloadType", "signatures"]), values, max_size=4
    )
)
def test_no_receipt_makes_the_check_fail(node: Node, document: dict[str, Any]) -> None:
    with pytest.raises(ReceiptRefused):
        promise.open_promise(document, node.charter)
    with pytest.raises(promise.EvidenceRefused):
        promise.open_charter({"envelope": document, "body": document.get("payload")}, node.log)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"5", b"\xff", b"null"])
def test_a_file_that_is_no_receipt(data: bytes) -> None:
    with pytest.raises(ReceiptRefused):
        promise.read_document(data)


def answering(reply: Callable[[httpx.Request], httpx.Response]) -> receipts.RemoteNode:
    http = httpx.Client(transport=httpx.MockTransport(reply))
    return receipts.RemoteNode("http://node.example", http)


def test_nodes_that_answer_nonsense_are_told_apart() -> None:
    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(receipts.NodeUnreachable, match="refused"):
        answering(away).entry(0)
    for content in (b"", b"[]", b"\xff", b"x" * (receipts.answer_bytes_max + 1)):
        with pytest.raises(receipts.NodeAnswerRefused):
            answering(lambda _, c=content: httpx.Response(200, stream=httpx.ByteStream(c))).entry(0)  # type: ignore[misc]
    with pytest.raises(receipts.NodeAnswerRefused, match="500"):
        answering(lambda _: httpx.Response(500, stream=httpx.ByteStream(b""))).proof(1)
    assert answering(lambda _: httpx.Response(409, stream=httpx.ByteStream(b""))).proof(1) is None
    with pytest.raises(TallystickError):
        answering(lambda _: httpx.Response(200, stream=httpx.ByteStream(b"no proof"))).proof(1)


def test_the_command_tells_and_exits(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.world.ledger.seal()
    monkeypatch.setattr(receipt_cli, "console", Console(width=400))
    (entry,) = promise.open_promise(node.receipt, node.charter).entries
    proof = node.remote.proof(entry.index)
    assert proof is not None
    files = {
        "receipt": json.dumps({"results": [], "receipt": node.receipt}),
        "genesis": json.dumps(node.remote.entry(0)),
        "proof": proof.encode(),
        "other": json.dumps(
            sign_receipt(
                node.world.origin,
                [Received(root, entry.id, entry.index, entry.leaf_hash, "accepted")],
                node.sealed_by,
                key(f"300:{log}"),
            )
        ),
        "far": ProofFile(entry.index + 1, proof.path, proof.checkpoint).encode(),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    def run(receipt: str, path: str) -> Any:
        words = ["receipt", "check", str(tmp_path / receipt), "--log-key", node.log.encode()]
        words += ["--genesis", str(tmp_path / "genesis"), "--proof", str(tmp_path / path)]
        return CliRunner().invoke(cli, words)

    good = run("receipt", "proof")
    assert (good.exit_code, "is not checked" in good.stdout) == (0, True)
    wrong = run("other", "proof")
    assert (wrong.exit_code, "BROKEN" in wrong.stdout) == (1, True)
    assert isinstance(run("receipt", "far").exception, ReceiptRefused)
    assert isinstance(run("proof", "proof").exception, ReceiptRefused)
    lone = CliRunner().invoke(
        cli, ["receipt", "check", str(tmp_path / "receipt"), "--log-key", node.log.encode()]
    )
    assert lone.exit_code == 2
