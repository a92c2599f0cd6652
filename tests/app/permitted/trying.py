"""Runs the tests that say each type of entry once more, with the probe beside them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.app.permitted.probe import file_variable

here = Path(__file__).parent
root = here.parents[2]
printed_file = root / "app/tallystick/app/said_by.json"
run_s_max = 600

Cells = dict[str, dict[str, list[str]]]


def tried() -> Cells:
    """What the rules admit, by entry type and relation; raises for a test that is gone or fails."""
    named = (here / "tests.txt").read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "cells.json"
        plain = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
        done = subprocess.run(
            [
                sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider",
                "-p", "tests.app.permitted.probe", "--no-header", *named,
            ],
            cwd=root,
            env={**plain, file_variable: str(told), "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            timeout=run_s_max,
            check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(done.stdout[-3000:] + done.stderr[-2000:])
        found: Cells = json.loads(told.read_text(encoding="utf-8"))
    return found
