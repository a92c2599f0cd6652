"""A node, two consistency witnesses and a full mirror, each a process, under "2 of 3, the mirror among them"."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.end_to_end.test_serving import free_port
from tests.end_to_end.test_witnessed import Watcher, until
from tests.patience import patience_s

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.mirror.home import MirrorHome
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.identity import CreateHandles, HandleRecord, HandleValue
from tallystick.ledger import (
    Author,
    Submission,
    SystemClock,
    Verifier,
    log_verifier,
    write_batch,
)

origin = "log.example/mirrored"


class Mirroring:
    """One mirror: its folder, its store, its port, and its process while it runs."""

    def __init__(self, folder: Path, name: str, url: str, organisation: str = "") -> None:
        self.name = name
        self.settings = Settings(
            home=folder / name, database_url=url, mirror_port=free_port(), verify_processes=0
        )
        self.home = MirrorHome(self.settings.folder)
        kind = "own-mirror" if organisation else "mirror"
        self.home.create(f"regulator.example/{kind}/{name}", organisation)
        self.url = f"http://127.0.0.1:{self.settings.mirror_port}"
        self.client = httpx.Client(base_url=self.url, timeout=patience_s)
        self._process: subprocess.Popen[bytes] | None = None

    def line(self) -> str:
        return f"witness {self.name} {self.home.cosigner().encode()} {self.url}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tallystick.app.main", "mirror", "serve"],
            env={**os.environ, **self.settings.environment()},
        )
        until(lambda: self.client.get("/healthz").is_success)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def status(self) -> Any:
        return self.client.get("/mirror/status").raise_for_status().json()


class Mirrored:
    """`settings` is the operator's. The mirror `m` may read everything there."""

    def __init__(self, folder: Path, log_url: str, mirror_url: str) -> None:
        self.witnesses = [Watcher(folder, name) for name in ("w1", "w2")]
        self.mirror = Mirroring(folder, "m", mirror_url)
        lines = [*(one.line() for one in self.witnesses), self.mirror.line()]
        groups = ["group two 1 w1 w2", "group all all two m", "quorum all", ""]
        self.settings = Settings(
            home=folder / "log", database_url=log_url, port=free_port(), verify_processes=0
        )
        self.node = Node.at(self.settings)
        self.root = "99/O-MIRRORED00000"
        policy = "\n".join([*lines, *groups])
        self.node.create(
            NewLog(origin, "99/L-MIRRORED00000", self.root, {"en": "Root"}, policy=policy)
        )
        with self.node.reader.open() as snapshot:
            self.log: Verifier = log_verifier(snapshot.view)
        for one in self.witnesses:
            one.home.add_log(self.log)
        self.let_in(self.mirror, None)
        key = self.node.keys.get(f"300:{self.root}")
        self.author = Author(origin, self.root, key, SystemClock())
        self.count = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def let_in(self, mirror: Mirroring, organisation: str | None) -> None:
        token = Readers(self.settings.folder).add(mirror.name, organisation)
        mirror.home.follow(self.log, self.url, token)

    def entry(self, handle: str = "") -> Submission:
        self.count += 1
        value = HandleValue(index=1, type="NAME", data=f"thing {self.count}")
        record = HandleRecord(handle=handle or f"99/T-{self.count:06d}", values=(value,))
        return self.author.write("identity.handle.create/1", CreateHandles(handles=(record,)))

    def send(self, client: httpx.Client, entry: Submission | None = None) -> Any:
        """The node's answer to one entry, which it took in."""
        answer = client.post("/v1/entries", content=write_batch([entry or self.entry()]))
        told = answer.raise_for_status().json()
        assert told["results"][0].get("outcome") == "accepted", told
        return told

    def finality(self, client: httpx.Client) -> Any:
        return client.get("/log/finality").raise_for_status().json()

    def final_at(self, client: httpx.Client, index: int) -> Any:
        """Waits until the entry at this index is final."""

        def ready() -> Any:
            told = self.finality(client)
            return told if told["final"] > index else None

        return until(ready)


@contextmanager
def mirrored(folder: Path, log_url: str, mirror_url: str) -> Iterator[Mirrored]:
    made = Mirrored(folder, log_url, mirror_url)
    with ExitStack() as stack:
        for one in made.witnesses:
            stack.callback(one.stop)
            one.start()
        stack.callback(made.mirror.stop)
        for one in made.witnesses:
            one.ready()
        yield made


__all__ = ["Mirrored", "Mirroring", "mirrored", "origin"]
