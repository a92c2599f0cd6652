"""The file of figures: paths are measured one by one, and each keeps the day on which it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bench import report
from bench.command import main, paths, results_file
from bench.measure import Row, Skipped
from bench.report import OtherFigures, Report

from tallystick.app.reference import measured

order = ("append", "audit", "keys")
row = Row("one", 50, 100, "entries/s", "another")


def written(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


def test_every_path_has_figures_in_their_order() -> None:
    """Of the file that the README shows."""
    document = written(results_file)
    for part in ("rows", "skipped"):
        found = [row["path"] for row in document[part]]
        assert found == sorted(found, key=list(paths).index)
    assert {row["path"] for row in document["rows"]} == set(paths)


def test_what_is_measured_alone_takes_the_place_of_its_own_rows(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    here = Report(file, ())
    here.write({"keys": [row], "append": [row, Skipped("two", "no database")]}, order)
    document = written(file)
    document["rows"][1]["date"] = "2026-01-05"
    file.write_text(json.dumps(document), encoding="utf-8")
    here.write({"append": [Row("new", 2, 1, "ms", "another")]}, order)
    document = written(file)
    assert [(one["path"], one["name"]) for one in document["rows"]] == [
        ("append", "new"),
        ("keys", "one"),
    ]
    assert document["rows"][1]["date"] == "2026-01-05" < document["rows"][0]["date"]
    # That it was skipped once is said no more.
    assert document["skipped"] == []


def test_each_row_says_on_what_it_was_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row is compared with its own reference: so there may be rows of two machines."""
    file = tmp_path / "results.json"
    Report(file, ()).write({"keys": [row], "append": [row]}, order)
    here = report.taken()
    monkeypatch.setattr(report, "taken", lambda: {**here, "cores": 512})
    Report(file, ()).write({"append": [row]}, order)
    assert [(one["path"], one["cores"]) for one in written(file)["rows"]] == [
        ("append", 512),
        ("keys", here["cores"]),
    ]
    shown = measured.table(file.read_text(encoding="utf-8"), "en")
    assert f"{here['date']} (1)" in shown
    assert f"{here['date']} (2)" in shown
    assert "(1) 512 cores (" in shown


def test_figures_of_another_scale_are_not_mixed_in(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    Report(file, ()).write({"keys": [row], "append": [row]}, order)
    before = file.read_bytes()
    now = Report(file, ("quick",))
    with pytest.raises(OtherFigures, match="measure all paths"):
        now.write({"append": [row]}, order)
    assert file.read_bytes() == before
    # A whole run leaves nothing of the other.
    now.write({"append": [row], "keys": [row]}, order)
    assert written(file)["options"] == list(now.options)


def test_the_command_says_so_before_it_measures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.json"
    Report(file, ()).write({"append": [row], "keys": [row]}, order)
    with pytest.raises(SystemExit) as ended:
        main(["--quick", "--only", "keys", "--out", str(file)])
    assert ended.value.code == 2
    assert "write elsewhere with --out" in capsys.readouterr().err
