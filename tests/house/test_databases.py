"""The databases that other tests rely on are real, fresh and theirs alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import sqlalchemy
from tests import postgres

fresh_databases: set[str] = set()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_a_fresh_database(empty_database_url: str, turn: int) -> None:
    assert empty_database_url not in fresh_databases
    fresh_databases.add(empty_database_url)
    engine = sqlalchemy.create_engine(empty_database_url)
    with engine.begin() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
        connection.execute(sqlalchemy.text("CREATE TABLE note (word TEXT)"))
        connection.execute(sqlalchemy.text("INSERT INTO note VALUES ('追索')"))
        rows = connection.execute(sqlalchemy.text("SELECT word FROM note")).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [("追索",)]


def test_postgresql_is_durable_and_driven_by_psycopg(postgres_url: str) -> None:
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.connect() as connection:
        assert engine.dialect.driver == "psycopg"
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            value = connection.execute(sqlalchemy.text(f"SHOW {setting}")).scalar_one()
            assert value == "on", setting
    engine.dispose()


def test_a_database_is_dropped_even_while_in_use(postgres_server: postgres.Server) -> None:
    with postgres_server.fresh_database() as url:
        left_open = postgres.connect(sqlalchemy.make_url(url))
        name = sqlalchemy.make_url(url).database
    left_open.close()
    with postgres.connect(postgres_server.admin) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [name]
        ).fetchall()
    assert found == []


def test_a_server_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(postgres.url_variable, "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(postgres.Unavailable, match="does not answer"), postgres.server():
        pass


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends it by itself")
def test_the_private_server_ends_with_a_killed_test_process(tmp_path: Path) -> None:
    if os.environ.get(postgres.url_variable):
        pytest.skip("the tests were given a server")
    try:
        postgres.find_programs()
    except postgres.Unavailable as error:
        pytest.skip(str(error))
    program = textwrap.dedent(
        """
        import time
        from tests import postgres
        with postgres.server() as server:
            folder = server.admin.query["host"]
            print(open(folder + "/data/postmaster.pid").readline().strip(), folder, flush=True)
            time.sleep(60)
        """
    )
    root = Path(__file__).resolve().parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", program], cwd=root, stdout=subprocess.PIPE, text=True
    )
    stdout = child.stdout
    if stdout is None:
        pytest.fail("no output to read")
    pid, folder = stdout.readline().split()
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    stdout.close()
    end = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        time.sleep(0.05)
    ended = not Path(f"/proc/{pid}").exists()
    subprocess.run(["rm", "-rf", folder], check=True)
    assert ended
