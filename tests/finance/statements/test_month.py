"""A month of suppliers on a real log: in every run a small one, whole in `./dev soak --only statements`."""

from __future__ import annotations

from pathlib import Path

from bench.log import bench_log
from bench.pens import Pens
from tests.soak import month

suppliers_min, lines_min = 5, 40


def test_a_small_month_is_stated_disputed_billed_and_confirmed(
    database_url: str, tmp_path: Path
) -> None:
    with bench_log(database_url, tmp_path / "log", Pens(1, {})) as log:
        told = month.play(log, suppliers_min, lines_min, 7, lambda _: None)
    assert sum(map(len, told.planted.values())) >= 3
    assert told.disputed == told.planted
    assert (told.statements, told.certificates) == (suppliers_min, suppliers_min)
    assert told.face == told.worth > 0
    assert told.returned >= suppliers_min
    assert told.credited == told.returned_worth > 0
    assert told.sound


def test_the_verdict_fails_where_a_line_is_missed() -> None:
    told = month.Month(1, 2, "generated", statements=1, certificates=1)
    assert told.sound
    told.planted["firm"] = {2}
    assert not told.sound


def test_the_verdict_fails_where_a_cent_is_not_credited() -> None:
    told = month.Month(1, 2, "generated", statements=1, certificates=1)
    told.returned, told.returned_worth, told.above = 1, 904, 903
    assert not told.sound
    told.credited = 904
    assert told.sound
