"""A real PostgreSQL for the tests.

`TALLYSTICK_TEST_DATABASE_URL` names a server on which databases may be created. Without it a private
cluster is started from the server programs of this machine: fsync on, its own folder, a Unix socket in
that folder and no TCP port, so that any number of test processes (one cluster each) cannot meet. The
server is a child of the test process and ends with it, also when that is killed.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url
from tests.patience import patience_s

from tallystick.ledger import Store

url_variable = "TALLYSTICK_TEST_DATABASE_URL"
superuser = "tallystick"
program_folders = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)


class Unavailable(Exception):
    """No PostgreSQL can be used here; the text says why and what to do."""


@dataclass
class Server:
    """A server on which the tests may create databases. `admin` is a `postgresql://` URL."""

    admin: URL
    _template: str | None = None

    @contextmanager
    def fresh_database(self, template: str = "template0") -> Iterator[str]:
        """The URL of a new database, empty but for the template, dropped at the end whoever is connected."""
        name = f"tallystick_test_{uuid.uuid4().hex[:16]}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        try:
            yield self.admin.set(database=name).render_as_string(hide_password=False)
        finally:
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    @contextmanager
    def fresh_tables(self) -> Iterator[str]:
        """The URL of a new database with all tables, empty: a copy of one that the migrations made."""
        with self.fresh_database(self.template()) as url:
            yield url

    def template(self) -> str:
        """The name of the database that `fresh_tables` copies."""
        if self._template is None:
            with self.fresh_database() as url:
                store = Store(url)
                store.migrate()
                store.close()
                name = f"tallystick_test_{uuid.uuid4().hex[:16]}"
                self._execute("CREATE DATABASE {} TEMPLATE {}", name, url_name(url))
            self._template = name
        return self._template

    def close(self) -> None:
        if self._template is not None:
            self._execute("DROP DATABASE {} WITH (FORCE)", self._template)

    def _execute(self, command: str, *names: str) -> None:
        with connect(self.admin) as connection:
            connection.execute(sql.SQL(command).format(*map(sql.Identifier, names)))


def url_name(url: str) -> str:
    """The database that an URL names."""
    return str(make_url(url).database)


def connect(url: URL) -> psycopg.Connection:
    """A connection outside any transaction."""
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


@contextmanager
def server() -> Iterator[Server]:
    """The server of `TALLYSTICK_TEST_DATABASE_URL`, else a private cluster; raises `Unavailable`."""
    named = os.environ.get(url_variable)
    if named:
        with closing(Server(_named(named))) as there:
            yield there
        return
    programs = find_programs()
    # Not in $TMPDIR: a socket's path has at most 103 characters, and that folder may be private.
    folder = Path(tempfile.mkdtemp(prefix="tallystick-pg-", dir="/tmp"))
    try:
        with private_cluster(programs, folder) as url:
            yield Server(url)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path:
    """The folder of the newest server's programs; raises `Unavailable`."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    found = [
        folder
        for pattern in program_folders
        for folder in Path("/").glob(pattern.lstrip("/"))
        if (folder / "initdb").exists() and (folder / "postgres").exists()
    ]
    if not found:
        raise Unavailable(
            "no PostgreSQL server programs here; `apt-get install postgresql` or"
            f" `brew install postgresql@17`, or name a server in {url_variable}"
        )
    return max(found, key=lambda folder: int("".join(filter(str.isdigit, str(folder))) or "0"))


@contextmanager
def private_cluster(programs: Path, folder: Path) -> Iterator[URL]:
    """A cluster in `folder`, which is empty and ours; yields the URL of its superuser."""
    account = server_account()
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = folder / "data"
    initialise = [
        str(programs / "initdb"),
        *("--pgdata", str(data), "--username", superuser, "--auth", "trust"),
        *("--encoding", "UTF8", "--locale", "C"),
    ]
    made = subprocess.run(
        _as(account) + initialise,
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise Unavailable(f"initdb failed: {made.stderr.strip()[-500:]}")
    with cluster_again(programs, folder) as again:
        yield again


@contextmanager
def cluster_again(programs: Path, folder: Path) -> Iterator[URL]:
    """The cluster that `private_cluster` made in `folder`, started once more."""
    account = server_account()
    url = URL.create("postgresql", superuser, database="postgres", query={"host": str(folder)})
    data = folder / "data"
    serve = [
        *(str(programs / "postgres"), "-D", str(data), "-k", str(folder)),
        *("-c", "listen_addresses=", "-c", "fsync=on", "-c", "max_connections=50"),
    ]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            _as(account) + dies_with_us() + serve,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait(process, url, folder / "server.log")
        yield url
    finally:
        # SIGINT is PostgreSQL's fast shutdown. Under root the child is `setpriv` only until it
        # becomes the server by exec, so this is the server's own process.
        process.send_signal(2)
        try:
            process.wait(timeout=patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _named(text: str) -> URL:
    url = make_url(text).set(drivername="postgresql")
    try:
        connect(url).close()
    except psycopg.Error as error:
        raise Unavailable(f"the server of {url_variable} does not answer: {error}") from error
    return url


def server_account() -> pwd.struct_passwd | None:
    """Whom the server runs as: PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unavailable("run by root, and there is no `postgres` account to run the server")


def as_account() -> list[str]:
    """What a command begins with so that it runs as the server's account."""
    return _as(server_account())


def _as(account: pwd.struct_passwd | None) -> list[str]:
    if account is None:
        return []
    if shutil.which("setpriv") is None:
        raise Unavailable("run by root, and `setpriv` (util-linux) is missing")
    return [
        "setpriv",
        *("--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups"),
    ]


def dies_with_us() -> list[str]:
    if not sys.platform.startswith("linux") or shutil.which("setpriv") is None:
        return []
    return ["setpriv", "--pdeathsig", "INT"]


def wait(process: subprocess.Popen[bytes], url: URL, log: Path) -> None:
    """Until the server answers; raises `Unavailable` if it ends or does not come up."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            connect(url).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    text = log.read_text(errors="replace").strip()
    raise Unavailable(f"the private PostgreSQL did not come up: {text[-500:]}")
