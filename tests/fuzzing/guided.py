"""`python -m tests.fuzzing.guided NAME`: one parser, guided by which code an input reaches (atheris, libFuzzer).

atheris is in the group `fuzz`: `uv sync --group fuzz`. The valid inputs are the first corpus.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

input_bytes_max = 1 << 16


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing.guided", description=__doc__)
    parser.add_argument("name", help="as in tests/fuzzing/table.py")
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    try:
        import atheris
    except ImportError:
        print("atheris is not installed: uv sync --group fuzz", file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["tallystick"]):
        from tests.fuzzing.table import parsers
    if asked.name not in parsers:
        parser.error(f"no such parser: {asked.name}")
    one = parsers[asked.name]
    one.check_seeds()
    with tempfile.TemporaryDirectory(prefix="tallystick-corpus-") as corpus:
        for number, seed in enumerate(one.seeds):
            (Path(corpus) / f"{number}").write_bytes(seed)
        limits = [
            f"-max_total_time={asked.seconds}",
            f"-max_len={input_bytes_max}",
            "-rss_limit_mb=4096",
        ]
        atheris.Setup(
            [sys.argv[0], *limits, "-verbosity=0", "-print_final_stats=1", corpus], one.check
        )
        # It ends the process itself, with an exit code other than 0 for what `check` raised.
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
