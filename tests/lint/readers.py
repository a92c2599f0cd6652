"""Every query that returns somebody's data takes the reader (style, "Plain rules").

A view is bound to a reader when it is made. So a function of a module that answers readers may ask only a
view it was handed: as a parameter `view`, `reading` or `reader`, or as such a member of its object.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase

from tests.lint.source import Source

reading_modules = ("views", "api", "pages*")
reader_names = frozenset({"view", "reading", "reader"})
#: Queries of a view and the fewest arguments that tell them from `str.find`, `Match.group` and the like.
queries = {"find": 2, "group": 2, "count": 2, "names": 1}

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def readers(source: Source) -> Iterator[tuple[ast.AST, str]]:
    if any(fnmatchcase(source.module, pattern) for pattern in reading_modules):
        yield from _visit(source.tree, handed=False)


def _visit(node: ast.AST, *, handed: bool) -> Iterator[tuple[ast.AST, str]]:
    """Queries below `node`; `handed`: a function around it was handed a view."""
    if isinstance(node, Function):
        handed = handed or bool(_parameters(node) & reader_names)
    if isinstance(node, ast.Call) and not handed:
        name = _query(node)
        if name:
            yield node, f".{name}() without a parameter named view, reading or reader"
    for child in ast.iter_child_nodes(node):
        yield from _visit(child, handed=handed)


def _query(call: ast.Call) -> str | None:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in queries:
        return None
    if len(call.args) + len(call.keywords) < queries[function.attr]:
        return None
    asked = function.value
    if isinstance(asked, ast.Constant):
        return None
    if isinstance(asked, ast.Attribute) and asked.attr.lstrip("_") in reader_names:
        return None
    return function.attr


def _parameters(function: Function) -> set[str]:
    arguments = function.args
    return {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
