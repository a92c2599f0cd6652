"""What is kept too long is listed, erased by entries of its owner, and forgotten of the read log."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console
from tests.app.test_erase_commands import Typed
from tests.ledger.world import core, supplier

from tallystick.app import cli, erase_cli, keys_cli
from tallystick.app.bootstrap import Node
from tallystick.app.grading import cli as grading_cli
from tallystick.app.grading import retention
from tallystick.app.reads.keeping import ReadLog
from tallystick.app.reads.seen import Looked
from tallystick.app.reads.who import operator
from tallystick.app.settings import Settings
from tallystick.ledger import SetClock, auditor_reader

before, after = "2036-01-02T00:00:00.000Z", "2036-01-04T00:00:00.000Z"


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path))
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    for module in (cli, erase_cli, keys_cli, grading_cli):
        monkeypatch.setattr(module, "console", Console(width=300))
    return Typed(tmp_path)


def node_of(typed: Typed) -> Node:
    return Node.at(Settings(home=typed.home))


def test_ten_years_of_a_trade_document(typed: Typed) -> None:
    """Its ledger time is 2026-01-05; ten years are 3650 days."""
    node = node_of(typed)
    assert list(retention.due(node, before)) == []
    (found,) = retention.due(node, after)
    assert (found.index, found.digest, found.owner) == (typed.index, typed.document.hash(), core)
    assert (found.data_class, found.until[:10], found.text_class) == (
        "trade", "2036-01-03", "event-document",
    )  # fmt: skip
    assert list(retention.due(node, after, owner=supplier)) == []


def test_what_is_due_is_erased_by_its_owner(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Nothing is due." in typed.done("grade", "due")
    node = node_of(typed)
    looked = Looked()
    looked.add("parties", (core,), "auditor", None)
    log = ReadLog(node, SetClock("2026-01-05T00:00:00.000Z"))
    log.note(operator, auditor_reader, looked, "tallystick log export", "")
    log.flush()
    monkeypatch.setattr(retention, "SystemClock", lambda: SetClock(after))
    listed = typed.run("grade", "due")
    assert listed.exit_code == 1
    assert typed.document.hash() in listed.output
    owner = ("--author", f"300:{core}", "--key", typed.key)
    assert typed.run("grade", "sweep", *owner, answer="n\n").exit_code == 1
    assert typed.left() == 1
    said = typed.done("grade", "sweep", *owner, "--yes")
    assert "erased by entry" in said
    assert typed.left() == 0
    assert "Nothing is due." in typed.done("grade", "due")
    assert "attachments erased by an entry" in typed.done("audit")
    with node.store.read() as transaction:
        assert transaction.reads.count() == 0


def test_the_read_log_is_forgotten_in_its_time(typed: Typed) -> None:
    node = node_of(typed)
    looked = Looked()
    looked.add("parties", (core,), "auditor", None)
    for day in ("2026-01-05", "2026-02-05"):
        log = ReadLog(node, SetClock(f"{day}T00:00:00.000Z"))
        log.note(operator, auditor_reader, looked, "tallystick log export", "")
        log.flush()
    assert retention.drop_reads(node, "2029-01-04T00:00:00.000Z") == 0
    assert retention.drop_reads(node, "2029-01-06T00:00:00.000Z") == 1
    assert retention.drop_reads(node, "2029-01-06T00:00:00.000Z") == 0
    with node.store.read() as transaction:
        assert transaction.reads.days("9999") == ["2026-02-05"]
