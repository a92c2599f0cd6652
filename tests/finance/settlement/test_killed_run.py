"""A run over all due days that is killed in the middle and started again pays nobody twice and nobody late."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bench.log import bench_log
from bench.pens import Pens, started
from tests.patience import patience_s
from tests.soak import programme

from tallystick.app.bootstrap import rule_set
from tallystick.ledger import LogReader, SetClock, Store

suppliers, face = 12, 2_000_000_000
kills_min = 6
run = "tests.finance.settlement.paying_run"


@pytest.mark.slow
def test_it_pays_each_cent_once_and_in_time(database_url: str, tmp_path: Path) -> None:
    home = tmp_path / "log"
    clock = SetClock(started)
    with bench_log(database_url, home, Pens(1, {}, clock)) as log:
        programme.until_due(log, clock, suppliers, face, face // 2, 3, lambda _: None)
    kills = done = 0
    rng = random.Random(11)
    for number in range(2, 60):
        with subprocess.Popen(
            [sys.executable, "-m", run, database_url, str(home), str(number)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as child:  # fmt: skip
            if kills < kills_min:
                # Somewhere behind one of the days that it is through with.
                assert child.stdout is not None
                for _ in range(rng.randrange(1, 4)):
                    child.stdout.readline()
                try:
                    child.wait(rng.uniform(0, 0.2))
                except subprocess.TimeoutExpired:
                    child.send_signal(signal.SIGKILL)
                    kills += 1
                continue
            _, said = child.communicate(timeout=patience_s)
            assert child.returncode == 0, said
            done += 1
            break
    assert done == 1
    assert kills == kills_min
    check(database_url)


def check(url: str) -> None:
    store = Store(url)
    with LogReader(store, rule_set()).open() as snapshot:
        state: Any = snapshot.view
        names = state.names("certificate", limit=100)
        assert len(names) == suppliers
        for name in names:
            head = state.get("certificate", name)
            assert (head["status"], head["paid"]) == ("settled", head["face"])
            paid = [row["amount"] for row in state.group("payout", name).values()]
            assert sum(paid) == head["face"]
            assert (state.get("payment-date", name) or {}).get("overdue") is None
            assert all(row["due"] == row["paid"] for row in state.group("claim", name).values())
    store.close()
