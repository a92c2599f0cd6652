"""The owner's folders and packages are there and in use, and the namespace stays open."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from tests.lint.source import parts, root, shipped, shipped_files

owners_folders = ("ledger", "identity", "trace", "finance", "scanners", "contracts")
#: Each has a job in shipped code (architecture, "Who may import whom").
owners_packages = (
    "fastapi",
    "cryptography",
    "sqlalchemy",
    "qrcode",
    "pyzbar",
    "pydantic",
    "celery",
    "httpx",
    "py_ecc",
    "web3",
)


@pytest.mark.parametrize("folder", owners_folders)
def test_the_owners_folder_holds_a_portion_of_the_namespace(folder: str) -> None:
    portion = root / folder / "tallystick" / folder
    assert (portion / "__init__.py").is_file()
    assert (portion / "py.typed").is_file()


@pytest.mark.parametrize("part", parts)
def test_a_part_says_on_one_screen_what_it_is(part: str) -> None:
    lines = (root / part / "README.md").read_text(encoding="utf-8").splitlines()
    assert 5 <= len(lines) <= 60


def test_the_namespace_package_has_no_init() -> None:
    """One `tallystick/__init__.py` would hide every other part."""
    found = [part for part in parts if (root / part / "tallystick" / "__init__.py").exists()]
    assert found == []


def test_no_root_folder_of_a_part_is_a_package() -> None:
    """`trace/__init__.py` would shadow the standard library's `trace`."""
    assert [part for part in parts if (root / part / "__init__.py").exists()] == []


def test_no_file_is_longer_than_anybody_reads() -> None:
    """Style: 500 lines is too long for anybody."""
    long = [
        f"{path.relative_to(root)} ({count} lines)"
        for path in shipped_files()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 500
    ]
    assert long == []


@pytest.mark.parametrize("package", owners_packages)
def test_shipped_code_imports_the_owners_package(package: str) -> None:
    modules = sorted(importers().get(package, ()))
    assert modules, f"no shipped module imports {package}"


@cache
def importers() -> dict[str, set[str]]:
    """Which shipped modules import a top-level package, also late or by name."""
    found: dict[str, set[str]] = {}
    for source in shipped():
        for node in ast.walk(source.tree):
            for name in imported(node):
                found.setdefault(name.partition(".")[0], set()).add(source.path)
    return found


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return [node.module]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            return [first.value]
    return []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import pyzbar.pyzbar as z", ["pyzbar.pyzbar"]),
        ("def late():\n    from celery import Celery", ["celery"]),
        ("importlib.import_module('web3')", ["web3"]),
        ("from .httpx import x", []),
        ("import_module(name)", []),
    ],
)
def test_imports_are_seen_wherever_they_stand(text: str, names: list[str]) -> None:
    assert [name for node in ast.walk(ast.parse(text)) for name in imported(node)] == names


def test_tests_mirror_the_parts() -> None:
    folders = {path.name for path in Path(root / "tests").iterdir() if path.is_dir()}
    assert set(parts) - {"contracts"} <= folders
