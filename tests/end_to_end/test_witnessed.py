"""A node and three witness processes under "2 of 3": final receipts, and what happens when witnesses go."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.end_to_end.test_serving import free_port, serving
from tests.patience import patience_s

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.settings import Settings
from tallystick.app.witness.home import WitnessHome
from tallystick.app.witnessing import cosign
from tallystick.identity import CreateHandles, HandleRecord, HandleValue
from tallystick.ledger import (
    Author,
    Checker,
    Checkpoint,
    ProofFile,
    Submission,
    SystemClock,
    Verifier,
    audit,
    log_verifier,
    witness,
    write_batch,
)

pytestmark = pytest.mark.slow
names = ("w1", "w2", "w3")
origin = "log.example/witnessed"


class Watcher:
    """One witness: its folder, its port, and its process while it runs."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.settings = Settings(home=folder / name, database_url="", witness_port=free_port())
        self.home = WitnessHome(self.settings.folder)
        self.cosigner = self.home.create(f"witness.example/{name}")
        self.url = f"http://127.0.0.1:{self.settings.witness_port}"
        self._process: subprocess.Popen[bytes] | None = None

    def line(self) -> str:
        return f"witness {self.name} {self.cosigner.encode()} {self.url}"

    def start(self, off_s: int = 0) -> None:
        port = str(self.settings.witness_port)
        command = ["tallystick.app.main", "witness", "serve"]
        if off_s:
            command = ["tests.app.witness.skewed", port, str(off_s)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command], env={**os.environ, **self.settings.environment()}
        )

    def pid(self) -> int:
        if self._process is None:
            raise AssertionError(f"{self.name} does not run")
        return self._process.pid

    def ready(self) -> None:
        until(lambda: httpx.get(f"{self.url}/healthz").is_success)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None


def until(ready: Callable[[], Any], seconds: float = patience_s) -> Any:
    """What `ready` gives as soon as it is true; errors of the network count as not yet."""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            if found := ready():
                return found
            last = None
        except httpx.HTTPError as error:
            last = error
        time.sleep(0.2)
    raise AssertionError(f"not in time: {last}")


def start(witnesses: Sequence[Watcher]) -> None:
    """Start them together, and wait until each answers."""
    for one in witnesses:
        one.start()
    for one in witnesses:
        one.ready()


class Stage:
    """The log, its witnesses, and a pen to write with."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.witnesses = [Watcher(folder, name) for name in names]
        lines = [one.line() for one in self.witnesses]
        self.policy_text = "\n".join([*lines, "group two 2 w1 w2 w3", "quorum two", ""])
        self.policy = witness.Policy.parse(self.policy_text)
        self.settings = Settings(
            home=folder / "log", database_url=database_url, port=free_port(), verify_processes=0
        )
        self.node = Node.at(self.settings)
        self.root = "99/O-WITNESSED0000"
        self.node.create(
            NewLog(origin, "99/L-WITNESSED0000", self.root, {"en": "Root"}, policy=self.policy_text)
        )
        with self.node.reader.open() as snapshot:
            self.log: Verifier = log_verifier(snapshot.view)
        for one in self.witnesses:
            one.home.add_log(self.log)
        key = self.node.keys.get(f"300:{self.root}")
        self.author = Author(origin, self.root, key, SystemClock())
        self.count = 0

    def entry(self) -> Submission:
        self.count += 1
        value = HandleValue(index=1, type="NAME", data=f"thing {self.count}")
        record = HandleRecord(handle=f"99/T-{self.count:06d}", values=(value,))
        return self.author.write("identity.handle.create/1", CreateHandles(handles=(record,)))

    def send(self, client: httpx.Client) -> tuple[Submission, dict[str, Any], str]:
        """(entry, the node's answer, id)."""
        entry = self.entry()
        answer = client.post("/v1/entries", content=write_batch([entry]))
        told = answer.raise_for_status().json()
        assert told["results"][0].get("outcome") == "accepted", told
        import base64

        entry_id = json.loads(base64.b64decode(json.loads(entry.envelope)["payload"]))["id"]
        return entry, told, entry_id

    def now(self, client: httpx.Client, entry_id: str) -> Any:
        answer = client.get(f"/v1/receipts/{entry_id}", params={"author": self.root})
        return answer.raise_for_status().json()["now"]

    def final(self, client: httpx.Client, entry_id: str) -> Any:
        def ready() -> Any:
            now = self.now(client, entry_id)
            return now if now["grade"] == "final" else None

        return until(ready)

    def check(self, saved: Path, *more: str) -> subprocess.CompletedProcess[str]:
        url = f"http://127.0.0.1:{self.settings.port}"
        words = ["receipt", "check", str(saved), "--log-key", self.log.encode()]
        words += more or ("--node", url)
        return run(self.settings, *words)


def run(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tallystick.app.main", *words],
        env={**os.environ, **settings.environment(), "COLUMNS": "300"},
        capture_output=True, text=True, timeout=patience_s, check=False,
    )  # fmt: skip


def staged(folder: Path, url: str) -> Iterator[Stage]:
    made = Stage(folder, url)
    with ExitStack() as stack:
        for one in made.witnesses:
            stack.callback(one.stop)
        yield made


@pytest.fixture
def stage(tmp_path: Path, sqlite_url: str) -> Iterator[Stage]:
    yield from staged(tmp_path, sqlite_url)


def test_two_of_three(stage: Stage, tmp_path: Path) -> None:
    """One witness gone: still final. Two gone: it waits and says for whom. Back again: final."""
    w1, w2, _ = stage.witnesses
    start(stage.witnesses)
    with serving(stage.settings) as client:
        entry, told, first = stage.send(client)
        now = stage.final(client, first)
        proof = ProofFile.parse(now["proof"])
        proof.verify(entry.envelope, stage.log)
        assert witness.open_cosigned(proof.checkpoint, stage.policy, stage.log).verdict.met
        saved = tmp_path / "receipt.json"
        saved.write_text(json.dumps(told))

        w1.stop()
        _, _, second = stage.send(client)
        assert stage.final(client, second)["waiting"] == []

        w2.stop()
        _, _, third = stage.send(client)

        def waits() -> Any:
            now = stage.now(client, third)
            codes = {one["witness"]: one["code"] for one in now["waiting"]}
            gone = codes == {"w1": "witness-unreachable", "w2": "witness-unreachable"}
            return now if gone else None

        now = until(waits)
        assert (now["grade"], now["proof"], now["witnessed"]) == ("witnessed", None, ["w3"])
        assert "1 of 2 needed, without w1, w2" in now["why"]
        ready = client.get("/readyz").json()
        assert (ready["status"], ready["final"] < ready["sealed"]) == ("ok", True)
        page = client.get("/log", params={"lang": "en"}).text
        assert "It waits for cosignatures" in page
        assert "does not answer" in page
        assert "没有应答" in client.get("/log", params={"lang": "zh"}).text
        shown = run(stage.settings, "log", "show")
        assert shown.returncode == 0
        assert "not final" in shown.stdout
        assert "witness-unreachable" in shown.stdout

        start([w2])
        stage.final(client, third)
        newest = client.get("/log/checkpoint").text
        until(lambda: (stage.settings.folder / "public/log/checkpoint").read_text() == newest)
        assert witness.open_cosigned(newest, stage.policy, stage.log).verdict.met
        assert "It waits" not in client.get("/log", params={"lang": "en"}).text
        kept = stage.check(saved)
        assert (kept.returncode, "final" in kept.stdout) == (0, True), kept.stderr
        genesis = tmp_path / "genesis.json"
        genesis.write_bytes(client.get("/v1/entries/0").content)
        path = tmp_path / "entry.tlog-proof"
        path.write_text(stage.now(client, first)["proof"])
        offline = stage.check(saved, "--proof", str(path), "--genesis", str(genesis))
        assert (offline.returncode, "cosigned by w" in offline.stdout) == (0, True)
        printed = run(stage.settings, "log", "checkpoint")
        assert printed.stdout == newest
        assert "quorum two is met" in printed.stderr
    node = stage.node
    found = audit(node.store, node.rules, node.directory, Checker(), memory=node.memory())
    assert found.final >= 2
    assert found.cosignatures >= 2 * found.final


def test_a_wrong_clock_is_told_and_not_counted(stage: Stage) -> None:
    """One witness gone, one an hour ahead: one good cosignature is not two."""
    w1, w2, _ = stage.witnesses
    w2.start(off_s=3600)
    start([w1])
    w2.ready()
    with serving(stage.settings) as client:
        _, _, entry_id = stage.send(client)

        def told() -> Any:
            now = stage.now(client, entry_id)
            codes = {one["witness"]: one["code"] for one in now["waiting"]}
            wrong = codes == {"w2": "witness-clock-wrong", "w3": "witness-unreachable"}
            return now if wrong else None

        now = until(told)
        assert (now["grade"], now["witnessed"]) == ("witnessed", ["w1"])
        assert "its clock is wrong" in client.get("/log", params={"lang": "en"}).text
        newest = client.get("/log/checkpoint/newest").text
        times = witness.open_cosigned(newest, stage.policy, stage.log).times
        assert set(times) <= {"w1"}


def test_a_forked_store_gets_no_cosignature(stage: Stage, tmp_path: Path) -> None:
    """The operator keeps a second store with the same keys, and shows it to the same witnesses."""
    start(stage.witnesses)
    fork_home = tmp_path / "fork"
    copy = Settings(
        home=fork_home, database_url=f"sqlite:///{tmp_path / 'fork.sqlite'}", verify_processes=0
    )
    fork_home.mkdir()
    fork = Node.at(copy)
    stage.node.store.copy_to(fork.store)
    subprocess.run(
        ["cp", "-r", *map(str, stage.settings.folder.iterdir()), str(fork_home)], check=True
    )
    for node in (stage.node, fork):
        with node.writer() as book:
            assert book.append([stage.entry()])[0].accepted
            book.seal()
    size = _cosign(stage.node)
    with stage.node.reader.open() as snapshot:
        assert snapshot.finality().final == size
    with pytest.raises(witness.QuorumMissing, match="without w1, w2, w3"):
        _cosign(fork)
    with fork.reader.open() as snapshot:
        found = snapshot.finality()
    assert (found.sealed, found.final) == (size, 0)
    assert {one.code for one in found.witnesses} == {"checkpoint-inconsistent"}
    for one in stage.witnesses:
        (path,) = (one.home.folder / "evidence").rglob("*.json")
        elsewhere = Settings(home=tmp_path / "elsewhere", verify_processes=0)
        shown = run(elsewhere, "evidence", "verify", str(path), "--log-key", stage.log.encode())
        assert (shown.returncode, shown.stdout[:11]) == (0, "PROVEN fork"), shown.stderr


def test_a_witness_that_is_ahead_stops_the_log(stage: Stage) -> None:
    """The operator's disk comes back from a backup, the signer's memory with it: the witness remembers."""
    w1 = stage.witnesses[0]
    with stage.node.reader.open() as snapshot:
        genesis_size = snapshot.size()
    key = stage.node.keys.get("300:99/L-WITNESSED0000").private
    ahead = Checkpoint(origin, genesis_size + 40, bytes(32))
    note = ahead.sign(key).encode()
    w1.home.memory.save(witness.Remembered(ahead, note))
    start(stage.witnesses)
    with serving(stage.settings) as client:
        answer = until(lambda: _fenced(client))
        assert answer["status"] == "fenced"
        assert str(genesis_size + 40) in answer["fence"]
        refused = client.post("/v1/entries", content=write_batch([stage.entry()]))
        assert (refused.status_code, refused.json()["code"]) == (503, "log-fenced")
        assert "has stopped signing" in client.get("/log", params={"lang": "en"}).text
        assert client.get("/healthz").status_code == 200
    shown = run(stage.settings, "log", "show")
    assert shown.returncode == 1
    assert "log-fenced" in shown.stderr
    wrong = run(stage.settings, "log", "lift-fence", "--size", "1")
    assert (wrong.returncode, "no-fence" in wrong.stderr) == (2, True)
    assert stage.node.memory().fence() is not None
    lifted = run(stage.settings, "log", "lift-fence", "--size", str(genesis_size + 40))
    assert lifted.returncode == 0, lifted.stderr
    with stage.node.writer() as book:
        assert book.append([stage.entry()])[0].accepted


def _fenced(client: httpx.Client) -> Any:
    answer = client.get("/readyz")
    return answer.json() if answer.status_code == 503 else None


def _cosign(node: Node) -> int:
    """One round for the newest checkpoint, as the outbox does it; its size."""
    from tallystick.app import witnessing

    witnessing.asking.cache_clear()
    with node.reader.open() as snapshot:
        newest = snapshot.checkpoint()
    if newest is None:
        raise AssertionError("no checkpoint")
    cosign(node, str(newest[0]))
    return newest[0]


def test_a_policy_in_genesis_is_as_the_file_says(stage: Stage, tmp_path: Path) -> None:
    """`tallystick init --policy`, and what it refuses before it makes anything."""
    path = tmp_path / "policy"
    other = Settings(home=tmp_path / "new", database_url="", verify_processes=0)
    for text, code in (
        ("quorum nobody\n", "witness-policy-name"),
        (stage.policy_text.replace("group two 2", "group two any"), "witness-quorums-apart"),
        (f"log {stage.log.encode()}\n" + stage.policy_text, "witness-policy-not-of-log"),
    ):
        path.write_text(text)
        refused = run(other, "init", "--policy", str(path))
        assert (refused.returncode, code in refused.stderr) == (2, True), refused.stderr
    assert not (other.folder / "keys").exists()
    path.write_text(stage.policy_text)
    refused = run(other, "init", "--policy", str(path))
    assert (refused.returncode, "log-ungoverned" in refused.stderr) == (2, True), refused.stderr
    made = run(other, "init", "--policy", str(path), "--ungoverned")
    assert made.returncode == 0, made.stderr
    assert Node.at(other).genesis()["policy"] == stage.policy_text
