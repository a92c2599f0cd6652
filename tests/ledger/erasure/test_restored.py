"""A backup from before an erasure is restored: what was erased is in no byte of the database that is served."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from tests.ledger.backup.folders import restore
from tests.ledger.backup.folders import write as write_backup
from tests.ledger.erasure.conftest import Place
from tests.ledger.erasure.notes import attachment, erased, note
from tests.ledger.erasure.traces import traces_of
from tests.ledger.mirror.rig import follow
from tests.ledger.world import World, a_vault, rules_with_notes

from tallystick.identity import Directory
from tallystick.ledger import Checker, Store, apply_erasures, audit, backup, erasure, start

at_rest = {"ciphertext", "wrapped key"}


def test_a_backup_from_before_an_erasure_brings_nothing_back(place: Place, tmp_path: Path) -> None:
    world = World(place.urls["log"], tmp_path / "home", rules=rules_with_notes())
    world.populate()
    gone, kept = attachment(), attachment(b"kept" * 40, salt=bytes(32))
    held = note(world, gone, kept).index
    world.ledger.seal()
    traces = traces_of(world.store, held, gone.hash())
    write_backup(world, tmp_path / "b")
    # Sealed: without the master key a backup is no attachment, but it is all that is erased.
    assert traces.found_in(tmp_path / "b") == at_rest
    erased(world, held, gone.hash())
    world.store.scrub()
    assert traces.found_in(place.files) == set()
    with world.reader.open() as snapshot:
        listed = {"size": snapshot.size(), "erasures": [e.told() for e in snapshot.erasures()]}
    known = erasure.read_erasures(orjson.dumps(listed))
    assert known == [(held, gone.hash())]

    target, scratch = Store(place.urls["restored"], vault=a_vault), tmp_path / "s"
    memory = start.Claim("the signer's memory", *world.memory.load())
    with pytest.raises(backup.BackupBehind):
        restore(tmp_path / "b", target, scratch, lambda _: [memory])
    found = restore(
        tmp_path / "b", target, scratch, erase=lambda store: apply_erasures(store, known)
    )
    assert (found.erased, found.audited.attachments.seen) == (1, 1)
    assert found.audited.attachments_missing == 1
    assert traces.found_in(place.files, scratch) == set()
    with target.read() as transaction:
        assert transaction.attachments(held) == [kept]
    # The log goes on in it up to the erasing entry, and every audit says who erased it.
    follow(world, target)
    audited = audit(target, world.rules, Directory(), Checker())
    assert (audited.attachments.erased, audited.attachments_missing) == (1, 0)
    assert traces.found_in(place.files) == set()
    for store in (world.store, target):
        store.close()


def test_without_the_master_key_a_restore_says_what_it_did_not_see(
    any_world: World, tmp_path: Path
) -> None:
    held = note(any_world, attachment()).index
    any_world.ledger.seal()
    write_backup(any_world, tmp_path / "b")
    target = Store(f"sqlite:///{tmp_path / 'back.sqlite'}", vault=a_vault)
    found = restore(tmp_path / "b", target, tmp_path / "s", opens=False)
    told = found.audited.attachments
    assert (told.seen, told.unseen, told.erased) == (0, 1, 0)
    with target.read() as transaction:
        assert transaction.attachments(held) == [attachment()]
    target.close()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"erasures": 1}',
        b'{"erasures": [{"entry": -1, "hash": "' + b"0" * 64 + b'"}]}',
        b'{"erasures": [{"entry": "1", "hash": "' + b"0" * 64 + b'"}]}',
        b'{"erasures": [{"entry": 1, "hash": "zz"}]}',
        b"\xff",
    ],
)
def test_what_is_no_list_of_erasures_is_named(data: bytes) -> None:
    with pytest.raises(erasure.ErasureListRefused):
        erasure.read_erasures(data)
