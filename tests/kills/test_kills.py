"""kill -9 of the serving process, on both databases: nothing acknowledged is lost, nothing is half-done."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.test_serving import free_port
from tests.kills.loop import looping
from tests.kills.points import points
from tests.kills.served import Parent, forking

from tallystick.app.settings import Settings

#: On each database; together forty.
kills = 20
acknowledged_min = 25


@pytest.fixture(scope="module")
def parent() -> Iterator[Parent]:
    with forking() as started:
        yield started


@pytest.mark.slow
def test_killed_at_every_step_and_at_any_moment(
    parent: Parent, tmp_path: Path, database_url: str
) -> None:
    """Clients send batches, singles and scans, and again what was not answered; receipts repeat."""
    settings = Settings(
        home=tmp_path / "home", database_url=database_url, port=free_port(), verify_processes=0
    )
    seed = time.time_ns() % 2**32
    rounds = [*points, *[""] * (kills - len(points))]
    random.Random(seed).shuffle(rounds)
    print(f"seed {seed}")
    with looping(parent, settings, tmp_path / "serve.log", seed) as loop:
        for _ in loop.run(rounds):
            pass
        size = loop.finish()
    print(
        f"{loop.kills.total()} kills: {loop.acknowledged} acknowledged of {size} entries,"
        f" {loop.taken_untold} taken in untold, {loop.not_taken} not taken in,"
        f" {loop.repeated} receipts repeated"
    )
    assert loop.kills.total() == kills
    assert loop.kills.keys() == {*points, "any moment"}
    assert loop.acknowledged >= acknowledged_min
    assert loop.taken_untold > 0
    assert loop.not_taken > 0
    assert loop.repeated > 0
