"""`ledger.erase/1`: who may have what erased, and what is gone then."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.ledger.erasure.notes import (
    attachment,
    core_key,
    erase,
    erased,
    note,
    ref,
    secret_salt,
)
from tests.ledger.test_http import client_of
from tests.ledger.world import NoteBody, World, core, node, supplier, table_rows

from tallystick.identity import AddDevice
from tallystick.ledger import NotSound, Reader, StreamAuthor, auditor_reader, public_reader
from tallystick.ledger.erasure import (
    AttachmentErased,
    AttachmentMissing,
    Erase,
    apply_erasures,
    erase_type,
    erased_of,
)
from tallystick.ledger.readers import NotReadable

log_tables = ("entry", "body", "tile", "stream", "entry_party", "document", "lookup")


def code(world: World, *written: Any) -> str:
    (answer,) = world.ledger.append([*written])
    assert answer.problem is not None or answer.refusal is not None
    assert answer.index < 0
    return (answer.problem or answer.refusal).code


def test_an_erased_attachment_is_gone_with_its_key_and_the_log_verifies(any_world: World) -> None:
    world = any_world
    one, two = attachment(), attachment(b"two", salt=bytes(32))
    held = note(world, one, two)
    entry = erased(world, held.index, one.hash())
    with world.store.read() as transaction:
        assert [found.data for found in transaction.attachments(held.index)] == [b"two"]
        names = [(row[0], row[1]) for row in transaction.rows("attachment_key")]
        body = transaction.body(held.index)
    assert names == [(held.index, two.hash())]
    assert body is not None
    assert one.hash().encode() in body.data
    found = world.audit()
    assert (found.attachments_missing, found.attachments.erased, found.attachments.seen) == (
        0,
        1,
        1,
    )
    with world.reader.open() as snapshot:
        (told,) = snapshot.erased(held.index)
    assert (told.index, told.owner, told.reason) == (entry.index, core, "consent-withdrawn")


def test_a_replay_with_every_attachment_gone_gives_the_same_projections(
    world: World, tmp_path: Any
) -> None:
    """formats §2: what rules read is in bodies, and bodies are never erased."""
    other = World(f"sqlite:///{tmp_path / 'b.sqlite'}", tmp_path / "b", rules=world.rules)
    other.populate()
    for one in (world, other):
        held = [note(one, attachment(bytes([n]))) for n in range(3)]
        for n, answer in enumerate(held):
            erased(one, answer.index, attachment(bytes([n])).hash())
        with one.store.read() as transaction:
            assert transaction.count("attachment") == transaction.count("attachment_key") == 0
        assert one.audit().attachments.erased == 3
    # The same acts, the same random bytes and clock: row for row the same.
    assert table_rows(world.store, log_tables) == table_rows(other.store, log_tables)


def test_only_the_owner_has_it_erased(any_world: World) -> None:
    world = any_world
    one = attachment()
    held = note(world, one)
    assert code(world, erase(world, held.index, one.hash(), supplier)) == "not-the-owner"
    assert code(world, erase(world, held.index, one.hash(), node)) == "not-the-owner"
    # Somebody else brings it, the owner endorses it.
    by_node = erase(world, held.index, one.hash(), node, core_key())
    assert world.append([by_node])[0].accepted
    assert world.audit().attachments.erased == 1


def test_a_key_that_the_node_holds_does_not_suffice(world: World) -> None:
    """formats §10: at least one signature comes from a key that the node does not hold."""
    one = attachment()
    held = note(world, one)
    kept = world.add_key(core, core, index=390, custody="node")
    told = world.author(core, kept.keyid)
    body = erase(world, held.index, one.hash()).body
    alone = told.write(erase_type, Erase.model_validate_json(body))
    assert code(world, alone) == "own-key-required"
    assert world.append(
        [told.write(erase_type, Erase.model_validate_json(body), endorsers=[core_key()])]
    )


def test_what_a_device_attached_belongs_to_its_organisation(world: World) -> None:
    device = "99.100.1/scanner-9"
    body = AddDevice(device=device, organisation=core, purpose="scanner")
    world.add(core, "identity.device.add/1", body)
    world.add_key(core, device)
    one = attachment()
    stream = StreamAuthor(world.author(device))
    said = stream.write("test.note/1", NoteBody(text="scan", attachments=(ref(one),)), (one,))
    (held,) = world.append([said])
    assert code(world, erase(world, held.index, one.hash(), supplier)) == "not-the-owner"
    assert erased(world, held.index, one.hash()).accepted


def test_what_cannot_be_erased_is_refused_by_name(world: World) -> None:
    one = attachment()
    held = note(world, one)
    for index in (0, held.index + 1, 2**40, held.index - 1):
        assert code(world, erase(world, index, one.hash())) == "attachment-unknown"
    assert code(world, erase(world, held.index, "0" * 64)) == "attachment-unknown"
    erased(world, held.index, one.hash())
    assert code(world, erase(world, held.index, one.hash())) == "erased-already"
    world.audit()


def test_a_refused_erasure_of_a_stream_is_not_in_the_log(world: World) -> None:
    """An own mirror believes that an erasure in the signed tree was accepted."""
    held = note(world, attachment())
    device = "99.100.2/scanner-9"
    stream = world.add_device(supplier, device, types=("*",))
    body = Erase(entry=held.index, hash=attachment().hash(), reason="mistake", text_class="picture")
    assert code(world, stream.write(erase_type, body)) == "not-the-owner"


def test_an_attachment_and_its_erasure_in_one_batch(any_world: World) -> None:
    world = any_world
    one = attachment()
    with world.store.read() as transaction:
        tree = transaction.tree()
    assert tree is not None
    said = world.author(core).write(
        "test.note/1", NoteBody(text="x", attachments=(ref(one),)), attachments=[one]
    )
    answers = world.append([said, erase(world, tree.size, one.hash())])
    assert answers[0].index == tree.size
    with world.store.read() as transaction:
        assert transaction.count("attachment") == 0
    world.ledger.seal()
    assert world.audit().attachments.erased == 1


def test_readers_get_who_when_and_why(world: World) -> None:
    one = attachment()
    held = note(world, one)
    with world.reader.open() as snapshot:
        party = Reader.party(core)
        assert snapshot.attachment(held.index, one.hash(), party).salt == secret_salt
        with pytest.raises(NotReadable):
            snapshot.attachment(held.index, one.hash(), public_reader)
        with pytest.raises(NotReadable):
            snapshot.attachment(held.index, "0" * 64, auditor_reader)
    done = erased(world, held.index, one.hash())
    with world.reader.open() as snapshot:
        with pytest.raises(AttachmentErased) as told:
            snapshot.attachment(held.index, one.hash(), party)
        with pytest.raises(NotReadable):
            snapshot.attachment(held.index, one.hash(), public_reader)
        assert set(erased_of(snapshot.view, held.index)) == {one.hash()}
    problem: Any = told.value.problem()
    assert problem["status"] == 410
    assert problem["erased"]["index"] == done.index
    assert problem["erased"]["owner"] == core


def test_over_http(world: World) -> None:
    one = attachment()
    held = note(world, one)
    path = f"/v1/entries/{held.index}/attachments/{one.hash()}"
    for client in client_of(world):
        _check_http(client, world, path, held.index, one.hash())


def _check_http(client: TestClient, world: World, path: str, index: int, digest: str) -> None:
    shown = client.get(path, headers={"as": core})
    assert shown.json()["type"] == "text/plain"
    assert shown.headers["cache-control"] == "private, no-store"
    assert client.get(path).status_code == 404
    erased(world, index, digest)
    gone = client.get(path, headers={"as": core})
    assert (gone.status_code, gone.json()["code"]) == (410, "attachment-erased")
    entry = client.get(f"/v1/entries/{index}").json()
    assert [row["hash"] for row in entry["erased"]] == [digest]


def test_what_is_gone_without_an_erasure_is_said(world: World) -> None:
    one = attachment()
    held = note(world, one)
    world.ledger.seal()
    with world.store.write() as transaction:
        transaction.attached.erase([(held.index, one.hash())])
    assert world.audit().attachments_missing == 1
    with world.reader.open() as snapshot, pytest.raises(AttachmentMissing):
        snapshot.attachment(held.index, one.hash(), auditor_reader)


def test_an_erasure_that_a_copy_did_not_apply_is_found_and_applied(any_world: World) -> None:
    """A backup from before the erasure, brought up to date by its entries alone, showed it again."""
    world = any_world
    one = attachment()
    held = note(world, one)
    with world.store.read() as transaction:
        sealed = list(transaction.rows("attachment"))
        keys = list(transaction.rows("attachment_key"))
    erased(world, held.index, one.hash())
    ciphertext, wrapped = ("attachment", sealed), ("attachment_key", keys)
    for left, said in (
        ((ciphertext, wrapped), "still there"),
        ((ciphertext,), "attachments do not fit"),
        ((wrapped,), "attachment_key"),
    ):
        with world.store.write() as transaction:
            for name, rows in left:
                transaction.fill(name, rows)
        with pytest.raises(NotSound, match=said):
            world.audit()
        assert apply_erasures(world.store) == [(held.index, one.hash())]
        assert apply_erasures(world.store) == []
    world.audit()
