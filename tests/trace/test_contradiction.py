"""A capture whose EPCIS document says another thing than its signed body: recorded, told, and in nobody's way."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ledger.world import World, core

from tallystick.app.bootstrap import admit, rule_set
from tallystick.identity import CreateHandles, HandleRecord
from tallystick.ledger import Checker, Submission
from tallystick.scanners import Prepared, prepare
from tallystick.trace import Capture, builders

scanned_at = "2026-01-05T01:00:00.000Z"
things = tuple(f"99.100.1/IT-{n:04d}" for n in range(300))


@pytest.mark.parametrize("processes", [0, 1])
def test_a_lying_document_is_told_and_the_stream_goes_on(
    tmp_path: Path, database_url: str, processes: int
) -> None:
    """What counts is the body, which every replica has; the document stays as evidence against its author."""
    checker = Checker(processes, admit)
    world = World(database_url, tmp_path / "home", rules=rule_set(), checker=checker)
    world.populate()
    records = tuple(HandleRecord(handle=thing, values=()) for thing in things)
    world.add(core, "identity.handle.create/1", CreateHandles(handles=records))
    device = world.add_device(core, "99.100.1/scanner-lying", types=("trace.capture/1",))

    def captured(thing: str, told: str) -> Submission:
        """A scan of `thing` with a document about `told`, both signed for by the device."""
        body = Capture.model_validate_json(_prepared(world, thing).body)
        document = _prepared(world, told).attachments[0]
        update = {"hash": document.hash(), "size": len(document.data)}
        ref = body.document.model_copy(update=update)
        return device.write(
            "trace.capture/1", body.model_copy(update={"document": ref}), (document,)
        )

    entries = [captured(thing, things[-1] if n == 7 else thing) for n, thing in enumerate(things)]
    answers = world.ledger.append(entries)
    assert [a.outcome for a in answers] == ["accepted"] * len(things)
    told = {n: a.contradiction.code for n, a in enumerate(answers) if a.contradiction}
    assert told == {7: "summary-mismatch"}
    world.ledger.seal()
    with world.reader.open() as snapshot:
        assert snapshot.view.get("item", things[7]) is not None
    found = world.audit()
    assert (found.contradictions, found.attachments_missing) == (1, 0)
    checker.close()


def _prepared(world: World, thing: str) -> Prepared:
    return prepare([builders.commissioning([thing], time=scanned_at)], scanned_at, world.random)
