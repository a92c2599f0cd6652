"""A real EVM node for the tests: anvil, from the locked npm packages of `contracts/`.

It is a child of the test process, listens on a free port of the loopback, and holds a development chain of
its own; the secret numbers of its accounts are published with it and worth nothing.
"""

from __future__ import annotations

import platform
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tests.conftest import missing
from tests.patience import patience_s

sources = Path(__file__).resolve().parents[1] / "contracts"
chain_id = 31337
_machines = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class EvmNode:
    """`secrets`: of accounts that hold 10,000 ether."""

    url: str
    secrets: tuple[int, ...]

    def ask(self, method: str, *params: Any) -> Any:
        told = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = httpx.post(self.url, json=told, timeout=patience_s, trust_env=False).json()
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def mine(self, blocks: int = 1) -> None:
        """The first of them takes all transactions that wait; nothing is in a block before."""
        self.ask("anvil_mine", hex(blocks))

    @contextmanager
    def mining(self, every_s: float = 0.05) -> Iterator[None]:
        """While blocks come by themselves."""
        ended = threading.Event()

        def go_on() -> None:
            while not ended.wait(every_s):
                self.mine()

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What happens meanwhile never happened: the chain goes back to the block before."""
        before = self.ask("evm_snapshot")
        try:
            yield
        finally:
            self.ask("evm_revert", before)


def find() -> Path | None:
    """anvil, if the npm packages are here."""
    machine = _machines.get(platform.machine().lower(), platform.machine())
    name = f"anvil-{'darwin' if sys.platform == 'darwin' else 'linux'}-{machine}"
    found = sources / "node_modules" / "@foundry-rs" / name / "bin" / "anvil"
    return found if found.exists() else None


def program() -> Path:
    return find() or missing("the EVM node of contracts/package-lock.json (`./dev test` brings it)")


@contextmanager
def node(*options: str) -> Iterator[EvmNode]:
    """A node with a chain of its own."""
    command = [str(program()), "--port", "0", "--host", "127.0.0.1", "--no-mining", *options]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    watch = threading.Timer(patience_s, process.kill)
    watch.start()
    try:
        started = _started(process)
        watch.cancel()
        yield started
    finally:
        process.kill()
        process.wait()


def _started(process: subprocess.Popen[str]) -> EvmNode:
    secrets: list[int] = []
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.fullmatch(r"\(\d+\) 0x([0-9a-f]{64})\s*", line):
            secrets.append(int(found[1], 16))
        if found := re.match(r"Listening on (\S+)", line):
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return EvmNode(f"http://{found[1]}", tuple(secrets))
    raise RuntimeError("anvil did not start")
