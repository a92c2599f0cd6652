"""A process that has imported everything, and forks one that really serves whenever it is asked to.

What is forked runs the `tallystick` command itself, in a process of its own that can be killed; only the two
or three seconds of imports are saved. Run as `python -m tests.kills.forking`; one JSON line asks for a
process: {"argv", "env", "log", "point"}; its pid is the answer. {"ended": pid} gives its exit code, or null.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from typing import Any

import alembic.command  # noqa: F401 - what a start imports late
import psycopg  # noqa: F401
import uvicorn.lifespan.on
import uvicorn.loops.auto
import uvicorn.protocols.http.auto  # noqa: F401
from tests.kills import points

import tallystick.app.http
import tallystick.app.serving  # noqa: F401
from tallystick.app import cli


def main() -> None:
    # Else every forked process would copy the pages of all modules at its first collection.
    gc.collect()
    gc.freeze()
    children = set[int]()
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if "ended" in asked:
            pid, status = os.waitpid(asked["ended"], os.WNOHANG)
            children.discard(pid)
            print(json.dumps(os.waitstatus_to_exitcode(status) if pid else None), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            _become(asked)
        children.add(pid)
        print(pid, flush=True)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _become(asked: dict[str, Any]) -> None:
    """In the child: the command, with its own output and no way back into the parent's loop."""
    code = 3
    try:
        os.setsid()
        log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for given, stream in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(given, stream)
        os.environ.update(asked["env"])
        sys.argv[:] = ["tallystick", *asked["argv"]]
        if asked["point"]:
            points.arm(**asked["point"])
        cli.main()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
