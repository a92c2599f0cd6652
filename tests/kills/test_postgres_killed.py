"""PostgreSQL itself is killed under load: the node says so, goes on by itself, and has lost nothing."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests import postgres
from tests.conftest import missing
from tests.end_to_end.test_serving import free_port
from tests.kills.cluster import Cluster, cluster
from tests.kills.loop import Loop, looping
from tests.kills.served import forking
from tests.patience import patience_s

from tallystick.app.settings import Settings

kills = 2
acknowledged_min = 10


@pytest.fixture
def server() -> Iterator[Cluster]:
    if not sys.platform.startswith("linux"):
        pytest.skip("finding all processes of a server needs /proc")
    try:
        with cluster() as made:
            yield made
    except postgres.Unavailable as error:
        missing(str(error))


@pytest.mark.slow
def test_the_database_server_is_killed_under_load(server: Cluster, tmp_path: Path) -> None:
    """What was acknowledged before is there after recovery; the same process serves again, unasked."""
    seed = time.time_ns() % 2**32
    print(f"seed {seed}")
    rng = random.Random(seed)
    settings = Settings(
        home=tmp_path / "home",
        database_url=server.url.render_as_string(),
        port=free_port(),
        verify_processes=0,
    )
    with forking() as parent, looping(parent, settings, tmp_path / "serve.log", seed) as loop:
        loop.start()
        for _ in range(kills):
            pid = loop.served.pid
            refused = _killed_under_load(server, loop, rng)
            server.start()
            _serves_again(loop)
            loop.look()
            assert loop.served.pid == pid
            assert refused == (503, "store-unusable")
        loop.served.kill()
        size = loop.finish()
    print(f"{kills} kills of the server: {loop.acknowledged} acknowledged of {size} entries")
    assert loop.acknowledged >= acknowledged_min


def _killed_under_load(server: Cluster, loop: Loop, rng: random.Random) -> tuple[int, str]:
    """(status, code) that a client gets while there is no database."""
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=(loop.url, stop)) for one in loop.senders]
    before = sum(len(one.answered) for one in loop.senders)
    for thread in threads:
        thread.start()
    end = time.monotonic() + patience_s
    while sum(len(one.answered) for one in loop.senders) <= before + 1 and time.monotonic() < end:
        stop.wait(0.01)
    stop.wait(rng.uniform(0, 0.3))
    server.kill()
    stop.set()
    for thread in threads:
        thread.join(patience_s)
    for one in loop.senders:
        if one.problem is not None:
            raise one.problem
    answer = httpx.post(
        f"{loop.url}/v1/entries", content=loop.pens.one().content, timeout=patience_s
    )
    return answer.status_code, answer.json()["code"]


def _serves_again(loop: Loop) -> None:
    """The same requests again, until each is taken in."""
    end = time.monotonic() + patience_s
    with httpx.Client(base_url=loop.url, timeout=patience_s) as client:
        for sender in loop.senders:
            while sender.send(client) is None:
                assert time.monotonic() < end, "the node does not find its database again"
                time.sleep(0.05)
