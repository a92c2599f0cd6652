"""Attachments at rest: sealed, opened by the right key alone, moved to another master key while others write."""

from __future__ import annotations

import json
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.erasure.notes import attachment, note, secret_salt, secret_text
from tests.ledger.test_audit import Raw
from tests.ledger.world import World, a_vault

from tallystick.identity import Directory
from tallystick.ledger import (
    Attachment,
    Checker,
    SetClock,
    Store,
    audit,
    auditor_reader,
    rotate,
    vault,
)
from tallystick.ledger.migrations import upgrade

when = "2026-01-05T01:00:00.000Z"


@given(
    st.binary(max_size=300),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**53),
    st.sampled_from(["public", "parties", "restricted"]),
)
def test_what_is_sealed_opens_to_the_same(data: bytes, salt: bytes, index: int, grade: str) -> None:
    one = Attachment("text/plain", data, salt, grade)
    sealed = a_vault.seal(index, one, one.hash())
    assert a_vault.open(index, one.hash(), one.type, grade, sealed) == one
    assert vault.sealed_size(sealed.data) == len(data)
    again = a_vault.seal(index, one, one.hash())
    assert again.data != sealed.data
    assert again.wrapped != sealed.wrapped


def test_a_row_that_was_moved_or_changed_does_not_open() -> None:
    one = attachment()
    digest = one.hash()
    sealed = a_vault.seal(7, one, digest)
    flipped = bytes([sealed.data[0] ^ 1]) + sealed.data[1:]
    wrong = [
        (8, digest, one.type, one.grade, sealed),
        (7, "0" * 64, one.type, one.grade, sealed),
        (7, digest, "text/html", one.grade, sealed),
        (7, digest, one.type, "public", sealed),
        (7, digest, one.type, one.grade, replace(sealed, data=flipped)),
        (7, digest, one.type, one.grade, replace(sealed, data=b"")),
        (7, digest, one.type, one.grade, replace(sealed, wrapped=sealed.wrapped[:-1])),
        (7, digest, one.type, one.grade, replace(sealed, wrapped=b"")),
    ]
    for index, name, kind, grade, found in wrong:
        with pytest.raises(vault.AttachmentSpoilt):
            a_vault.open(index, name, kind, grade, found)
    with pytest.raises(vault.MasterKeyMissing):
        a_vault.open(7, digest, one.type, one.grade, replace(sealed, key_id="0" * 16))


def test_nothing_of_it_stands_in_the_database(any_world: World) -> None:
    held = note(any_world, attachment())
    with any_world.store.read() as transaction:
        for name in ("attachment", "attachment_key"):
            for row in transaction.rows(name):
                for value in row:
                    if isinstance(value, bytes):
                        assert secret_text[:20] not in value
                        assert secret_salt not in value
        assert transaction.attachments(held.index) == [attachment()]


def test_an_auditor_without_the_master_key_says_what_it_did_not_see(any_world: World) -> None:
    world = any_world
    note(world, attachment())
    world.ledger.seal()
    blind = Store(world.url)
    found = audit(blind, world.rules, Directory(), Checker())
    assert (found.attachments.seen, found.attachments.unseen) == (0, 1)
    assert found.attachments_missing == 0
    seeing = world.audit()
    assert (seeing.attachments.seen, seeing.attachments.unseen) == (1, 0)
    assert seeing.state == found.state
    blind.close()


def test_without_a_master_key_all_but_attachments_can_be_read(world: World) -> None:
    held = note(world, attachment())
    blind = Store(world.url)
    from tallystick.ledger import LogReader

    with LogReader(blind, world.rules).open() as snapshot:
        found = snapshot.disclose(held.index, auditor_reader)
        assert found.body is not None
        assert [(one.hash(), one.size) for one in found.attachments] == [
            (attachment().hash(), len(secret_text))
        ]
        with pytest.raises(vault.MasterKeyMissing):
            snapshot.attachment(held.index, attachment().hash(), auditor_reader)
    with pytest.raises(vault.MasterKeyMissing), blind.write() as transaction:
        transaction.add_attachments([(99, attachment())])
    blind.close()


def test_the_file_of_master_keys(tmp_path: Path) -> None:
    clock = SetClock(when)
    path = tmp_path / "master" / "keys.json"
    keys = vault.KeyFile(path, clock)
    assert keys.all() == []
    with pytest.raises(vault.MasterKeyMissing):
        keys.find("0" * 16)
    first = keys.current()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    other = vault.KeyFile(path)
    second = keys.make_current()
    assert other.current() == second
    assert other.find(first.id) == first
    assert keys.destroy_others() == [first.id]
    with pytest.raises(vault.MasterKeyMissing):
        other.find(first.id)
    assert first.secret.hex() not in repr(first)
    assert first.secret not in path.read_bytes()


@pytest.mark.parametrize("spoilt", [
    b"", b"{", b"[]", b'{"v":2}', b'{"v":1,"current":"x","keys":[]}', b"\xff\xfe", b"0" * 70_000,
])  # fmt: skip
def test_a_file_of_master_keys_that_is_none_is_named(tmp_path: Path, spoilt: bytes) -> None:
    path = tmp_path / "keys.json"
    keys = vault.KeyFile(path, SetClock(when))
    good = path.read_bytes() if path.exists() else b""
    path.write_bytes(spoilt)
    for ask in (keys.current, keys.make_current, keys.all, keys.destroy_others):
        with pytest.raises(vault.MasterKeysDamaged):
            ask()
    assert path.read_bytes() == spoilt
    assert good == b""


def test_a_key_under_anothers_id_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = vault.KeyFile(path, SetClock(when))
    keys.make_current()
    told = json.loads(path.read_text())
    told["keys"][0]["key"] = "A" * 43 + "="
    path.write_text(json.dumps(told))
    with pytest.raises(vault.MasterKeysDamaged):
        vault.KeyFile(path).current()


def test_the_file_that_ends_is_overwritten(tmp_path: Path) -> None:
    """Whoever still holds the old file open finds zeros in it."""
    path = tmp_path / "keys.json"
    keys = vault.KeyFile(path, SetClock(when))
    keys.current()
    with path.open("rb") as old:
        keys.make_current()
        keys.destroy_others()
        assert set(old.read()) == {0}


def _sealed_with(world: World, tmp_path: Path) -> tuple[Store, vault.KeyFile]:
    """The world's store, with its keys in a file."""
    keys = vault.KeyFile(tmp_path / "master.json", world.clock)
    store = Store(world.url, vault=vault.Vault(keys))
    world.store = store
    world.restart()
    return store, keys


def test_a_rotation_while_others_write(any_world: World, tmp_path: Path) -> None:
    world = any_world
    store, keys = _sealed_with(world, tmp_path)
    files = [attachment(bytes([n]) * 9, salt=bytes([n]) * 32) for n in range(24)]
    held = [note(world, one) for one in files[:12]]
    old = keys.current()
    with store.read() as transaction:
        before = {row[3] for row in transaction.rows("attachment_key")}
    failed: list[BaseException] = []

    def write() -> None:
        try:
            held.extend(note(world, one) for one in files[12:])
        except BaseException as error:  # noqa: BLE001 - shown below
            failed.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    done = rotate(store, keys)
    writer.join()
    assert not failed
    assert done.destroyed == (old.id,)
    assert keys.all() == [keys.current()]
    with store.read() as transaction:
        assert transaction.attached.key_ids() == [done.current]
        after = {row[3] for row in transaction.rows("attachment_key")}
        assert [transaction.attachments(answer.index) for answer in held] == [[f] for f in files]
    assert not before & after
    world.ledger.seal()
    assert world.audit().attachments.seen == len(files)


def test_a_rotation_that_was_broken_off_goes_on(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try ends after some batches; the old key is still there, and everything opens."""
    from tallystick.ledger import rotation

    store, keys = _sealed_with(world, tmp_path)
    files = [attachment(bytes([n]), salt=bytes([n]) * 32) for n in range(7)]
    held = [note(world, one) for one in files]
    old = keys.current()
    monkeypatch.setattr(rotation, "keys_at_once", 2)

    def stop(done: int, total: int) -> None:
        assert total == len(files)
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(store, keys, stop)
    assert {key.id for key in keys.all()} > {old.id}
    with store.read() as transaction:
        assert len(transaction.attached.key_ids()) == 2
        assert [transaction.attachments(answer.index) for answer in held] == [[f] for f in files]
    done = rotate(store, keys)
    assert (done.resumed, done.wrapped, done.destroyed) == (True, 3, (old.id,))
    assert not rotate(store, keys).resumed


def test_a_rotation_without_an_old_key_says_so_and_destroys_nothing(
    world: World, tmp_path: Path
) -> None:
    store, keys = _sealed_with(world, tmp_path)
    note(world, attachment())
    lost = keys.current()
    keys.path.unlink()
    with pytest.raises(vault.MasterKeyMissing, match=lost.id):
        rotate(store, keys)
    keys.add([lost])
    rotate(store, keys)
    with store.read() as transaction:
        assert lost.id not in transaction.attached.key_ids()


def test_a_backup_of_keys_lives_for_some_days(tmp_path: Path) -> None:
    clock = SetClock(when)
    keys = vault.KeyFile(tmp_path / "keys.json", clock)
    first = keys.current()
    data = vault.write_key_backup(keys, clock, days=30)
    keys.make_current()
    keys.destroy_others()
    current = keys.current()
    assert [key.id for key in vault.restore_keys(keys, data, clock)] == [first.id]
    assert keys.current() == current
    assert vault.restore_keys(keys, data, clock) == []
    clock.advance(30 * 24 * 3600 * 1000)
    with pytest.raises(vault.KeyBackupExpired):
        vault.restore_keys(keys, data, clock)
    for days in (0, 91):
        with pytest.raises(vault.KeyBackupRefused):
            vault.write_key_backup(keys, clock, days)


@given(st.binary(max_size=200) | st.sampled_from([b"{}", b"null", b'{"keys":[]}']))
def test_what_is_no_backup_of_keys_is_refused(data: bytes) -> None:
    with pytest.raises(vault.KeyBackupRefused):
        vault.read_key_backup(data, SetClock(when))


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises((vault.MasterKeysReadOnly, vault.MasterKeysDamaged)):
        vault.KeyFile(tmp_path / "file" / "keys.json").current()


def test_what_was_in_the_clear_is_sealed_by_the_migration(empty_database_url: str) -> None:
    """A store from before: the columns salt and data held an attachment as it was sent."""
    store = Store(empty_database_url, vault=a_vault)
    upgrade(store.engine, "0004")
    one = attachment()
    raw = Raw(store)
    raw.replace("attachment", [], [{
        "idx": 7, "hash": one.hash(), "type": one.type, "grade": one.grade,
        "salt": one.salt, "data": one.data,
    }])  # fmt: skip
    with pytest.raises(vault.MasterKeyMissing):
        Store(empty_database_url).migrate()
    store.migrate()
    with store.read() as transaction:
        assert transaction.attachments(7) == [one]
        ((_, _, _, _, data),) = transaction.rows("attachment")
    assert secret_text[:20] not in data
    store.close()
