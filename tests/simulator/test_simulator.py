"""So many seeds in every run of the tests; ten thousand in the soak."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter

from tests.simulator import plants
from tests.simulator.run import run

#: At least so many seeds, and as many more as fit into the time.
seeds_min = 25
budget_s = 4
#: What the seeds of one run of the tests must have met, and how often at least.
met_min = {
    "healed, and sound": 10,
    "mirror has it all": 10,
    "answered accepted": 200,
    "answered refused": 20,
    "fork of a stream": 10,
    "key revoked": 5,
    "network": 10,
    "clock-jump": 3,
    "full-disk": 2,
    "witness-crash": 2,
}


def test_many_seeds_are_clean() -> None:
    cases: Counter[str] = Counter()
    until = time.monotonic() + budget_s
    seed = 0
    while seed < seeds_min or time.monotonic() < until:
        told = run(seed)
        replay = f"python -m tests.simulator --seeds 1 --from {seed} --trace"
        assert not told.violation, f"seed {seed}: {told.violation}\nreplay: {replay}"
        cases.update(told.cases)
        seed += 1
    print(f"{seed} seeds clean:", dict(sorted(cases.items())))
    missed = {case: cases[case] for case, least in met_min.items() if cases[case] < least}
    assert not missed


def test_a_seed_is_the_same_run_twice() -> None:
    """Also in another process, whose strings hash otherwise: or no failure could be had again."""
    seeds = (3, 7)
    here = [run(seed).digest for seed in seeds]
    assert here == [run(seed).digest for seed in seeds]
    code = "from tests.simulator.run import run; print(*[run(s).digest for s in (3, 7)])"
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=plants.repository,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert told.stdout.splitlines()[-1].split() == here
