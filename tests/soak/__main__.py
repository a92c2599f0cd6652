"""`python -m tests.soak`: the long runs, `./dev soak`. What was found is written to bench/soak/.

Without --only everything runs, for some hours: kill -9 of the serving process, the simulator, a load run,
the audit of a million entries, the export of 100,000 entries, orders of millions of codes, a month of
60,000 lines, a programme of CNY 13.8 bn, 10,000 races for the same cents, 1,000 of each kind
for the same money, 100,000 steps of each state machine on each store, the fuzzing of every parser, and all tests with many examples.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Sequence

from tests.soak import report
from tests.soak.parts import Options, databases, month_suppliers, parts


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    more = given[given.index("--") + 1 :] if "--" in given else []
    asked = _parser().parse_args(given[: given.index("--")] if "--" in given else given)
    options = Options(
        asked.kills,
        asked.seeds,
        asked.minutes,
        asked.entries,
        asked.fuzz_seconds,
        asked.seed if asked.seed is not None else time.time_ns() % 2**32,
        databases if asked.database == "both" else (asked.database,),
        tuple(more),
        asked.races,
        asked.steps,
        asked.suppliers,
    )
    chosen = asked.only or list(parts)
    began, outcomes, path = report.now(), list[report.Outcome](), None
    head = report.header(began, {**vars(asked), "seed": options.seed, "only": "/".join(chosen)})
    for name in chosen:
        outcomes.append(_run(name, options))
        if path is not None:
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)
        path = report.write(began, head, outcomes)
    print(report.text(head, outcomes))
    print(f"written to {path}")
    return 0 if all(one.sound for one in outcomes) else 1


def _run(name: str, options: Options) -> report.Outcome:
    """One part; what it raises is its outcome, and the next part runs."""
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {name}: {text}", file=sys.stderr, flush=True)

    say("begins")
    try:
        sound, lines, figures = parts[name](options, say)
    except Exception:  # noqa: BLE001 - whatever was wrong is what this run is for
        lines = [f"seed {options.seed}", *traceback.format_exc().splitlines()[-40:]]
        sound, figures = False, {}
    return report.Outcome(name, sound, time.monotonic() - began, lines, figures)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./dev soak", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--only", action="append", choices=list(parts), metavar="PART",
        help=f"only this part; may be repeated: {', '.join(parts)}",
    )  # fmt: skip
    parser.add_argument("--kills", type=int, default=1000, help="of kill -9, over both databases")
    parser.add_argument("--seeds", type=int, default=10_000, help="of the simulator")
    parser.add_argument("--minutes", type=float, default=20.0, help="of load, on each database")
    parser.add_argument("--entries", type=int, default=1_000_000, help="of the log to be audited")
    parser.add_argument(
        "--races", type=int, default=10_000, help="for the same cents; of those for money a tenth"
    )
    parser.add_argument(
        "--steps", type=int, default=100_000, help="of the state machine, each place"
    )
    parser.add_argument(
        "--suppliers", type=int, default=month_suppliers, help="of the month of statements"
    )
    parser.add_argument(
        "--fuzz-seconds", type=int, default=60, help="of guided fuzzing, each parser"
    )
    parser.add_argument("--seed", type=int, help="of everything random, to repeat a run")
    parser.add_argument("--database", choices=[*databases, "both"], default="both")
    return parser


if __name__ == "__main__":
    sys.exit(main())
