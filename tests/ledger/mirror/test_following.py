"""A full mirror's store becomes the log's, entry by entry, and only while everything agrees."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from tests.ledger.mirror.rig import Rig
from tests.ledger.world import NoteBody, core, supplier, table_rows

from tallystick.identity import Directory
from tallystick.ledger import Attachment, AttachmentRef, Checker, Reader, audit, witness_reader
from tallystick.ledger.mirror import (
    MirrorBehind,
    MirrorLacksBody,
    MirrorRefuses,
    OperatorAnswerRefused,
)
from tallystick.ledger.mirror import mirror as mirror_module
from tallystick.ledger.store.tables import metadata

compared = ("entry", "body", "attachment", "tile", "tree_state", "stream", "entry_party",
            "document", "lookup")  # fmt: skip


def rows(store: Any) -> dict[str, list[tuple[Any, ...]]]:
    return table_rows(store, compared)


def test_every_table_is_the_logs(any_rig: Rig) -> None:
    rig = any_rig
    rig.source.entries_max = 50
    files = [Attachment("text/plain", b"as attached", bytes(32), "restricted")]
    refs = tuple(
        AttachmentRef(hash=f.hash(), type=f.type, size=len(f.data), grade=f.grade) for f in files
    )
    said = NoteBody(text="as attached", attachments=refs)
    rig.world.append([rig.world.author(core).write("test.note/1", said, attachments=files)])
    scanner = rig.world.add_device(supplier, "99.100.2/scanner-7")
    for text in ("one", "refuse", "two"):
        rig.world.ledger.append([scanner.write("test.note/1", NoteBody(text=text))])
    size = rig.grow(300)
    assert rig.mirror.follow() == size
    assert len(rig.source.asked) > 5
    assert rows(rig.store) == rows(rig.world.store)
    assert set(compared) <= set(metadata.tables)
    found = audit(rig.store, rig.world.rules, Directory(), Checker())
    assert (found.size, found.refused, found.checkpoints) == (size, 1, 1)


def test_it_goes_on_from_where_it_stands(any_rig: Rig) -> None:
    rig = any_rig
    first = rig.mirror.follow()
    rig.grow(30)
    mirror = rig.open()
    second = mirror.follow()
    rig.grow(5)
    third = mirror.follow()
    assert [asked[0] for asked in rig.source.asked] == [0, first, second]
    assert rows(rig.store) == rows(rig.world.store)
    assert third == rig.following.size()


def test_an_operator_that_shows_other_leaves_is_not_blamed_for_them(rig: Rig) -> None:
    """A changed byte on the way: what came is not in the signed tree, and nothing is laid down."""
    rig.source.change = lambda data: data.replace(b'"payloadType"', b'"payloadTypo"', 1)
    with pytest.raises(OperatorAnswerRefused, match="are not those of checkpoint"):
        rig.mirror.follow()
    rig.source.change = lambda data: data.replace(b"99.100.1/scanner", b"99.100.1/scammer", 1)
    with pytest.raises(MirrorLacksBody, match="is not what was signed"):
        rig.mirror.follow()
    rig.source.change = lambda data: data.replace(b"accepted", b"acceptee", 1)
    with pytest.raises(OperatorAnswerRefused, match=r"block 0 denies it: .* acceptee in the log"):
        rig.mirror.follow()
    assert (rig.following.size(), rig.refusals.load()) == (0, None)
    rig.source.change = lambda data: data
    assert rig.mirror.follow() > 0


def test_a_block_garbled_on_its_way_is_not_blamed_on_the_log(rig: Rig) -> None:
    """Found by the simulator: one flipped bit in a block's body was a refusal that a person had to lift."""
    rig.mirror.follow()
    rig.grow(1)
    rig.source.change = lambda data: data.replace(b'"height":', b'"Height":')
    with pytest.raises(MirrorLacksBody, match="is not what was signed"):
        rig.mirror.follow()
    assert rig.refusals.load() is None
    rig.source.change = lambda data: data
    assert rig.mirror.follow() == rig.world.memory.load()[0]


def test_one_body_that_is_missing_is_named(rig: Rig) -> None:
    """The operator reads the mirror's token as a party's: it is told which body it lacks, and goes on later."""
    index = rig.world.add(supplier, "test.note/1", NoteBody(text="theirs")).index
    rig.grow(5)
    rig.source.reader = witness_reader
    with pytest.raises(MirrorLacksBody, match=f"the body of entry {index} was not given") as error:
        rig.mirror.follow()
    assert error.value.index == index
    rig.source.reader = Reader.party(core)
    with pytest.raises(MirrorLacksBody, match=f"the envelope of entry {index}"):
        rig.mirror.follow()
    assert rig.refusals.load() is None


def test_a_refusal_stands_until_a_person_lifts_it(rig: Rig) -> None:
    """The operator's clock is an hour wrong; a person sets it right and lets the mirror go on."""
    rig.mirror._simulated = False
    rig.mirror.follow()
    rig.world.clock.advance(3_600_000)
    size = rig.grow(1)
    rig.world.clock._now_ms -= 3_600_000
    with pytest.raises(MirrorRefuses, match=r"block-clock: the time of block .* 3600 s ahead"):
        rig.mirror.follow()
    told = rig.refusals.load()
    assert told is not None
    assert told.rule == "block-clock"
    assert str(size) in told.checkpoint
    rig.world.clock.advance(3_600_000)
    for mirror in (rig.mirror, rig.open()):
        with pytest.raises(MirrorRefuses):
            mirror.follow()
    rig.refusals.lift(told.index)
    assert rig.open().follow() == size


def test_a_block_from_before_what_was_known_is_refused(rig: Rig) -> None:
    """The operator held its clock back: the mirror knew the whole log later than that."""
    rig.mirror._simulated = False
    rig.world.clock.advance(120_000)
    rig.mirror.follow()
    rig.world.clock._now_ms -= 119_000
    rig.grow(1)
    rig.world.clock.advance(119_000)
    with pytest.raises(MirrorRefuses, match="behind this mirror's clock"):
        rig.mirror.follow()


def test_who_asks_waits_for_the_thread_that_follows(rig: Rig) -> None:
    size = rig.grow(20)
    note = rig.source.newest()
    assert note is not None
    with pytest.raises(MirrorBehind, match=f"it holds 0 of {size}"):
        rig.mirror.reach(note, 1)
    rig.mirror.start()
    try:
        assert rig.mirror.reach(note).size == size
    finally:
        rig.mirror.stop()


def test_whoever_asks_often_does_not_keep_it_from_its_own_rounds(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may show an old checkpoint: sightings were not settled while somebody did so all the time."""
    monkeypatch.setattr(mirror_module, "poll_interval_ms", 100)
    rounds = threading.Event()
    at_work = rig.open()
    at_work._after_round = rounds.set
    at_work.follow()
    note = rig.source.newest()
    assert note is not None
    at_work.start()
    try:
        until = time.monotonic() + 20
        while not rounds.is_set() and time.monotonic() < until:
            at_work.reach(note)
    finally:
        at_work.stop()
    assert rounds.is_set()
