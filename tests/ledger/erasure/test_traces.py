"""An erased attachment is looked for, byte by byte, wherever it was: found before, nowhere after the steps.

The steps are those of docs/how-to/erase-personal-data.md.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.ledger.erasure.conftest import Place
from tests.ledger.erasure.notes import attachment, erased, note, secret_text
from tests.ledger.erasure.traces import Traces, traces_of
from tests.ledger.export.folders import audited, imported, resum, write
from tests.ledger.mirror.rig import Rig, follow
from tests.ledger.world import World, a_vault, rules_with_notes

from tallystick.identity import Directory
from tallystick.ledger import (
    Checker,
    NotSound,
    Store,
    apply_erasures,
    audit,
    rotate,
    vault,
)
from tallystick.ledger.export import Export

at_rest = {"ciphertext", "wrapped key"}
in_clear = {"plaintext", "salt"}


def _others(world: World, count: int, start: int) -> list[int]:
    """Attachments before and behind, so that pages fill and are split."""
    return [
        note(world, attachment(bytes([n]) * 3000, salt=bytes([n]) * 32)).index
        for n in range(start, start + count)
    ]


def test_nothing_is_left_after_the_steps(place: Place, tmp_path: Path) -> None:
    world = World(place.urls["log"], tmp_path / "home", rules=rules_with_notes())
    world.populate()
    _others(world, 8, 0)
    large = attachment(secret_text * 20)
    held = note(world, large)
    kept = _others(world, 8, 100)
    world.ledger.seal()
    rig = Rig(world, place.urls["mirror"], tmp_path / "mirror")
    rig.mirror.follow()
    restored = Store(place.urls["restored"], vault=a_vault)
    world.store.copy_to(restored)
    write(world, tmp_path / "export")
    here = [traces_of(store, held.index, large.hash()) for store in (world.store, rig.store)]
    traces = Traces(
        {what: [*here[0].needles[what], *here[1].needles[what]] for what in here[0].needles}
    )
    # Found before: sealed in the databases, in the clear in the auditor's export.
    assert traces.found_in(place.files) == at_rest
    assert traces.found_in(tmp_path / "export") == in_clear

    done = erased(world, held.index, large.hash())
    assert rig.mirror.follow() > done.index
    assert world.audit().attachments.erased == 1
    assert audit(rig.store, world.rules, Directory(), Checker()).attachments.erased == 1
    # The backup is restored and brought up to date; what its entries erase is erased again.
    follow(world, restored)
    assert apply_erasures(restored) == []
    for store in (world.store, rig.store, restored):
        store.scrub()
    assert traces.found_in(place.files) == set()
    write(world, tmp_path / "export")
    assert traces.found_in(tmp_path / "export") == set()
    assert audited(world, tmp_path / "export").attachments.erased == 1
    assert audit(restored, world.rules, Directory(), Checker()).attachments.erased == 1
    # What was not erased is there.
    with world.store.read() as transaction:
        assert len(transaction.attachments(kept[0])) == 1
    world.audit()
    for store in (world.store, rig.store, restored):
        store.close()


def test_an_old_copy_of_the_database_opens_nothing_once_the_master_key_is_rotated(
    world: World, tmp_path: Path
) -> None:
    """A backup that nobody can reach any more still holds ciphertext and wrapped key."""
    keys = vault.KeyFile(tmp_path / "master.json", world.clock)
    world.store = Store(world.url, vault=vault.Vault(keys))
    world.restart()
    one = attachment()
    held = note(world, one)
    old = Store(f"sqlite:///{tmp_path / 'old.sqlite'}", vault=vault.Vault(keys))
    world.store.copy_to(old)
    with old.read() as transaction:
        assert transaction.attachments(held.index) == [one]
    days = vault.write_key_backup(keys, world.clock, days=30)
    erased(world, held.index, one.hash())
    rotate(world.store, keys)
    with old.read() as transaction, pytest.raises(vault.MasterKeyMissing):
        transaction.attachments(held.index)
    # Until its day, the backup of keys brings it back: so it is destroyed on that day, not later.
    vault.restore_keys(keys, days, world.clock)
    with old.read() as transaction:
        assert transaction.attachments(held.index) == [one]
    old.close()


def test_an_export_from_before_is_found_out_cut_again_and_imported_without_it(
    world: World, tmp_path: Path
) -> None:
    """An export that had grown after an erasure kept the file from before."""
    one = attachment()
    held = note(world, one)
    world.append(world.mint(300))
    world.ledger.seal()
    write(world, tmp_path / "x")
    shutil.copytree(tmp_path / "x", tmp_path / "old")
    erased(world, held.index, one.hash())
    name = "attachments/000"
    write(world, tmp_path / "x")
    assert secret_text[:40] in (tmp_path / "old" / name).read_bytes()
    assert secret_text[:40] not in (tmp_path / "x" / name).read_bytes()
    assert audited(world, tmp_path / "x").attachments.erased == 1
    again = (tmp_path / "x" / "SHA256SUMS").read_bytes()
    write(world, tmp_path / "x")
    assert (tmp_path / "x" / "SHA256SUMS").read_bytes() == again
    # Somebody puts the file of before back, with the sums made to fit.
    shutil.copy(tmp_path / "old" / name, tmp_path / "x" / name)
    resum(tmp_path / "x")
    with pytest.raises(NotSound, match="still there"):
        audited(world, tmp_path / "x")
    copy = Store(f"sqlite:///{tmp_path / 'copy.sqlite'}", vault=a_vault)
    imported(tmp_path / "x", copy)
    with copy.read() as transaction:
        assert transaction.attachments(held.index) == []
    assert audit(copy, world.rules, Directory(), Checker()).attachments.erased == 1
    assert Export(tmp_path / "x").size
    copy.close()
