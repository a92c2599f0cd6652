"""Evidence of broken receipts, delays and broken rules, made from a node and verified elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.app.test_export_commands import tallystick
from tests.ledger.test_audit import Raw
from tests.ledger.test_http import client_of
from tests.ledger.world import NoteBody, World, core, key, log, rules_with_notes, supplier

from tallystick.app import evidencing
from tallystick.app.evidencing import RemoteTree, broken_receipts, delayed
from tallystick.identity import CreateHandles, Directory
from tallystick.ledger import (
    Checker,
    Checkpoint,
    Note,
    PrivateKey,
    ProofFile,
    ReceiptRefused,
    RuleError,
    Store,
    Submission,
    Verifier,
    auditor_reader,
    canonical,
    evidence,
    export,
    from_instant,
    instant,
    leaf_hash,
    promise,
    sighting,
    witness,
)
from tallystick.ledger.receipt import sign_receipt

own = PrivateKey.from_seed(b"\x07" * 32)
mirror = Verifier("mirror.example/north", own.public)
auditor = Verifier("auditor.example/a", own.public)


@dataclass
class Node:
    world: World
    client: TestClient

    @property
    def log(self) -> Verifier:
        return self.world.ledger.signer.verifier

    @property
    def remote(self) -> RemoteTree:
        return RemoteTree("http://testserver", self.client)

    @property
    def trust(self) -> evidence.Trust:
        return evidence.Trust([self.log], mirrors=[mirror], auditors=[auditor])

    def receipt(self) -> dict[str, Any]:
        """For an entry that is appended now and not sealed yet."""
        return dict(self.world.ledger.receipt(self.world.ledger.append(self.world.mint(1))))

    def signed(self, receipt: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """A receipt by the node's real key that promises something else."""
        charter = self.remote.charter(self.log)
        given = promise.open_promise(receipt, charter)
        (entry,) = given.entries
        sealed_by = changed.pop("sealed_by", given.sealed_by)
        return sign_receipt(
            self.world.origin, [replace(entry, **changed)], sealed_by, key(f"301:{log}")
        )

    def broken(self, receipt: dict[str, Any]) -> list[evidence.BrokenReceipt]:
        return list(broken_receipts(receipt, self.log, self.remote))

    def at(self, text: str, ms: int) -> None:
        self.world.clock.set(instant(from_instant(text) + ms))


@pytest.fixture
def node(tmp_path: Path, sqlite_url: str) -> Iterator[Node]:
    world = World(sqlite_url, tmp_path / "home", rules=rules_with_notes())
    world.populate()
    world.ledger.seal()
    for client in client_of(world):
        yield Node(world, client)


def again(found: evidence.Evidence) -> evidence.Evidence:
    return evidence.read_evidence(evidence.write_evidence(found))


def test_a_kept_promise_gives_no_evidence(node: Node) -> None:
    receipt = node.receipt()
    assert node.broken(receipt) == []
    node.world.ledger.seal()
    assert node.broken(receipt) == []


def test_another_leaf_stands_at_the_promised_index(node: Node) -> None:
    promised = node.signed(node.receipt(), leaf_hash="ab" * 32)
    node.world.ledger.seal()
    (found,) = node.broken(promised)
    verdict = again(found).verify(node.trust)
    assert (verdict.kind, verdict.rests_on) == ("receipt", "")
    assert "leaf " + "ab" * 32 in verdict.proves
    assert b'"how":"elsewhere"' in evidence.write_evidence(found)
    for wrong in ("ab" * 32, "cd" * 32):
        bad = found.model_copy(
            update={"breach": found.breach.model_copy(update={"leaf_hash": wrong})}
        )
        with pytest.raises((evidence.EvidenceProvesNothing, evidence.EvidenceProofFails)):
            again(bad).verify(node.trust)


def test_the_log_went_on_below_the_promised_index(node: Node) -> None:
    receipt = node.receipt()
    promised = node.signed(receipt, index=900)
    node.world.ledger.seal()
    assert node.broken(promised) == [], "it is not late yet"
    sealed_by = promise.open_promise(receipt, node.remote.charter(node.log)).sealed_by
    node.at(sealed_by, 1)
    node.world.append(node.world.mint(1, 5))
    node.world.ledger.seal()
    (found,) = node.broken(promised)
    assert isinstance(found.breach, evidence.Missing)
    assert "is past" in again(found).verify(node.trust).proves


def test_the_entry_was_sealed_late(node: Node) -> None:
    receipt = node.receipt()
    sealed_by = promise.open_promise(receipt, node.remote.charter(node.log)).sealed_by
    node.at(sealed_by, 1)
    node.world.ledger.seal()
    (found,) = node.broken(receipt)
    assert isinstance(found.breach, evidence.Late)
    assert "sealed by block" in again(found).verify(node.trust).proves
    swapped = found.model_copy(
        update={
            "breach": evidence.Late(
                before=found.breach.after,
                before_place=found.breach.after_place,
                after=found.breach.after,
                after_place=found.breach.after_place,
            )
        }
    )
    with pytest.raises(evidence.EvidenceProvesNothing):
        again(swapped).verify(node.trust)


def test_a_receipt_that_the_node_did_not_sign_accuses_nobody(node: Node) -> None:
    promised = node.signed(node.receipt(), leaf_hash="ab" * 32)
    node.world.ledger.seal()
    (found,) = node.broken(promised)
    unsigned = promised | {"signatures": [{"keyid": "x", "sig": "A" * 86 + "=="}]}
    bad = found.model_copy(
        update={"receipt": evidence.Dsse.model_validate_json(canonical.encode(unsigned))}
    )
    with pytest.raises(ReceiptRefused):
        again(bad).verify(node.trust)
    with pytest.raises(evidence.EvidenceMalformed, match="promises nothing"):
        again(found.model_copy(update={"index": 5})).verify(node.trust)
    other = evidence.Trust([Verifier(node.world.origin, own.public)])
    with pytest.raises(evidence.EvidenceNotSigned, match="genesis"):
        again(found).verify(other)


def _seen(node: Node, submission: Submission, at: str) -> dict[str, Any]:
    size = Checkpoint.parse(Note.parse(_newest(node)).text).size
    return sighting.sign_sighting(sighting.seen(submission.envelope, mirror.name, at, size), own)


def _newest(node: Node) -> str:
    with node.world.reader.open() as snapshot:
        newest = snapshot.checkpoint()
    assert newest is not None
    return newest[1]


def test_an_entry_that_a_mirror_saw_came_late(node: Node) -> None:
    """Forwarded by the mirror, kept back by the operator for two minutes."""
    (held_back,) = node.world.mint(1, 50)
    seen_at = instant(node.world.clock.now_ms())
    seen = _seen(node, held_back, seen_at)
    node.at(seen_at, 30_000)
    node.world.append(node.world.mint(1, 60))
    node.world.ledger.seal()
    with pytest.raises(
        evidence.EvidenceProvesNothing, match="a log that has not gone on is not late"
    ):
        delayed(seen, mirror, node.log, node.remote, 60)
    node.at(seen_at, 120_000)
    node.world.append(node.world.mint(1, 70))
    node.world.ledger.seal()
    absent = delayed(seen, mirror, node.log, node.remote, 60)
    node.world.append([held_back])
    node.world.ledger.seal()
    late = delayed(seen, mirror, node.log, node.remote, 60)
    verdict = again(late).verify(node.trust)
    assert "120 s later, and the entry behind it, at index" in verdict.proves
    assert mirror.name in verdict.rests_on
    assert "does not prove that the log was sent the entry" in verdict.proves_not
    told = again(absent).verify(node.trust)
    assert "whoever made this file" in told.rests_on
    with pytest.raises(evidence.EvidenceKeyNeeded, match="mirror-key"):
        again(late).verify(evidence.Trust([node.log]))
    assert late.place is not None
    early = late.model_copy(update={"place": late.block_place, "block_place": late.block_place})
    with pytest.raises(evidence.EvidenceProvesNothing, match="in front of"):
        again(early).verify(node.trust)


def test_a_dropped_entry_is_missed_by_whoever_holds_the_log(node: Node, database_url: str) -> None:
    """One author's entry never comes in; a copy on another machine confirms that it is not there."""
    (dropped,) = node.world.mint(1, 50)
    (kept,) = node.world.mint(1, 60)
    seen_at = instant(node.world.clock.now_ms())
    files = [_seen(node, one, seen_at) for one in (dropped, kept)]
    node.at(seen_at, 120_000)
    node.world.append([kept])
    node.world.append(node.world.mint(1, 70))
    node.world.ledger.seal()
    found = delayed(files[0], mirror, node.log, node.remote, 60)
    held = _held(node, database_url)
    verdict = again(found).verify(replace(node.trust, store=held))
    assert "your own copy of the log" in verdict.proves
    assert "does not hold it" in verdict.proves
    assert "whoever made this file" not in verdict.rests_on
    lying = found.model_copy(
        update={"sighting": evidence.Dsse.model_validate_json(canonical.encode(files[1]))}
    )
    with pytest.raises(evidence.EvidenceProvesNothing, match="holds the entry at index"):
        again(lying.model_copy(update={"block": found.block})).verify(
            replace(node.trust, store=held)
        )


def test_a_copy_of_another_log_says_nothing(node: Node, tmp_path: Path) -> None:
    (dropped,) = node.world.mint(1, 50)
    seen = _seen(node, dropped, "2020-01-05T01:00:00.000Z")
    found = delayed(seen, mirror, node.log, node.remote, 60)
    other = World(f"sqlite:///{tmp_path / 'o.sqlite'}", tmp_path / "o", rules=rules_with_notes())
    copy = evidence.StoreCopy(other.store, other.rules)
    held = evidence.HeldLog(copy, other.rules, Directory(), Checker())
    with pytest.raises(evidence.EvidenceStoreDiffers):
        again(found).verify(replace(node.trust, store=held))


def _held(node: Node, url: str) -> evidence.HeldLog:
    """A copy on another machine, with that machine's own program and rules."""
    if url == node.world.url:
        url = url.replace(".sqlite", "-held.sqlite")
    copied = Store(url)
    node.world.store.copy_to(copied)
    rules = rules_with_notes()
    return evidence.HeldLog(evidence.StoreCopy(copied, rules), rules, Directory(), Checker())


def _lax(world: World) -> None:
    """The operator's own program no longer asks who owns a handle."""
    name = "identity.handle.create/1"
    honest = world.rules.types[name]

    def rule(state: Any, act: Any) -> Any:
        try:
            return honest.rule(state, act)
        except RuleError:
            return []

    world.rules.types[name] = replace(honest, rule=rule)


def _break_a_rule(node: Node) -> int:
    """The supplier registers a handle below somebody else's prefix, and the operator lets it."""
    (stolen,) = node.world.mint(1, 80)
    stolen_body = CreateHandles.model_validate_json(stolen.body)
    _lax(node.world)
    (answer,) = node.world.append(
        [node.world.write(supplier, "identity.handle.create/1", stolen_body)]
    )
    node.world.ledger.seal()
    node.world.append(node.world.mint(2, 90))
    node.world.ledger.seal()
    return answer.index


def test_a_rule_broken_by_the_operator(node: Node, database_url: str) -> None:
    index = _break_a_rule(node)
    held = _held(node, database_url)
    made = evidence.of_rule(held, "2026-01-05T03:00:00.000Z", (auditor.name, own))
    assert made.place.index == index
    with_copy = again(made).verify(evidence.Trust([node.log], store=held))
    assert (with_copy.kind, with_copy.rests_on) == ("rule", "")
    assert "this program refuses the entry" in with_copy.proves
    said = again(made).verify(node.trust)
    assert auditor.name in said.rests_on
    assert "does not prove that the entry breaks a rule" in said.proves_not
    with pytest.raises(evidence.EvidenceKeyNeeded, match="auditor-key"):
        again(made).verify(evidence.Trust([node.log]))
    unsigned = again(evidence.of_rule(held, "2026-01-05T03:00:00.000Z"))
    with pytest.raises(evidence.EvidenceKeyNeeded, match="nobody signed"):
        unsigned.verify(node.trust)
    assert unsigned.verify(replace(node.trust, store=held)).rests_on == ""


def test_an_honest_log_breaks_no_rule(node: Node, sqlite_url: str) -> None:
    with pytest.raises(evidence.EvidenceProvesNothing, match="admits all"):
        evidence.of_rule(_held(node, sqlite_url), "2026-01-05T03:00:00.000Z")


def test_a_copy_with_a_damaged_body_accuses_nobody(node: Node, sqlite_url: str) -> None:
    """What lies beside the leaf may be wrong in one copy alone."""
    node.world.append([node.world.write(core, "test.note/1", NoteBody(text="hello"))])
    node.world.ledger.seal()
    raw = Raw(node.world.store)
    row = max(raw.rows("body"), key=lambda row: b"hello" in bytes(row["data"]))
    changed = {**row, "data": bytes(row["data"]).replace(b"hello", b"jello")}
    with raw.changed("body", [row], [changed]):
        held = _held(node, sqlite_url)
        with pytest.raises(evidence.EvidenceStoreDiffers, match="gone or damaged"):
            evidence.of_rule(held, "2026-01-05T03:00:00.000Z")


def test_evidence_about_a_sound_entry_is_refused_by_a_copy(node: Node, sqlite_url: str) -> None:
    """An accuser's file that points at another entry, or at one that the rules admit."""
    index = _break_a_rule(node)
    held = _held(node, sqlite_url)
    made = evidence.of_rule(held, "2026-01-05T03:00:00.000Z", (auditor.name, own))
    with node.world.reader.open() as snapshot:
        newest = snapshot.checkpoint()
        assert newest is not None
        _, path, _ = snapshot.inclusion(index - 1, newest[0])
        prefix = snapshot.consistency(index, newest[0])
        leaf = snapshot.row(index - 1).leaf_hash.hex()
    innocent = made.model_copy(
        update={
            "leaf_hash": leaf,
            "place": evidence.Place(
                index=index - 1, path=tuple(h.hex() for h in path), checkpoint=newest[1]
            ),
            "prefix_path": tuple(h.hex() for h in prefix),
        }
    )
    with pytest.raises(evidence.EvidenceProvesNothing, match="admits entry"):
        again(innocent).verify(replace(node.trust, store=held))
    with pytest.raises(evidence.EvidenceProvesNothing, match="another entry"):
        again(innocent).verify(node.trust)
    bent = made.model_copy(update={"prefix_path": made.prefix_path[:-1]})
    with pytest.raises(evidence.EvidenceStoreDiffers, match="do not lead"):
        again(bent).verify(replace(node.trust, store=held))


def test_a_broken_rule_as_it_is_typed(node: Node, tmp_path: Path) -> None:
    """A rule broken on the operator's machine, found, signed and verified on two others."""
    index = _break_a_rule(node)
    pem = tmp_path / "auditor.pem"
    pem.write_bytes(own.pem())
    homes = [tmp_path / "finder", tmp_path / "judge"]
    for home in homes:
        home.mkdir()
        copied = Store(f"sqlite:///{home / 'ledger.sqlite3'}")
        node.world.store.copy_to(copied)
        copied.close()
    out = tmp_path / "rule.json"
    key_ = ("--log-key", node.log.encode())
    audited = tallystick(homes[0], "audit")
    assert (audited.returncode, "tallystick evidence make rule" in audited.stderr) == (1, True)
    made = tallystick(
        homes[0], "evidence", "make", "rule", *key_, "--out", str(out),
        "--auditor", auditor.name, "--key", str(pem),
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    assert f"at index {index}" in made.stdout
    judged = tallystick(homes[1], "evidence", "verify", str(out), *key_, "--store")
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert judged.stdout.startswith("PROVEN rule")
    folder = tmp_path / "export"
    export.export_log(node.world.store, node.world.rules, folder, auditor_reader)
    by_export = tallystick(
        tmp_path / "stranger", "evidence", "verify", str(out), *key_, "--export", str(folder)
    )
    assert by_export.returncode == 0, by_export.stdout + by_export.stderr
    same = tallystick(
        tmp_path / "stranger", "evidence", "make", "rule", *key_, "--export", str(folder),
        "--out", str(tmp_path / "same"),
    )  # fmt: skip
    assert same.returncode == 0, same.stdout + same.stderr
    said = tallystick(
        tmp_path / "stranger", "evidence", "verify", str(out), *key_,
        "--auditor-key", auditor.encode(),
    )  # fmt: skip
    assert said.returncode == 3, said.stdout + said.stderr
    assert said.stdout.startswith("SAID, NOT PROVEN rule")
    assert f"rests on the word of: {auditor.name}" in said.stdout
    no_copy = tallystick(tmp_path / "stranger", "evidence", "verify", str(out), *key_, "--store")
    assert (no_copy.returncode, "no-log" in no_copy.stderr) == (2, True)
    nobody = tallystick(tmp_path / "stranger", "evidence", "verify", str(out), *key_)
    assert (nobody.returncode, "evidence-key-needed" in nobody.stdout) == (1, True)
    without = tallystick(tmp_path / "stranger", "evidence", "verify", str(out))
    assert (without.returncode, "evidence-log-key-needed" in without.stderr) == (2, True)
    assert f"about {node.world.origin}" in without.stderr
    assert "proves nothing between firms" in judged.stdout
    twice = tallystick(homes[0], "evidence", "make", "rule", *key_, "--out", str(out))
    assert (twice.returncode, "evidence-file-there" in twice.stderr) == (2, True)
    half = tallystick(homes[0], "evidence", "make", "rule", *key_, "--out", "x", "--auditor", "a")
    assert (half.returncode, "evidence-auditor-key" in half.stderr) == (2, True)
    pinned = tmp_path / "genesis.json"
    pinned.write_text(json.dumps(node.remote.entry(0)))
    genesis = tallystick(
        homes[1], "evidence", "verify", str(out), "--genesis", str(pinned), "--store"
    )
    assert genesis.returncode == 0, genesis.stdout + genesis.stderr


@pytest.fixture
def typed(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The commands against this node: (exit code, what was said)."""
    monkeypatch.setattr(evidencing, "RemoteTree", lambda _url, _http: node.remote)

    def run(*arguments: object) -> tuple[int, str]:
        words = [str(word) for word in arguments]
        done = tallystick(tmp_path / "stranger", "evidence", *words, "--log-key", node.log.encode())
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_broken_receipt_as_it_is_typed(node: Node, typed: Any, tmp_path: Path) -> None:
    receipt = node.receipt()
    for name, one in (("kept", receipt), ("broken", node.signed(receipt, leaf_hash="ab" * 32))):
        (tmp_path / name).write_text(json.dumps({"results": [], "receipt": one}))
    node.world.ledger.seal()
    make = ("make", "receipt", "--node", "http://node", "--out", tmp_path / "out")
    code, said = typed(*make, tmp_path / "kept")
    assert (code, "evidence-proves-nothing" in said) == (2, True)
    code, said = typed(*make, tmp_path / "broken")
    assert (code, "It proves: The log promised entry" in said) == (0, True), said
    code, said = typed("verify", tmp_path / "out")
    assert (code, said.startswith("PROVEN receipt")) == (0, True), said


def test_a_delay_as_it_is_typed(node: Node, typed: Any, tmp_path: Path) -> None:
    (dropped,) = node.world.mint(1, 50)
    (tmp_path / "seen").write_text(json.dumps(_seen(node, dropped, "2026-01-01T01:00:00.000Z")))
    mirrors = ("--mirror-key", mirror.encode())
    make = ("make", "delay", tmp_path / "seen", *mirrors, "--node", "http://node")
    code, said = typed(*make, "--out", tmp_path / "out")
    assert (code, "The mirror" in said) == (0, True), said
    code, said = typed("verify", tmp_path / "out", *mirrors)
    assert (code, said.startswith("SAID, NOT PROVEN delay")) == (3, True), said
    code, said = typed("verify", tmp_path / "out")
    assert (code, "evidence-key-needed" in said) == (1, True)


def test_two_checkpoints_as_they_are_typed(node: Node, typed: Any, tmp_path: Path) -> None:
    """The holder of an old checkpoint has no copy of the log: the operator's own node gives the proof."""
    key_ = key(f"300:{log}").private
    with node.world.reader.open() as snapshot:
        size = snapshot.size()
    for at in (1, 2, size - 1, size - 2):
        old = Checkpoint(node.world.origin, at, bytes(32)).sign(key_)
        (tmp_path / f"old{at}").write_text(old.encode())
        (tmp_path / "new").write_text(_newest(node))
        make = ("make", "checkpoints", tmp_path / f"old{at}", tmp_path / "new")
        code, said = typed(*make, "--out", tmp_path / f"out{at}", "--node", "http://node")
        assert code == 0, said
        code, said = typed("verify", tmp_path / f"out{at}")
        assert (code, said.startswith("PROVEN inconsistent")) == (0, True), said
    code, said = typed(*make, "--out", tmp_path / "none")
    assert (code, "evidence-tree-missing" in said) == (2, True), said


def test_two_leaves_and_a_witness_as_they_are_typed(node: Node, typed: Any, tmp_path: Path) -> None:
    key_ = key(f"300:{log}").private
    origin = node.world.origin
    leaves = [b"one", b"two"]
    for leaf in leaves:
        note = Checkpoint(origin, 1, leaf_hash(leaf)).sign(key_).encode()
        (tmp_path / f"{leaf.decode()}.proof").write_text(ProofFile(0, (), note).encode())
        (tmp_path / leaf.decode()).write_bytes(leaf)
    pairs = [path for leaf in leaves for path in (f"{leaf.decode()}.proof", leaf.decode())]
    make = ("make", "leaves", *(tmp_path / path for path in pairs))
    assert typed(*make, "--out", tmp_path / "leaves")[0] == 0
    code, said = typed("verify", tmp_path / "leaves")
    assert (code, said.startswith("PROVEN two-leaves")) == (0, True), said
    name = "witness.example/w1"
    cosigner = witness.Cosigner(name, own.public)
    for path, size, time_s in (("large", 9, 1000), ("small", 5, 1001)):
        note_ = Checkpoint(origin, size, bytes(32)).sign(key_)
        line = witness.cosign(note_.text, name, own, time_s)
        (tmp_path / path).write_text(note_.adding([line]).encode())
    known = ("--witness-key", cosigner.encode())
    make = ("make", "rollback", tmp_path / "large", tmp_path / "small", *known)
    assert typed(*make, "--out", tmp_path / "rollback")[0] == 0
    code, said = typed("verify", tmp_path / "rollback", *known)
    assert (code, said.startswith("PROVEN rollback")) == (0, True), said
