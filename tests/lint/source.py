"""Shipped source as the house's lints see it: parsed, with the comments that allow exceptions.

An exception is a trailing comment `# lint: allow <lint>: <reason>` on a line of the statement. A comment
without a reason, of an unknown lint, or that allows nothing is itself a finding.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

root = Path(__file__).resolve().parents[2]
parts = ("app", "contracts", "finance", "identity", "ledger", "scanners", "trace")
allow_pattern = re.compile(r"#\s*lint:\s*allow\s+(?P<lint>[\w-]+)(?:\s*:\s*(?P<reason>.*\S))?")


@dataclass(frozen=True, slots=True)
class Source:
    """One file of shipped Python. `path` is relative to the repository, with `/`."""

    path: str
    tree: ast.Module
    text: str

    @property
    def part(self) -> str:
        return self.path.partition("/")[0]

    @property
    def allowing(self) -> Iterator[tuple[int, re.Match[str]]]:
        """The comments that allow something, and their lines: reading tokens is slow, and few files have one."""
        if allow_pattern.search(self.text) is None:
            return
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT and (found := allow_pattern.search(token.string)):
                yield token.start[0], found

    @property
    def module(self) -> str:
        """The file's name without its suffix."""
        return self.path.rpartition("/")[2].removesuffix(".py")


@dataclass(frozen=True, slots=True)
class Finding:
    lint: str
    path: str
    line: int
    end_line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.lint}: {self.message}"


Lint = Callable[[Source], Iterable[tuple[ast.AST, str]]]


def parse(path: str, text: str) -> Source:
    return Source(path, ast.parse(text, path), text)


def shipped_files() -> Iterator[Path]:
    """Every Python file that the wheel holds."""
    for part in parts:
        yield from sorted((root / part / "tallystick").rglob("*.py"))


def shipped() -> Iterator[Source]:
    for path in shipped_files():
        yield parse(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))


def inspect(source: Source, lints: dict[str, Lint]) -> list[Finding]:
    """What the lints find in one file, less what comments allow."""
    found = [
        Finding(name, source.path, node.lineno, node.end_lineno or node.lineno, message)
        for name, lint in lints.items()
        for node, message in lint(source)
        if isinstance(node, (ast.expr, ast.stmt, ast.arg, ast.alias))
    ]
    kept, misused = _allow(source, found, lints)
    return sorted(kept + misused, key=lambda finding: (finding.line, finding.lint))


def _allow(
    source: Source, found: list[Finding], lints: dict[str, Lint]
) -> tuple[list[Finding], list[Finding]]:
    kept, misused = found, []
    for line, match in source.allowing:
        lint = match["lint"]
        excused = [f for f in found if f.lint == lint and f.line <= line <= f.end_line]
        complaint = None
        if lint not in lints:
            complaint = f"no lint is called {lint}"
        elif not match["reason"]:
            complaint = f"say why: `# lint: allow {lint}: <reason>`"
        elif not excused:
            complaint = f"this comment allows nothing that {lint} refuses"
        if complaint:
            misused.append(Finding("allow", source.path, line, line, complaint))
        else:
            kept = [finding for finding in kept if finding not in excused]
    return kept, misused
