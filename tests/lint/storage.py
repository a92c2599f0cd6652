"""No `commit()` outside the unit of work; no SQL outside the stores (style, "Plain rules")."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase

from tests.lint.source import Source

#: The only modules that hold SQL and transactions: the ledger's store, the queue of a device, the outbox,
#: and the one that reads and writes a Handle server's table.
storage_modules = (
    "ledger/tallystick/ledger/store.py",
    "ledger/tallystick/ledger/store_*.py",
    "ledger/tallystick/ledger/store/*.py",
    "ledger/tallystick/ledger/unit_of_work.py",
    "scanners/tallystick/scanners/store.py",
    "app/tallystick/app/outbox.py",
    "app/tallystick/app/outbox/*.py",
    "identity/tallystick/identity/exchange/store.py",
    "*/migrations/*.py",
)
transaction_calls = frozenset({"commit", "begin", "begin_nested"})
statement_names = frozenset(
    {"select", "insert", "update", "delete", "text", "union", "union_all", "exists"}
    | {"table", "Table", "Column", "MetaData"}
)
statement_modules = ("sqlalchemy.orm", "sqlalchemy.sql", "sqlalchemy.dialects")
driver_modules = ("sqlite3", "psycopg", "psycopg2", "asyncpg", "aiosqlite")


def is_storage(source: Source) -> bool:
    return any(fnmatchcase(source.path, pattern) for pattern in storage_modules)


def unit_of_work(source: Source) -> Iterator[tuple[ast.AST, str]]:
    if is_storage(source):
        return
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in transaction_calls
        ):
            yield node, f".{node.func.attr}() belongs to the unit of work in the store"


def sql(source: Source) -> Iterator[tuple[ast.AST, str]]:
    if is_storage(source):
        return
    aliases = _names_of_sqlalchemy(source.tree)
    for node in ast.walk(source.tree):
        named = _statement(node, aliases)
        if named:
            yield node, f"{named} belongs to the store"


def _statement(node: ast.AST, aliases: set[str]) -> str | None:
    """What a node takes from a database library that only a store may use."""
    if isinstance(node, ast.Import):
        return next((a.name for a in node.names if _is_refused_module(a.name)), None)
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        if _is_refused_module(node.module):
            return node.module
        if node.module == "sqlalchemy":
            refused = [a.name for a in node.names if _is_refused_name(a.name)]
            return f"sqlalchemy.{refused[0]}" if refused else None
    if isinstance(node, ast.Attribute):
        if isinstance(node.value, ast.Name) and node.value.id in aliases:
            return f"sqlalchemy.{node.attr}" if _is_refused_name(node.attr) else None
        if node.attr == "exec_driver_sql":
            return "exec_driver_sql"
    return None


def _is_refused_name(name: str) -> bool:
    return name in statement_names or _is_refused_module(f"sqlalchemy.{name}")


def _is_refused_module(name: str) -> bool:
    return any(name == m or name.startswith(f"{m}.") for m in driver_modules + statement_modules)


def _names_of_sqlalchemy(tree: ast.Module) -> set[str]:
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == "sqlalchemy"
    }
