"""A real node whose disk takes nothing more, and whose worker is killed: it says so, and goes on after."""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

import httpx
import pytest
from tests.end_to_end.operated import Operated, until
from tests.patience import patience_s

from tallystick.ledger import write_batch

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="prlimit and /proc are Linux's"),
]


def test_a_disk_that_takes_nothing_more_and_a_worker_that_is_killed(tmp_path: Path) -> None:
    """No file of the process may grow any more, as on a full disk: neither database, signer, nor log."""
    node = Operated(tmp_path / "home", "")
    node.start()
    try:
        with httpx.Client(base_url=node.url, timeout=patience_s) as http:
            assert _send(http, node, "T-1").status_code == 200
            pid = node.process.pid
            before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
            refused = _send(http, node, "T-2")
            assert (refused.status_code, refused.json()["code"]) == (503, "store-unusable")
            node.becomes("database-unwritable")
            assert http.get("/healthz").status_code == 200
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
            node.recovers()
            again = _send(http, node, "T-3")
            assert again.status_code == 200, again.text
            told = httpx.get(f"{node.operations}/metrics", timeout=patience_s).text
            lost = next(t for t in told.splitlines() if t.startswith("tallystick_log_lines_lost "))
            assert float(lost.split()[1]) > 0
            os.kill(_worker(pid), signal.SIGKILL)
            until(lambda: node.ready() == (503, ["outbox-worker-ended"]))
        assert node.stop() == 0
    finally:
        node.end()
    assert node.audit().size >= 4


def test_a_node_that_is_killed_takes_its_worker_along(tmp_path: Path) -> None:
    """The next start once found a worker of before beside its own."""
    node = Operated(tmp_path / "home", "")
    node.start()
    try:
        worker = Path(f"/proc/{_worker(node.process.pid)}")
        node.end()
        until(lambda: not worker.exists() or b"worker" not in (worker / "cmdline").read_bytes())
    finally:
        node.end()


def _send(http: httpx.Client, node: Operated, name: str) -> httpx.Response:
    return http.post("/v1/entries", content=write_batch([node.entry(name)]))


def _worker(parent: int) -> int:
    """The child that runs `tallystick worker`."""
    children = Path(f"/proc/{parent}/task").glob("*/children")
    for child in " ".join(path.read_text() for path in children).split():
        if b"worker" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    raise AssertionError("no worker")
