"""API processes and the one that appends, as real processes on a real PostgreSQL."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from tests.end_to_end.test_serving import free_port
from tests.patience import patience_s

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.handover import Address, RemoteLog
from tallystick.app.settings import Settings
from tallystick.identity import RegisterOrganisation, new_organisation_handle
from tallystick.ledger import Author, Checker, Submission, SystemClock, audit, write_batch

root, log, origin = "99/O-HANDOVER00000", "99/L-HANDOVER00000", "log.example/handover"


@dataclass
class Api:
    process: subprocess.Popen[bytes]
    client: httpx.Client

    def ready(self) -> httpx.Client:
        until(self.process, lambda: _ready(self.client))
        return self.client


@dataclass
class Stage:
    """A log, its sequencer's home, and processes that end with the test."""

    folder: Path
    url: str
    stack: ExitStack
    node: Node
    author: Author
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def socket(self) -> Path:
        return self.folder / "home" / "sequencer.sock"

    def settings(self, home: str, port: int = 8000) -> Settings:
        return Settings(
            home=self.folder / home, database_url=self.url, port=port, verify_processes=0
        )

    def run(
        self, settings: Settings, *arguments: str, stderr: IO[bytes] | None = None
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tallystick.app.main", *arguments],
            env={**os.environ, **settings.environment()},
            stderr=stderr,
        )
        self.started.append(process)
        return process

    def sequencer(self) -> subprocess.Popen[bytes]:
        return self.run(self.settings("home"), "sequencer", "--no-worker")

    def sequencing(self, process: subprocess.Popen[bytes]) -> None:
        until(process, lambda: _accepts(self.socket))

    def api(self, name: str, address: Path) -> Api:
        """An API process with a home of its own, in which there is no key."""
        port = free_port()
        process = self.run(self.settings(name, port), "serve", "--sequencer", str(address))
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=patience_s)
        self.stack.callback(client.close)
        return Api(process, client)

    def entry(self) -> Submission:
        new = RegisterOrganisation(
            organisation=new_organisation_handle("99"), name={"en": "One"}, scheme="none",
            capacities=("supplier",),
        )  # fmt: skip
        return self.author.write("identity.organisation.register/1", new)


def until(process: subprocess.Popen[bytes], ready: Any) -> None:
    end = time.monotonic() + patience_s
    while not ready():
        assert process.poll() is None, "it ended"
        assert time.monotonic() < end, "it did not come up"
        time.sleep(0.05)


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as one:
        return one.connect_ex(str(path)) == 0


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def stage(tmp_path: Path, postgres_url: str) -> Iterator[Stage]:
    with ExitStack() as stack:
        settings = Settings(home=tmp_path / "home", database_url=postgres_url, verify_processes=0)
        node = Node.at(settings)
        node.create(NewLog(origin, log, root, {"en": "Root"}))
        author = Author(origin, root, node.keys.get(f"300:{root}"), SystemClock())
        made = Stage(tmp_path, postgres_url, stack, node, author)
        stack.callback(_end, made.started)
        yield made


def _end(started: list[subprocess.Popen[bytes]]) -> None:
    for process in started:
        process.kill()
        process.wait(30)


def send(client: httpx.Client, entry: Submission) -> dict[str, Any]:
    answer = client.post("/v1/entries", content=write_batch([entry]))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@contextmanager
def kills_after_the_commit(
    path: Path, behind: Path, victim: subprocess.Popen[bytes]
) -> Iterator[None]:
    """A relay before the sequencer that, when the answer has come, kills the process that waits for it."""
    listening = Address(path).listen()

    def relay() -> None:
        asking, _ = listening.accept()
        with asking, socket.socket(socket.AF_UNIX) as answering:
            answering.connect(str(behind))
            data = b""
            while b"\r\n\r\n" not in data:
                data += asking.recv(65536)
            head, _, body = data.partition(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            while len(body) < length:
                body += asking.recv(65536)
            answering.sendall(head + b"\r\n\r\n" + body)
            assert b"200 OK" in answering.recv(65536), "it is committed and answered"
            victim.send_signal(signal.SIGKILL)
            victim.wait(30)

    thread = threading.Thread(target=relay)
    thread.start()
    try:
        yield
    finally:
        thread.join(patience_s)
        listening.close()


def test_api_processes_hand_over_and_any_of_them_may_die(stage: Stage) -> None:
    relay = stage.folder / "relay.sock"
    first = stage.sequencer()
    api, doomed = stage.api("api-1", stage.socket), stage.api("api-2", relay)
    one = api.ready()
    stage.sequencing(first)
    mistake = _second_sequencer(stage)
    two = RemoteLog(Address(stage.socket))
    stage.stack.callback(two.close)
    entries = [stage.entry() for _ in range(12)]
    with ThreadPoolExecutor(6) as pool:
        others = [pool.submit(two.submit, [entry]) for entry in entries[6:]]
        told = list(pool.map(partial(send, one), entries[:6]))
        indexes = {answer.index for other in others for answer in other.result()}
    assert {row["results"][0]["outcome"] for row in told} == {"accepted"}
    assert len({row["results"][0]["index"] for row in told} | indexes) == 12
    again = two.submit([entries[0]])
    assert again[0].duplicate
    assert two.receipt(again) == told[0]["receipt"]
    asked = one.get(f"/v1/receipts/{_id(entries[0])}", params={"author": root}).json()
    assert asked["receipt"] == told[0]["receipt"]
    assert not (stage.folder / "api-1" / "keys").exists()

    _killed_between_commit_and_answer(stage, doomed, relay, one)
    assert mistake.wait(patience_s) == 2
    assert "sequencer-busy" in (stage.folder / "mistake.log").read_text()
    first.kill()
    first.wait(30)
    late = stage.entry()
    began = time.monotonic()
    refused = one.post("/v1/entries", content=write_batch([late]))
    assert time.monotonic() - began < 10
    assert (refused.status_code, refused.json()["code"]) == (503, "sequencer-unreachable")
    assert refused.headers["Retry-After"]
    assert one.get("/log/checkpoint").status_code == 200, "reading goes on"
    last = stage.sequencer()
    stage.sequencing(last)
    assert send(one, late)["results"][0]["outcome"] == "accepted"
    last.send_signal(signal.SIGTERM)
    assert last.wait(60) == 0
    assert not stage.socket.exists()
    found = audit(
        stage.node.store, stage.node.rules, stage.node.directory, Checker(),
        memory=stage.node.memory(),
    )  # fmt: skip
    assert found.size > 14


def _killed_between_commit_and_answer(
    stage: Stage, api: Api, relay: Path, other: httpx.Client
) -> None:
    """The sender does not know what became of it: the retry gets the first receipt."""
    entry, client = stage.entry(), api.ready()
    with (
        kills_after_the_commit(relay, stage.socket, api.process),
        pytest.raises(httpx.HTTPError),
    ):
        client.post("/v1/entries", content=write_batch([entry]))
    again = send(other, entry)
    assert again["results"][0]["duplicate"], "it was committed"
    assert again["receipt"]["payload"]


def _second_sequencer(stage: Stage) -> subprocess.Popen[bytes]:
    """Started by mistake on another machine: the same keys, the same database."""
    ignored = shutil.ignore_patterns("*.sock")
    shutil.copytree(stage.folder / "home", stage.folder / "elsewhere", ignore=ignored)
    with (stage.folder / "mistake.log").open("wb") as told:
        settings = stage.settings("elsewhere")
        return stage.run(settings, "sequencer", "--no-worker", stderr=told)


def _id(entry: Submission) -> str:
    import orjson

    return str(orjson.loads(base64.b64decode(orjson.loads(entry.envelope)["payload"]))["id"])
