"""A private PostgreSQL that is killed at once, all its processes, and started again on the same files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL
from tests import postgres
from tests.patience import patience_s
from tests.postgres import as_account, dies_with_us, find_programs, server_account, superuser


@dataclass
class Cluster:
    """`url` stays the same over all restarts."""

    programs: Path
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> URL:
        query = {"host": str(self.folder)}
        return URL.create("postgresql", superuser, database="postgres", query=query)

    def initialise(self) -> None:
        account = server_account()
        if account is not None:
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        words = ["--pgdata", str(self.folder / "data"), "--username", superuser]
        words += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C"]
        made = subprocess.run(
            [*as_account(), str(self.programs / "initdb"), *words],
            check=False,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if made.returncode:
            raise postgres.Unavailable(f"initdb failed: {made.stderr.strip()[-500:]}")

    def start(self) -> None:
        """Until it answers; after a kill it replays its log first."""
        words = ["-D", str(self.folder / "data"), "-k", str(self.folder)]
        words += ["-c", "listen_addresses=", "-c", "fsync=on"]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *as_account(),
                    *dies_with_us(),
                    str(self.programs / "postgres"),
                    *words,
                ],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            try:
                postgres.connect(self.url).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.02)
        raise AssertionError((self.folder / "server.log").read_text()[-2000:])

    def kill(self) -> None:
        """SIGKILL to the postmaster and to every process of it, as when the machine fails."""
        if self.process is None:
            return
        family = [self.process.pid, *_children(self.process.pid)]
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(patience_s)
        self.process = None
        end = time.monotonic() + patience_s
        # As long as one of them holds the shared memory, no other server starts on these files.
        while any(Path(f"/proc/{pid}").exists() for pid in family) and time.monotonic() < end:
            time.sleep(0.01)


def _children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if folder.name.isdigit() and int(fields[1]) == pid:
            found.append(int(folder.name))
    return found


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Started; raises `postgres.Unavailable`."""
    programs = find_programs()
    # Not in $TMPDIR: a socket's path has at most 103 characters, and that folder may be private.
    folder = Path(tempfile.mkdtemp(prefix="tallystick-pgk-", dir="/tmp"))
    made = Cluster(programs, folder)
    try:
        made.initialise()
        made.start()
        yield made
    finally:
        made.kill()
        shutil.rmtree(folder, ignore_errors=True)
