"""A node in this process, looked after every few milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from tests.patience import patience_s

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.http import create_app
from tallystick.app.operations import NodeOperations
from tallystick.app.settings import Settings
from tallystick.identity import CreateHandles, HandleRecord, HandleValue
from tallystick.ledger import Author, Ledger, Submission, SystemClock, write_batch

root = "99/O-HOUSE0000000"
origin = "log.example/house"


@dataclass
class House:
    node: Node
    book: Ledger
    operations: NodeOperations
    client: TestClient
    author: Author
    count: int = 0

    def entry(self, name: str = "thing") -> Submission:
        self.count += 1
        value = HandleValue(index=1, type="NAME", data=name)
        record = HandleRecord(handle=f"99/T-{self.count:06d}", values=(value,))
        return self.author.write("identity.handle.create/1", CreateHandles(handles=(record,)))

    def send(self, *entries: Submission) -> Any:
        return self.client.post("/v1/entries", content=write_batch(entries or (self.entry(),)))

    def ready(self) -> tuple[int, set[str]]:
        """Status, and codes of reasons and warnings."""
        return codes(self.client)

    def becomes(self, code: str, status: int = 503) -> None:
        until(lambda: (found := self.ready()) and found[0] == status and code in found[1])

    def recovers(self) -> None:
        until(lambda: self.ready() == (200, set()))


def codes(client: TestClient) -> tuple[int, set[str]]:
    answer = client.get("/readyz")
    told = answer.json()
    return answer.status_code, {one["code"] for one in (*told["reasons"], *told["warnings"])}


def until(ready: Callable[[], Any]) -> None:
    end = time.monotonic() + patience_s
    while not ready():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.01)


@contextmanager
def housed(folder: Path, url: str = "", **more: Any) -> Iterator[House]:
    told: dict[str, Any] = {"verify_processes": 0, **more}
    node = Node.at(Settings(home=folder, database_url=url, **told))
    node.create(NewLog(origin, "99/L-HOUSE0000000", root, {"en": "Root"}))
    author = Author(origin, root, node.keys.get(f"300:{root}"), SystemClock())
    try:
        with node.writer() as book:
            operations = NodeOperations(node, appends=True)
            operations.service.watchman.every_ms = 10
            with TestClient(create_app(node, book, operations)) as client:
                yield House(node, book, operations, client, author)
    finally:
        node.store.close()
