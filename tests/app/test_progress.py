"""Long work says how far it is, how fast it goes and how long it will take."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tallystick.app import progress as shown
from tallystick.app.progress import progress


def test_a_terminal_shows_count_rate_and_remaining_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of any length are shown: pieces of 1,024 once moved the bar only at the end."""
    monkeypatch.setattr(shown, "_shown_every_ns", 0)
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120)
    with progress("audit", console) as tick:
        for done in range(0, 10_241, 1024):
            tick(done, 10_240)
    said = out.getvalue()
    assert "10240/10240" in said
    assert "/s" in said


def test_elsewhere_it_is_silent() -> None:
    out = io.StringIO()
    with progress("audit", Console(file=out, force_terminal=False)) as tick:
        tick(1, 2)
        tick(2, 2)
    assert out.getvalue() == ""
