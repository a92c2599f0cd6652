"""What the documents say of threats and controls rests on tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from tests.lint.source import root

pages = ("threat-model.md", "gb-t-22239.md")
named = re.compile(r"\btests/[\w/]+(?:\.py(?:::\w+)?)?")
nothing_yet = "–"


def text(page: str) -> str:
    return (root / "docs/explanation" / page).read_text(encoding="utf-8")


@cache
def functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("page", pages)
def test_every_test_that_is_named_exists(page: str) -> None:
    found = named.findall(text(page))
    assert len(found) > 25
    for one in found:
        file, _, function = one.partition("::")
        assert (root / file).exists(), one
        assert not function or function in functions(root / file), one


def test_every_threat_says_what_stands_behind_it() -> None:
    """A test, or a dash: and where a line says that something is not stopped at all, it may be a dash."""
    rows = [line for line in text("threat-model.md").splitlines() if line.startswith("| ")]
    assert len(rows) > 100
    for row in rows:
        last = row.rstrip("| ").rpartition(" | ")[2]
        assert named.search(last) or last.startswith(nothing_yet) or last in ("test", "---"), row


def test_every_control_says_whose_task_is_left() -> None:
    rows = [line for line in text("gb-t-22239.md").splitlines() if line.startswith("| ")]
    assert len(rows) > 30
    for row in rows:
        cells = [cell.strip() for cell in row.strip("| ").split(" | ")]
        assert all(cells), row
        assert len(cells) in (2, 4), row


def test_every_chapter_of_the_standard_has_its_line() -> None:
    told = text("gb-t-22239.md")
    for chapter in range(1, 11):
        assert f"8.1.{chapter}" in told, chapter
