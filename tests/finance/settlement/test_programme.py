"""A programme of suppliers, financed under limits and paid: a small one in every run, whole in `./dev soak --only programme`."""

from __future__ import annotations

from pathlib import Path

from bench.log import bench_log
from bench.pens import Pens, started
from tests.soak import programme

from tallystick.ledger import SetClock


def test_a_small_programme_is_financed_paid_and_equal_on_every_day(
    database_url: str, tmp_path: Path
) -> None:
    clock = SetClock(started)
    with bench_log(database_url, tmp_path / "log", Pens(1, {}, clock)) as log:
        told = programme.play(log, clock, 6, 13_800_000_000, 7_100_000_000, 7, lambda _: None)
    assert (told.face, told.financed, told.paid) == (13_800_000_000, 7_100_000_000, 13_800_000_000)
    assert {day: left for day, left in told.unexplained.items() if left} == {}
    assert told.refused_above_limit == "funder-limit-reached"
    assert (told.settled, told.outstanding, told.limits_differ) == (6, 0, 0)
    assert len(told.by_bank) == 3
    assert told.sound


def test_the_verdict_fails_where_a_day_is_not_explained() -> None:
    days = dict.fromkeys(("1", "2", "3", "4", "5"), 0)
    told = programme.Programme(
        1, (5, 3), 5, 3, {"a": 1, "b": 1, "c": 1}, 1, 5, 0, 0, "funder-limit-reached", 9, days
    )
    assert told.sound
    told.unexplained["3"] = 1
    assert not told.sound
