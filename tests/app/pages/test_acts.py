"""Whatever a page lets people sign has a name in words, and is a type that the log knows."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from tallystick.app.bootstrap import rule_set
from tallystick.app.pages import acts

templates = Path(str(files("tallystick.app.pages"))) / "templates"
signed = sorted(
    {
        found
        for template in templates.glob("*.html")
        for found in re.findall(
            r'data-sign="([a-z.\-]+/\d+)"', template.read_text(encoding="utf-8")
        )
    }
)


def test_pages_let_sign_many_acts() -> None:
    assert len(signed) > 25


@pytest.mark.parametrize("entry_type", signed)
def test_an_act_has_a_name_and_is_known(entry_type: str) -> None:
    assert acts.title(entry_type) != entry_type, "add it to `tallystick.app.pages.acts`"
    assert entry_type in rule_set().types
