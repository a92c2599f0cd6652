"""`python -m tests.simulator --seeds N [--from S] [--plant BUG] [--trace]`: exit code 1 at the first that fails."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import structlog


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first one")
    parser.add_argument("--plant", default="", help="a bug of tests/simulator/bugs, by its name")
    parser.add_argument("--trace", action="store_true", help="say what happened, step by step")
    parser.add_argument("--images", type=int, default=0, help="crash images instead of seeds")
    parser.add_argument("--planted-in", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.planted_in:
        from tests.simulator import plants

        plants.require_planted(given.planted_in)
    if given.plant:
        from tests.simulator import plants

        return plants.main(given.plant, given.first, given.seeds)
    if given.images:
        return look(given.first, given.images)
    return simulate(given.first, given.seeds, trace=given.trace)


def simulate(first: int, seeds: int, *, trace: bool) -> int:
    from tests.simulator.run import run

    structlog.configure(processors=[_unsaid])
    cases: Counter[str] = Counter()
    began_ns = time.process_time_ns()
    for seed in range(first, first + seeds):
        told = run(seed)
        cases.update(told.cases)
        if trace:
            print(*told.trace, sep="\n")
        if told.violation:
            print(f"seed {seed}: {told.violation}")
            print(f"replay: python -m tests.simulator --seeds 1 --from {seed} --trace", flush=True)
            return 1
        if sys.stderr.isatty():
            print(f"\r{seed - first + 1} of {seeds} seeds", end="", file=sys.stderr, flush=True)
    took_ms = (time.process_time_ns() - began_ns) // 1_000_000
    for case, count in sorted(cases.items()):
        print(f"{count:8d}  {case}")
    print(f"{seeds} seeds from {first} clean in {took_ms / 1000:.1f} s of processor time")
    return 0


def look(first: int, images: int) -> int:
    from tests.simulator import images as of_files
    from tests.simulator.chance import Violation

    structlog.configure(processors=[_unsaid])
    try:
        with tempfile.TemporaryDirectory(prefix="tallystick-images-") as folder:
            found = of_files.look(first, images, Path(folder))
    except Violation as violation:
        print(violation)
        return 1
    for case, count in sorted(found.items()):
        print(f"{count:8d}  {case}")
    print(f"{images} images from {first}: nothing silently wrong")
    return 0


def _unsaid(_logger: object, _method: str, _event: object) -> str:
    """What services log of the faults is in the trace already."""
    raise structlog.DropEvent


if __name__ == "__main__":
    sys.exit(main())
