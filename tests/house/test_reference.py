"""Generated pages are fresh, and hand-written ones keep pace with the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.lint.source import root

from tallystick.app import reference
from tallystick.app.bootstrap import rule_set
from tallystick.app.reference.measured import table

formats = (root / "docs/reference/formats.md").read_text(encoding="utf-8")


def test_no_generated_page_is_stale(capsys: pytest.CaptureFixture[str]) -> None:
    assert (reference.main(["--check"]), capsys.readouterr().err) == (0, "")


def test_a_stale_page_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(reference, "root", tmp_path)
    monkeypatch.setattr(reference, "pages", lambda: {"docs/a.md": "new\n", "docs/b.md": "b\n"})
    (tmp_path / "docs/b.md").write_text("b\n", encoding="utf-8")
    assert reference.main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/a.md is stale: run ./dev docs\n"
    assert reference.main([]) == 0
    assert (tmp_path / "docs/a.md").read_text(encoding="utf-8") == "new\n"
    assert reference.main(["--check"]) == 0


def test_outside_a_checkout_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reference, "root", tmp_path)
    assert reference.main([]) == 2
    assert list(tmp_path.iterdir()) == []


def test_pages_are_the_same_in_every_run_and_hold_no_terminal_codes() -> None:
    first, again = reference.pages(), reference.pages()
    assert first == again
    assert not [path for path, text in first.items() if "\x1b" in text]


def test_every_entry_type_error_setting_and_route_has_its_row() -> None:
    pages = reference.pages()
    types = pages["docs/reference/entry-types.md"]
    assert [name for name in rule_set().types if f"## {name}" not in types] == []
    errors = pages["docs/reference/errors.md"]
    for code in ("already-financed", "stream-gap", "map-refused", "sequencer-busy", "queue-full"):
        assert f"| `{code}` |" in errors, code
    assert "| `TALLYSTICK_DATABASE_URL` |" in pages["docs/reference/settings.md"]
    assert "## tallystick log verify" in pages["docs/reference/cli.md"]
    routes = json.loads(pages["docs/reference/openapi.json"])["paths"]
    assert [path for path in routes if f" {path}`" not in pages["docs/reference/http.md"]] == []


def test_no_route_takes_its_dependencies_from_the_query() -> None:
    """Postponed annotations of local names once made `reading` a query parameter that nobody sends."""
    for path, methods in reference.pages_openapi()["paths"].items():
        for method, route in methods.items():
            names = {parameter["name"] for parameter in route.get("parameters", ())}
            assert not names & {"reading", "reader"}, f"{method} {path}"


def test_the_formats_name_every_kind_of_document() -> None:
    named = set(re.findall(r"`([a-z-]+)`", formats.partition("## Documents of state")[2]))
    assert sorted(set(rule_set().kinds) - named) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_measured_figures_fill_their_block_and_nothing_else(language: str) -> None:
    text = "before\n<!-- measured: begin -->\nstale figures\n<!-- measured: end -->\nafter\n"
    filled = reference.with_figures(text, language)
    assert filled.startswith("before\n<!-- measured: begin -->\n")
    assert filled.endswith("<!-- measured: end -->\nafter\n")
    assert "stale figures" not in filled
    assert reference.with_figures(filled, language) == filled


def test_measured_figures_are_told_with_their_machine_and_reference() -> None:
    row = {
        "name": "append, SQLite",
        "ours": 9876.5,
        "reference": 12000.0,
        "against": "verification | alone",
        "unit": "entries/s",
        "ratio": 0.823,
        "date": "2026-03-05",
        "cores": 2,
        "cpu": "c",
        "system": "s",
        "python": "3.11.9",
    }
    told = table(json.dumps({"options": ["quick"], "rows": [row]}), "en")
    assert (
        "| append, SQLite | 9,876 entries/s | 12,000 | 0.823 | verification \\| alone | "
        "2026-03-05 (1) |" in told
    )
    assert told.startswith("| what | ours | reference |")
    assert "`./dev bench` --quick. " in told
    assert told.endswith("Measured on: (1) 2 cores (c), s, Python 3.11.9")
