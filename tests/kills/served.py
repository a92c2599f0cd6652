"""`tallystick serve` as a process that is started quickly, and killed."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.patience import patience_s

from tallystick.app.settings import Settings

repository = Path(__file__).resolve().parents[2]
poll_s = 0.01


@dataclass
class Parent:
    """The forking process; see `tests.kills.forking`."""

    process: subprocess.Popen[str]

    def fork(
        self, settings: Settings, log: Path, *argv: str, point: dict[str, Any] | None = None
    ) -> int:
        """The pid of a new process that runs `tallystick` with these words."""
        named = settings.environment()
        env = {name: value for name, value in named.items() if name.startswith("TALLYSTICK_")}
        return int(self._ask({"argv": argv, "env": env, "log": str(log), "point": point}))

    def ended(self, pid: int) -> int | None:
        """Its exit code, negative for a signal; None while it runs. Asked again only while it runs."""
        code: int | None = json.loads(self._ask({"ended": pid}))
        return code

    def _ask(self, asked: dict[str, Any]) -> str:
        if self.process.stdin is None or self.process.stdout is None:
            raise AssertionError("the parent was started without pipes")
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        return self.process.stdout.readline()


@contextmanager
def forking() -> Iterator[Parent]:
    command = [sys.executable, "-m", "tests.kills.forking"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=repository
    ) as process:
        parent = Parent(process)
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise AssertionError("the forking process did not come up")
        yield parent
        process.stdin.close()  # type: ignore[union-attr]


@dataclass
class Served:
    """One node that is served, killed and served again, always on the same port."""

    parent: Parent
    settings: Settings
    log: Path
    pid: int | None = None

    def start(self, point: dict[str, Any] | None = None) -> bool:
        """Whether it answers; False if it died on the way, as `point` may ask for."""
        if self.pid is not None:
            # It would answer for the new one, which the log refuses, and outlive every kill.
            raise AssertionError(f"{self.pid} is served already")
        self.pid = self.parent.fork(self.settings, self.log, "serve", "--no-worker", point=point)
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            if self._answers():
                return True
            if self.parent.ended(self.pid) is not None:
                self.pid = None
                return False
            time.sleep(poll_s)
        raise AssertionError(f"no answer in {patience_s} s: {self.log.read_text()[-2000:]}")

    def kill(self, sent: signal.Signals = signal.SIGKILL) -> int:
        """Its exit code."""
        if self.pid is None:
            raise AssertionError("nothing is served")
        os.kill(self.pid, sent)
        return self.wait()

    def wait(self) -> int:
        """Until it has ended; its exit code."""
        if self.pid is None:
            raise AssertionError("nothing is served")
        end = time.monotonic() + patience_s
        while (code := self.parent.ended(self.pid)) is None:
            if time.monotonic() > end:
                raise AssertionError(f"{self.pid} has not ended")
            time.sleep(poll_s)
        self.pid = None
        return code

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.settings.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
