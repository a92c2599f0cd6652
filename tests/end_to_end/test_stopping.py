"""A node that is told to stop under load: every request is answered or refused, and nothing acknowledged is lost."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import httpx
import pytest
from tests.end_to_end.operated import Operated
from tests.patience import patience_s

from tallystick.app.operations.server import stop_within_s
from tallystick.ledger import write_batch

pytestmark = pytest.mark.slow
clients, batch, before_stop = 6, 5, 30


class Client:
    """Sends batch after batch until it is refused; keeps what it was promised."""

    def __init__(self, node: Operated, number: int) -> None:
        self.node, self.number = node, number
        self.promised: list[int] = []
        self.refused: httpx.Response | None = None
        self.unanswered = ""

    def run(self) -> None:
        with httpx.Client(base_url=self.node.url, timeout=patience_s) as http:
            for count in range(10_000):
                entries = [
                    self.node.entry(f"T-{self.number}-{count}-{position}")
                    for position in range(batch)
                ]
                try:
                    answer = http.post("/v1/entries", content=write_batch(entries))
                except httpx.HTTPError as error:
                    self.unanswered = repr(error)
                    return
                if answer.status_code != 200:
                    self.refused = answer
                    return
                self.promised += [row["index"] for row in answer.json()["results"]]


def test_sigterm_under_load_loses_no_answer(tmp_path: Path, database_url: str) -> None:
    node = Operated(tmp_path / "home", database_url, verify_processes=1)
    node.start()
    try:
        running = [Client(node, number) for number in range(clients)]
        threads = [threading.Thread(target=one.run) for one in running]
        for thread in threads:
            thread.start()
        while sum(len(one.promised) for one in running) < before_stop:
            time.sleep(0.01)
        began = time.monotonic()
        code = node.stop()
        took = time.monotonic() - began
        for thread in threads:
            thread.join()
    finally:
        node.end()
    assert (code, took < stop_within_s) == (0, True)
    for one in running:
        assert one.unanswered == ""
        assert one.refused is not None
        assert (one.refused.status_code, one.refused.json()["code"]) == (503, "stopping")
        assert int(one.refused.headers["retry-after"]) > 0
        assert one.refused.headers["connection"] == "close"
    promised = [index for one in running for index in one.promised]
    assert len(promised) == len(set(promised)) >= before_stop
    found = node.audit()
    with node.node.reader.open() as snapshot:
        assert all(snapshot.row(index).outcome == "accepted" for index in promised)
        sealed = snapshot.finality()
    assert sealed.size == sealed.sealed == found.size > max(promised), "the last block is sealed"
    text = node.lines.read_text(encoding="utf-8")
    assert "Traceback" not in text
    assert [line["event"] for line in node.told()][-1] == "stopped"
    assert not [line for line in node.told() if line["level"] == "error"]


def test_a_signal_before_it_listens_ends_it_in_order(tmp_path: Path) -> None:
    """The outbox worker once outlived a node that was ended while it started."""
    node = Operated(tmp_path / "home", "")
    node.spawn()
    while b'"event":"serving"' not in node.lines.read_bytes():
        assert node.process.poll() is None
        time.sleep(0.005)
    assert node.stop(signal.SIGINT) == 0
    assert "Traceback" not in node.lines.read_text(encoding="utf-8")
    with node.node.writer():
        pass
