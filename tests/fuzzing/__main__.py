"""`python -m tests.fuzzing`: one parser at length, or one case again."""

from __future__ import annotations

import argparse
import sys
import time

from tests.fuzzing.table import parsers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("name", nargs="*", help="as in tests/fuzzing/table.py; all without one")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each parser")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    parser.add_argument("--case", type=int, help="only this case of this seed")
    asked = parser.parse_args()
    if unknown := [name for name in asked.name if name not in parsers]:
        parser.error(f"no such parser: {', '.join(unknown)}")
    for name in asked.name or parsers:
        one = parsers[name]
        if asked.case is not None:
            data = one.case(asked.seed, asked.case)
            print(data)
            print("accepted" if one.check(data) else "refused")
            continue
        cases, accepted = one.run(asked.seconds, asked.seed)
        print(f"{name}: {cases} cases, {accepted} accepted, seed {asked.seed}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
