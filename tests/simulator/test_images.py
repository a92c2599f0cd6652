"""Files of SQLite after a crash or on a bad disk: all that was acknowledged is there, or the damage has a name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.simulator.images import look

#: More of them in the soak: `python -m tests.simulator --images 2000`.
images = 30
crashes_min = 12
named_min = 3


def test_crashes_lose_nothing_and_damage_is_named(tmp_path: Path) -> None:
    found = look(0, images, tmp_path)
    print(dict(sorted(found.items())))
    counts: Counter[str] = Counter()
    for case, count in found.items():
        kind, _, verdict = case.rpartition(": ")
        counts["crash" if kind.startswith("crash") else "damage"] += count
        counts["named"] += count if verdict != "whole" else 0
    assert counts["crash"] >= crashes_min
    assert counts["named"] >= named_min
