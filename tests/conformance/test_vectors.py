"""The shared vectors (formats, head): they are what their generator makes, and our Python keeps them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conformance.vectors import bodies, files, refusals
from tests.conformance.vectors.ours import runners

from tallystick.ledger import TallystickError, error_types

names = sorted(files.makers)


def rows(name: str) -> list[dict[str, Any]]:
    document = json.loads((files.folder / f"{name}.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = document["cases"]
    return found


@pytest.mark.parametrize("name", names)
def test_a_file_is_what_the_generator_makes(name: str) -> None:
    """`python -m tests.conformance.vectors` writes them again."""
    assert (files.folder / f"{name}.json").read_text(encoding="utf-8") == files.text(name)


def test_no_file_is_without_its_generator() -> None:
    assert {path.stem for path in files.folder.iterdir()} == set(names) == set(runners)


@pytest.mark.parametrize("name", names)
def test_python_keeps_each_vector(name: str) -> None:
    for row in rows(name):
        assert outcome(name, row["given"]) == told(row), row["name"]


def test_each_refusal_has_an_error_of_the_list() -> None:
    known = {error.code for error in error_types()}
    assert {row["refused"] for name in names for row in rows(name) if "refused" in row} <= known


@pytest.mark.parametrize("name", names)
def test_each_file_has_good_and_bad_cases(name: str) -> None:
    kinds = {"refused" in row or row.get("gives") == {"verifies": False} for row in rows(name)}
    assert kinds == {True, False}


def outcome(name: str, given: dict[str, Any]) -> dict[str, Any] | str:
    try:
        return runners[name](given)
    except TallystickError as error:
        return error.code


def told(row: dict[str, Any]) -> dict[str, Any] | str:
    found: dict[str, Any] | str = row["refused"] if "refused" in row else row["gives"]
    return found


def test_the_verifier_page_knows_bodies_as_the_product_does() -> None:
    assert bodies.path.read_text(encoding="utf-8") == bodies.text()
    assert bodies.classes_path.read_text(encoding="utf-8") == bodies.classes_text()


def test_the_verifier_page_calls_refusals_as_the_product_does_in_both_languages() -> None:
    told = refusals.path.read_text(encoding="utf-8")
    assert told == refusals.text()
    chinese = json.loads(refusals.chinese.read_text(encoding="utf-8"))
    assert refusals.codes() == json.loads(told).keys() == chinese.keys() - {"defect"}
