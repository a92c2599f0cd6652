"""A real node process with an operations port, its log in a file, and a pen to write entries with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from tests.end_to_end.test_serving import free_port
from tests.patience import patience_s

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.settings import Settings
from tallystick.identity import CreateHandles, HandleRecord, HandleValue
from tallystick.ledger import Audited, Author, Checker, Submission, SystemClock, audit

root = "99/O-OPERATED00000"


class Operated:
    """`start`, then `stop` or `kill`."""

    def __init__(self, home: Path, database_url: str, **more: Any) -> None:
        told: dict[str, Any] = {"verify_processes": 0, **more}
        self.settings = Settings(
            home=home,
            database_url=database_url,
            port=free_port(),
            operations_port=free_port(),
            **told,
        )
        self.node = Node.at(self.settings)
        self.node.create(NewLog("log.example/operated", "99/L-OPERATED00000", root, {"en": "Root"}))
        key = self.node.keys.get(f"300:{root}")
        self.author = Author("log.example/operated", root, key, SystemClock())
        self.lines = home.parent / "log.jsonl"
        self.url = f"http://127.0.0.1:{self.settings.port}"
        self.operations = f"http://127.0.0.1:{self.settings.operations_port}"

    def start(self, *words: str) -> None:
        self.spawn(*words)
        until(lambda: self.ready()[0] == 200, self.process)

    def spawn(self, *words: str) -> None:
        with self.lines.open("ab") as lines:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tallystick.app.main", "serve", *words],
                env={**os.environ, **self.settings.environment()},
                stdout=subprocess.DEVNULL,
                stderr=lines,
            )

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def ready(self) -> tuple[int, list[str]]:
        """Status of `/readyz`, and the codes of its reasons."""
        answer = httpx.get(f"{self.url}/readyz", timeout=patience_s)
        return answer.status_code, [reason["code"] for reason in answer.json()["reasons"]]

    def becomes(self, code: str) -> None:
        """Wait until this is a reason not to be ready."""
        until(lambda: code in self.ready()[1], self.process)

    def recovers(self) -> None:
        until(lambda: self.ready()[0] == 200, self.process)

    def entry(self, name: str) -> Submission:
        record = HandleRecord(
            handle=f"99/{name}", values=(HandleValue(index=1, type="NAME", data="thing"),)
        )
        return self.author.write("identity.handle.create/1", CreateHandles(handles=(record,)))

    def audit(self) -> Audited:
        node = self.node
        return audit(node.store, node.rules, node.directory, Checker(), memory=node.memory())

    def told(self) -> list[dict[str, Any]]:
        """The lines of the node's log, each of which is one JSON object."""
        return [json.loads(line) for line in self.lines.read_text(encoding="utf-8").splitlines()]


def until(ready: Callable[[], Any], process: subprocess.Popen[bytes] | None = None) -> Any:
    """What `ready` gives as soon as it is true; errors of the network count as not yet."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        try:
            if found := ready():
                return found
        except httpx.HTTPError:
            if process is not None and process.poll() is not None:
                raise
        time.sleep(0.05)
    raise AssertionError("not in time")
