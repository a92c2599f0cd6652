"""An operator killed for good: another takes over by a quorum, clients send again, the old one is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.test_serving import free_port, serving
from tests.end_to_end.test_witnessed import Watcher, names, start, until
from typer.testing import CliRunner, Result

from tallystick import scanners
from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.cli import cli
from tallystick.app.governance.files import read_key
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.settings import Settings
from tallystick.app.witnessing import asking, cosign
from tallystick.identity import AddDevice, AddKey, CreateHandles, HandleRecord, HandleValue
from tallystick.ledger import (
    Author,
    Checker,
    LogFenced,
    PrivateKey,
    SigningKey,
    Submission,
    SystemClock,
    Verifier,
    audit,
    governance,
    log_verifier,
    open_checkpoint,
    witness,
    write_batch,
)
from tallystick.trace import builders

pytestmark = pytest.mark.slow
origin = "log.example/lost"
scanner = "99.7/SCAN-1"


def invoke(settings: Settings, *words: object) -> Result:
    """A command as its machine would run it. Processes of their own are the log's and the witnesses'."""
    return CliRunner().invoke(cli, [str(word) for word in words], env=settings.environment())


class Consortium:
    """A log under "2 of 3", its witnesses, and a governor for each, on folders of their own."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.witnesses = [Watcher(folder, name) for name in names]
        lines = [one.line() for one in self.witnesses]
        policy = "\n".join([*lines, "group two 2 w1 w2 w3", "quorum two", ""])
        self.policy = witness.Policy.parse(policy)
        self.settings = self.machine("log", database_url)
        self.node = Node.at(self.settings)
        self.root = "99/O-LOST000000000"
        governors = tuple(self._governor(name) for name in names)
        self.node.create(
            NewLog(
                origin,
                "99/L-LOST000000000",
                self.root,
                {"en": "Root"},
                policy=policy,
                governors=governors,
            )
        )
        with self.node.reader.open() as snapshot:
            self.log: Verifier = log_verifier(snapshot.view)
        for one in self.witnesses:
            one.home.add_log(self.log)
        key = self.node.keys.get(f"300:{self.root}")
        self.author = Author(origin, self.root, key, SystemClock())
        self.count = 0
        self._register_scanner()

    def _register_scanner(self) -> None:
        """A supplier with a scanner whose queue is on the scanner's own disk."""
        self.scanner_key = SigningKey(f"300:{scanner}", PrivateKey.generate())
        with self.node.writer() as book:
            new = NewOrganisation({"en": "Maker"}, "supplier", prefix="99.7")
            maker = register_organisation(self.node, book, new)
            device = AddDevice(device=scanner, organisation=maker, purpose="scanner")
            add_key = AddKey(
                key=self.scanner_key.keyid,
                jwk=self.scanner_key.private.public.jwk(),
                custody="hardware",
                types=("trace.capture/1",),
            )
            write = self.author.write
            added = [
                write("identity.device.add/1", device),
                write("identity.key.add/1", add_key, endorsers=[self.scanner_key]),
            ]
            assert all(answer.accepted for answer in book.append(added))
            book.seal()

    def scan(self, url: str, number: int) -> scanners.Flushed:
        """One more thing scanned, and everything sent that waits, to the node at this address."""
        with scanners.HttpTransport(url) as transport:
            queue = scanners.Queue(self.folder / "scanner.sqlite3", scanner, origin)
            device = scanners.Device(
                scanner, self.scanner_key, origin, queue, transport, SystemClock()
            )
            thing = f"urn:epc:id:sgtin:9521234.054321.{number}"
            device.capture([builders.commissioning([thing], time="2026-01-05T01:00:00.000Z")])
            done = device.flush()
            queue.close()
        return done

    def machine(self, name: str, database_url: str) -> Settings:
        return Settings(
            home=self.folder / name, database_url=database_url, port=free_port(), verify_processes=0
        )

    def _governor(self, name: str) -> governance.GovernanceKey:
        out = self.folder / f"{name}-governs.pem"
        words = ("--origin", origin, "--witness", name, "--out", str(out))
        self.done(self.machine("nowhere", ""), "governance", "key", *words)
        return read_key(Path(f"{out}.json")).key

    def entry(self) -> Submission:
        self.count += 1
        value = HandleValue(index=1, type="NAME", data=f"thing {self.count}")
        record = HandleRecord(handle=f"99/T-{self.count:06d}", values=(value,))
        return self.author.write("identity.handle.create/1", CreateHandles(handles=(record,)))

    def done(self, settings: Settings, *words: object) -> str:
        """A command that must succeed, in this process; what it printed."""
        found = invoke(settings, *words)
        assert found.exit_code == 0, (found.exception, found.stdout)
        return found.stdout


@pytest.fixture
def consortium(tmp_path: Path, sqlite_url: str) -> Iterator[Consortium]:
    made = Consortium(tmp_path, sqlite_url)
    with ExitStack() as stack:
        for one in made.witnesses:
            stack.callback(one.stop)
        yield made


def _send(client: Any, entry: Submission) -> dict[str, Any]:
    answer = client.post("/v1/entries", content=write_batch([entry])).raise_for_status().json()
    assert answer["results"][0].get("outcome") == "accepted", answer
    return dict(answer)


def _final(client: Any, index: int) -> Any:
    def ready() -> Any:
        found = client.get("/log/finality").raise_for_status().json()
        return found if found["final"] > index else None

    return until(ready)


def _refuse_the_old_one(c: Consortium) -> None:
    """The old operator comes back from its disk, with everything it had, is told, and goes on all the same."""
    with pytest.raises(LogFenced, match="cosign under another key"), c.node.writer():
        pass
    memory = c.node.memory()
    fence = memory.fence()
    assert fence is not None
    memory.lift_fence(fence.size)
    with c.node.writer() as book:
        assert book.append([c.entry()])[0].accepted
        book.seal()
        with c.node.reader.open() as snapshot:
            newest = snapshot.checkpoint()
    assert newest is not None
    asking.cache_clear()
    with pytest.raises(LogFenced, match="stopped this log's key for ever"):
        cosign(c.node, str(newest[0]))
    with c.node.reader.open() as snapshot:
        found = snapshot.finality()
    assert {one.code for one in found.witnesses} == {"witness-log-stopped"}
    assert "stopped cosigning" in found.witnesses[0].title
    assert found.behind


def test_the_operator_is_lost(consortium: Consortium, tmp_path: Path, postgres_url: str) -> None:
    """Its store was SQLite, the successor's is PostgreSQL; the processes are real."""
    c, old = consortium, consortium.settings
    start(c.witnesses)
    with serving(old, killed=True) as client:
        kept = _send(client, c.entry())
        _final(client, kept["results"][0]["index"])
        address = str(client.base_url)
        assert c.scan(address, 1).accepted == 1
        _final(client, client.get("/log/finality").json()["size"] - 1)
        for one in c.witnesses:
            one.stop()
        c.done(old, "log", "export", tmp_path / "copy")
        # Acknowledged, and sealed, and no witness ever sees it.
        lost = [c.entry() for _ in range(3)]
        receipts = [_send(client, entry) for entry in lost]
        assert c.scan(address, 2).accepted == 1
        until(
            lambda: (
                client.get("/log/finality").json()["sealed"] > receipts[-1]["results"][0]["index"]
            )
        )

    # Each of two witnesses stops for ever, and says where; the third is told by the proof.
    for one in c.witnesses[:2]:
        c.done(
            one.settings, "witness", "stop-log", origin, "--out", tmp_path / f"{one.name}.stopped"
        )
    new = c.machine("successor", postgres_url)
    c.done(new, "log", "import", tmp_path / "copy", "--log-key", c.log.encode())
    proposal = tmp_path / "epoch.json"
    c.done(
        new, "governance", "propose", "epoch", "--out", proposal,
        *(word for one in c.witnesses[:2] for word in ("--stopped", tmp_path / f"{one.name}.stopped")),
    )  # fmt: skip
    offline = c.machine("nowhere", "")
    signed = [tmp_path / f"epoch-{name}.json" for name in names[:2]]
    for name, out in zip(names, signed, strict=False):
        key = tmp_path / f"{name}-governs.pem"
        told = c.done(offline, "governance", "sign", proposal, "--key", key, "--out", out, "--yes")
        assert "ANOTHER OPERATOR" in told
    alone = invoke(new, "governance", "take-over", signed[0], "--proof", tmp_path / "p")
    assert isinstance(alone.exception, governance.GovernanceQuorumMissing)
    proof = tmp_path / "epoch.proof"
    c.done(new, "governance", "take-over", *signed, "--proof", proof)
    successor = Node.at(new)
    current = successor.operator_keys().log
    for one in c.witnesses:
        c.done(one.settings, "witness", "add-log", current.encode(), "--epoch", proof)
    start(c.witnesses)

    with serving(new) as client:
        # The scanner finds out by its next scan, and sends what was acknowledged and lost by itself.
        assert c.scan(str(client.base_url), 3) == scanners.Flushed(2, (), 0)
        answers = [_send(client, entry) for entry in lost]
        again = [_send(client, entry) for entry in lost]
        assert [a["results"][0]["index"] for a in answers] == [
            a["results"][0]["index"] for a in again
        ]
        _final(client, answers[-1]["results"][0]["index"])
        newest = client.get("/log/checkpoint").text
        open_checkpoint(newest, current)
        url = f"http://127.0.0.1:{new.port}"
        for told, name, said in (
            (kept, "kept", "final"), (answers[0], "new", "final"), (receipts[0], "lost", "was lost before"),
        ):  # fmt: skip
            path = tmp_path / f"{name}.receipt"
            path.write_text(json.dumps(told))
            words = ("receipt", "check", path, "--log-key", c.log.encode(), "--node", url)
            found = invoke(new, *words)
            assert said in found.stdout, (found.stdout, found.exception)
            assert found.exit_code == (1 if name == "lost" else 0)

        _refuse_the_old_one(c)
    audited = audit(
        successor.store, successor.rules, successor.directory, Checker(),
        memory=successor.memory(), verifier=c.log,
    )  # fmt: skip
    assert audited.checkpoints > 2
    assert audited.final >= 1
    shown = c.done(new, "governance", "show")
    assert "1 acts since genesis" in shown
    assert current.encode() in shown
