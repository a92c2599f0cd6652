"""A batch is issued whole or not at all, wherever its making stops."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.identity.minting.minted import Mint, handles, prefix

from tallystick.identity.minting import labels, leaves, making, serials
from tallystick.identity.minting.folder import Folder, MintingBusy
from tallystick.identity.minting.issuing import NewBatch


class Crashed(Exception):
    """The process ends here."""


@pytest.mark.parametrize("step", ["making", "writing", "noting", "sending", "naming", "forgetting"])
def test_a_crash_leaves_no_half_batch(
    mint: Mint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whatever the step, the next run ends with whole batches, each with its labels, and nothing else."""

    def crash(*_given: object, **_more: object) -> None:
        raise Crashed

    owner, name = {
        "making": (making, "_made"),
        "writing": (leaves, "write"),
        "noting": (Folder, "note_prepared"),
        "sending": (mint.pen, "write"),
        "naming": (labels, "put_in_place"),
        "forgetting": (Folder, "forget_prepared"),
    }[step]
    if step == "forgetting":
        # The first call cleans up; the second one is the last step.
        calls = iter([lambda *_: None, crash])
        monkeypatch.setattr(owner, name, lambda *given: next(calls)(*given))
    else:
        monkeypatch.setattr(owner, name, crash)
    with pytest.raises(Crashed):
        mint.issue(30, "first.ndjson")
    monkeypatch.undo()
    settled = mint.issuer().settle(prefix)
    with mint.look() as view:
        known = [row.name for row in view.find("batch-by-prefix", prefix)]
    assert known == [f"{prefix}/{one.batch}" for one in settled]
    assert (tmp_path / "first.ndjson").exists() == bool(settled)
    found, told = mint.issue(30, "second.ndjson")
    assert found.batch == ("0002" if settled else "0001")
    assert not list((tmp_path / "minted" / prefix).glob("*.json"))
    for one in [*settled, found]:
        for handle in handles(one.labels):
            assert mint.find(handle) is not None
    assert len(told) == 30


def test_the_reply_to_the_entry_is_lost(mint: Mint, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch is in the log, its sender does not know: sent again it is the same batch."""
    write = mint.pen.write

    def lost(said: list[object]) -> None:
        write(said)  # type: ignore[arg-type]
        raise Crashed

    monkeypatch.setattr(mint.pen, "write", lost)
    with pytest.raises(Crashed):
        mint.issue(30, "first.ndjson")
    monkeypatch.undo()
    (found,) = mint.issuer().settle(prefix)
    assert found.batch == "0001"
    assert len(handles(found.labels)) == 30


def test_a_serial_twice_issues_nothing(mint: Mint, monkeypatch: pytest.MonkeyPatch) -> None:
    same = serials.draw("0001", 1) * 2
    monkeypatch.setattr(serials, "draw", lambda *_given: same)
    with pytest.raises(leaves.SerialTwice):
        mint.issue(2)
    monkeypatch.undo()
    assert not list(mint.home.rglob("*.key"))
    assert not list(mint.home.glob("labels*"))
    assert mint.issue(2)[0].batch == "0001"


def test_refused_by_the_log_nothing_is_left(mint: Mint, tmp_path: Path) -> None:
    new = NewBatch("99.100.2", 5, tmp_path / "labels.csv")
    with pytest.raises(Exception, match="does not hold"):
        mint.issuer().issue(new)
    assert not list(tmp_path.rglob("*.key"))
    assert not list(tmp_path.rglob("*.leaves"))
    assert not list(tmp_path.glob("labels*"))


def test_two_processes_do_not_issue_for_one_prefix(
    mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallystick.identity.minting.folder.lock_timeout_s", 0.05)
    with mint.folder.alone(prefix), pytest.raises(MintingBusy):
        mint.issue(5)
