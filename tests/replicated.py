"""A primary and a streaming standby of real PostgreSQL servers, made by initdb and pg_basebackup."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL
from tests import postgres

stream_seconds_max = 30
names = "synchronous_standby_names"


@dataclass
class Server:
    """One server over its own folder; started, stopped and started again."""

    programs: Path
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> URL:
        query = {"host": str(self.folder)}
        return URL.create("postgresql", postgres.superuser, database="postgres", query=query)

    def start(self) -> None:
        log = self.folder / "server.log"
        command = [
            *(str(self.programs / "postgres"), "-D", str(self.folder / "data")),
            *("-k", str(self.folder), "-c", "listen_addresses=", "-c", "fsync=on"),
        ]
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [*postgres.as_account(), *postgres.dies_with_us(), *command],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        postgres.wait(self.process, self.url, log)

    def stop(self) -> None:
        """A fast shutdown."""
        self._end(signal.SIGINT)

    def leave(self) -> None:
        """At the end, when nobody needs it any more: without writing what is in memory."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """As when the machine is gone: no byte more is written."""
        self._end(signal.SIGKILL)

    def execute(self, command: str) -> list[tuple[object, ...]]:
        with postgres.connect(self.url) as connection:
            cursor = connection.execute(command)  # type: ignore[call-overload]
            return list(cursor.fetchall()) if cursor.description else []

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None


@dataclass
class Pair:
    """The primary's commits wait for the standby, `ANY 1`."""

    primary: Server
    standby: Server
    promoted: bool = False
    _made: int = field(default=0)

    def fresh_database(self) -> str:
        """The URL, on the primary, of a new database."""
        self._made += 1
        self.primary.execute(f"CREATE DATABASE log_{self._made} TEMPLATE template0")
        return self._url(self.primary)

    def url_on_standby(self) -> str:
        """The URL of the newest database there."""
        return self._url(self.standby)

    def require(self, standbys: str) -> None:
        """Set `synchronous_standby_names`."""
        self.primary.execute(f"ALTER SYSTEM SET {names} = '{standbys}'")
        self.primary.execute("SELECT pg_reload_conf()")
        until = time.monotonic() + stream_seconds_max
        while self.primary.execute(f"SHOW {names}") != [(standbys,)]:
            assert time.monotonic() < until
            time.sleep(0.01)

    def wait_until_streaming(self) -> None:
        asked = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
        until = time.monotonic() + stream_seconds_max
        while self.primary.execute(asked) != [(1,)]:
            assert time.monotonic() < until, "the standby does not stream"
            time.sleep(0.02)

    def promote(self) -> None:
        self.promoted = True
        self.standby.execute("SELECT pg_promote(true, 30)")

    def _url(self, server: Server) -> str:
        url = server.url.set(database=f"log_{self._made}")
        return url.render_as_string(hide_password=False)


@contextmanager
def pair() -> Iterator[Pair]:
    """Raises `postgres.Unavailable`."""
    programs = postgres.find_programs()
    with ExitStack() as stack:
        primary, standby = (_server(programs, stack) for _ in range(2))
        _run([programs / "initdb", "--auth", "trust", "--username", postgres.superuser,
              "--encoding", "UTF8", "--locale", "C", "--no-sync", "--pgdata", primary.folder / "data"])  # fmt: skip
        stack.callback(primary.leave)
        primary.start()
        _run([programs / "pg_basebackup", "--host", primary.folder, "--username", postgres.superuser,
              "--pgdata", standby.folder / "data", "--write-recovery-conf", "--checkpoint=fast",
              "--no-sync"])  # fmt: skip
        stack.callback(standby.leave)
        standby.start()
        made = Pair(primary, standby)
        made.wait_until_streaming()
        made.require("ANY 1 (*)")
        yield made


def _server(programs: Path, stack: ExitStack) -> Server:
    folder = Path(tempfile.mkdtemp(prefix="tallystick-pair-", dir="/tmp"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    account = postgres.server_account()
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    return Server(programs, folder)


def _run(command: list[object]) -> None:
    done = subprocess.run(
        [*postgres.as_account(), *map(str, command)],
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise postgres.Unavailable(f"{command[0]} failed: {done.stderr.strip()[-500:]}")


def backends_waiting(server: Server) -> list[int]:
    """Processes whose commit waits for a standby."""
    asked = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    try:
        return [int(str(row[0])) for row in server.execute(asked)]
    except psycopg.OperationalError:
        return []
