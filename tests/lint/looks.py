"""What the operator reads by a command is noted as every other look is (docs/how-to/grade-data.md).

A command takes its reading from `reads.looking.looking`, or hands the reader of everything to `noted`, and to nothing
else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.lint.source import Source

reads_everything = "auditor_reader"
noting = frozenset({"noted"})


def looks(source: Source) -> Iterator[tuple[ast.AST, str]]:
    if source.module != "cli" and not source.module.endswith("_cli"):
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or _name(node.func) in noting:
            continue
        given = (*node.args, *(keyword.value for keyword in node.keywords))
        if any(_name(one) == reads_everything for one in given):
            yield node, f"`{reads_everything}` goes to {_name(node.func)}() without a note"


def _name(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))
