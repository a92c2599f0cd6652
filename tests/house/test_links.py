"""No page points to a file or heading that is not there, and every command named in one exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer.main
from tests.lint.source import root

from tallystick.app.cli import cli

link = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"")
fence = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def texts() -> list[Path]:
    found = [*root.glob("*.md"), *root.glob("*/README.md"), *root.glob("docs/**/*.md")]
    return sorted(path for path in set(found) if path.name != "template.md")


def dead(path: Path) -> Iterator[str]:
    """Relative links of a page that lead nowhere."""
    text = fence.sub("", path.read_text(encoding="utf-8"))
    for found in link.finditer(text):
        target = unquote(found[1] or found[2])
        if re.match(r"[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        file = path if not name else (path.parent / name)
        looked_up = file.is_file() and file.suffix == ".md" and heading
        if not file.exists() or (looked_up and heading not in anchors(file)):
            yield target


@cache
def anchors(path: Path) -> set[str]:
    """The anchors that a forge gives to the headings of a page."""
    text = fence.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("path", texts(), ids=lambda path: str(path.relative_to(root)))
def test_no_link_is_dead(path: Path) -> None:
    assert list(dead(path)) == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    text = "# A head\n[a](b.md) [c](#a-head) ![d](e.png) [f](#g) [h](https://example.org/x)\n"
    page.write_text(text, encoding="utf-8")
    assert list(dead(page)) == ["b.md", "e.png", "#g"]


@pytest.mark.parametrize("path", texts(), ids=lambda path: str(path.relative_to(root)))
def test_every_command_named_exists(path: Path) -> None:
    known = commands()
    text = path.read_text(encoding="utf-8")
    spoken = re.findall(r"`tallystick ([a-z -]+)", text)
    spoken += re.findall(r"^ {4,}(?:\$ )?tallystick ([a-z -]+)", text, re.MULTILINE)
    spoken += re.findall(r"^tallystick ([a-z -]+)", text, re.MULTILINE)
    wrong = [words for words in spoken if not known & prefixes(words.split())]
    assert wrong == []


def prefixes(words: list[str]) -> set[str]:
    return {" ".join(words[:count]) for count in (1, 2) if len(words) >= count}


@cache
def commands() -> set[str]:
    main = typer.main.get_command(cli)
    found = set()
    for name, inner in getattr(main, "commands", {}).items():
        children = getattr(inner, "commands", {})
        found |= {f"{name} {child}" for child in children} or {name}
    return found
