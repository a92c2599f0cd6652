"""Who may say which entry: the rules' verdicts about everybody equal what the reference prints.

Each type of entry is said in some test of the product. Here those tests run once more, and each accepted entry is
judged again as if somebody else had said it: every role, in every relation to the organisation that did.
"""

from __future__ import annotations

import json

import pytest
from tests.app.permitted.trying import Cells, printed_file, root, tried

from tallystick.app import permissions
from tallystick.app.bootstrap import rule_set

free = {"ledger.policy/1", "ledger.rules/1", "ledger.reads/1"}
about_itself = {"identity.device.suspend/1", "ledger.policy/1", "ledger.rules/1"}


@pytest.fixture(scope="module")
def found() -> Cells:
    return tried()


@pytest.fixture(scope="module")
def printed() -> Cells:
    told: Cells = json.loads(printed_file.read_text(encoding="utf-8"))
    return told


def test_every_type_of_entry_is_tried(found: Cells) -> None:
    lacking = set(rule_set().types) - found.keys()
    assert not lacking, "name a test that says one, in tests.txt beside this"


def test_the_rules_admit_whom_the_reference_names(found: Cells, printed: Cells) -> None:
    assert permissions.said_by() == printed
    wrong = {name for name in found.keys() | printed.keys() if found.get(name) != printed.get(name)}
    assert not wrong, "if the rules are right: python -m tests.app.permitted"


def test_what_no_cell_may_say(printed: Cells) -> None:
    """Whoever only reads says what is about itself, and a rule leaves strangers to the check of keys only where
    the body carries a quorum, or the author speaks for nobody but itself."""
    for name, cells in printed.items():
        assert not cells.get("nobody") or name in free, name
        assert "reader" not in cells.get("own", ()) or name in about_itself, name
    promises = [one.name for one in rule_set().types.values() if one.promise]
    assert promises
    for name in promises:
        assert not printed[name].get("suspended"), f"{name} is a promise"


def test_the_reference_has_a_line_for_each(printed: Cells) -> None:
    text = (root / "docs/reference/permissions.md").read_text(encoding="utf-8")
    for name in printed:
        assert f"\n| `{name}` | " in text
