"""No `float` in ledger and finance: money and hashed documents know integers only (formats §7)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.lint.source import Source

float_free_parts = frozenset({"ledger", "finance"})


def floats(source: Source) -> Iterator[tuple[ast.AST, str]]:
    if source.part in float_free_parts:
        yield from _visit(source.tree)


def _visit(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)):
        yield node, f"float literal {node.value!r}"
    if isinstance(node, ast.Name) and node.id == "float":
        yield node, "`float`"
    # `isinstance(value, float)` is how a float is refused.
    tested = isinstance(node, ast.Call) and _is_instance_test(node)
    for child in ast.iter_child_nodes(node):
        if not (tested and isinstance(node, ast.Call) and child in node.args[1:]):
            yield from _visit(child)


def _is_instance_test(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in {"isinstance", "issubclass"}
