"""Who may read what is decided in one place: only `ledger.readers` looks into a reader.

Everything else says which grade and parties a thing has and asks `Reader.may_read`. So no other module
names a reader's members, makes a reader but by `Reader.party` and the named ones, or asks a reading whose it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.lint.source import Source

deciding_module = "ledger/tallystick/ledger/readers.py"
members = frozenset({"reads_as", "reads_for", "_is"})
#: What a reading or reader was asked for when each part decided for itself.
questions = frozenset({"organisation", "auditor", "witness", "kind"})
asked = frozenset({"reader", "reading", "sight"})


def decisions(source: Source) -> Iterator[tuple[ast.AST, str]]:
    if source.path == deciding_module:
        return
    for node in ast.walk(source.tree):
        named = _looks_inside(node)
        if named:
            yield node, f"{named}: say grade and parties, and ask Reader.may_read"


def _looks_inside(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute):
        if node.attr in members or (node.attr in questions and _name(node.value) in asked):
            return f".{node.attr}"
    elif isinstance(node, ast.Call) and _name(node.func) == "Reader":
        return "Reader()"
    elif isinstance(node, ast.Constant) and node.value in members:
        return str(node.value)
    return None


def _name(node: ast.AST) -> str:
    """The last name of an expression, without the underscores of a member."""
    last = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return str(last).lstrip("_")
