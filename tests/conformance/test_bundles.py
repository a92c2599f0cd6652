"""Every bundle of the vectors is accepted with its statements, or refused by the code that says why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.conformance import bundles

made = list(bundles.cases())


@pytest.mark.parametrize("case", made, ids=lambda case: case.name)
def test_each_case_is_told_for_what_it_is(case: bundles.Case) -> None:
    told = bundles.outcome(case)
    assert told["error"] == case.error
    assert bool(told["statements"]) == (case.error is None)


def test_names_are_used_once_and_every_run_makes_the_same_bytes() -> None:
    assert len({case.name for case in made}) == len(made)
    assert [case.data for case in bundles.cases()] == [case.data for case in made]


def test_the_files_can_be_laid_down_for_other_programs(tmp_path: Path) -> None:
    assert bundles.write(tmp_path) == len(made)
    told = json.loads((tmp_path / "expected.json").read_text(encoding="utf-8"))
    assert {row["name"] for row in told["cases"]} == {
        path.stem for path in tmp_path.glob("*.tally")
    }
