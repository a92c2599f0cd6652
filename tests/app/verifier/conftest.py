"""The bundles of the conformance tests, laid down once, with what Python says of them in words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.app.bundles import lived
from tests.conformance import bundles, governed, keys, lives, policed, recorded
from tests.conformance.forge import Forge

from tallystick.app.bundles.statements import Statement


@pytest.fixture(scope="session")
def laid_down(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles")
    bundles.write(folder)
    _add(folder, governed.cases())
    _add(folder, recorded.cases())
    _add(folder, keys.cases())
    _add(folder, lives.cases())
    _add(folder, policed.cases())
    _add(folder, lived.cases(lived.lived(tmp_path_factory.mktemp("lived") / "home")))
    _add_lacking(folder)
    said = {row["name"]: _said(row["statements"]) for row in expected(folder)}
    (folder / "said.json").write_text(json.dumps(said), encoding="utf-8")
    return folder


def expected(folder: Path) -> list[dict[str, Any]]:
    told = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = told["cases"]
    return rows


def _add(folder: Path, cases: Iterable[bundles.Case]) -> None:
    """More of them, into the same folder."""
    rows = expected(folder)
    for case in cases:
        (folder / f"{case.name}.tally").write_bytes(case.data)
        rows.append(bundles.outcome(case))
    (folder / "expected.json").write_text(json.dumps({"cases": rows}), encoding="utf-8")


def _add_lacking(folder: Path) -> None:
    """What the page cannot check, and what Python says that cannot either."""
    case = keys.lacking()
    (folder / f"{case.name}.tally").write_bytes(case.data)
    told = {"name": case.name, "error": case.error, "says": [], "statements": []}
    rows = [*expected(folder), {**told, "pins": {"log_key": Forge().verifier.encode()}}]
    (folder / "expected.json").write_text(json.dumps({"cases": rows}), encoding="utf-8")


def _said(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    statements = [
        Statement(row["says"], row["grade"], tuple(_members(row).items())) for row in rows
    ]
    return {
        "en": [one.said("en") for one in statements],
        "zh": [one.said("zh") for one in statements],
    }


def _members(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("says", "grade")}
