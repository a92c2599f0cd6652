"""Bundles of a real log: made on a reader's behalf, verified with the log's key alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.conformance.forge import policy
from tests.ledger.world import NoteBody, World, core, rules_with_notes, supplier

from tallystick.app.bundles.gather import FieldsNotSigned, NothingFinal, NotYetFinal
from tallystick.app.bundles.make import make
from tallystick.app.bundles.verify import verify
from tallystick.identity import CreateHandles, Grant, HandleRecord, HandleValue, RevokeKey
from tallystick.ledger import (
    Attachment,
    AttachmentRef,
    NotReadable,
    Reader,
    auditor_reader,
    heads,
    leaf_hash,
    log_verifier,
)
from tallystick.ledger.bundle import Pins, Request, errors, unpack

handle = "99.100.1/SN-1"


def says(
    world: World, *requests: Request, reader: Reader = auditor_reader, **more: Any
) -> list[str]:
    """What a bundle of these requests states."""
    return [one.says for one in verify(made(world, *requests, reader=reader, **more), pins(world))]


def made(world: World, *requests: Request, reader: Reader = auditor_reader, **more: Any) -> bytes:
    with world.reader.open() as snapshot:
        return make(snapshot, reader, requests, **more)


def pins(world: World) -> Pins:
    with world.reader.open() as snapshot:
        return Pins(log_keys=(log_verifier(snapshot.view),))


def entry(index: int) -> Request:
    return Request.of("entry", index=index)


def note(world: World, by: str = core, **more: Any) -> int:
    """A note of `by`, for its organisation alone; sealed."""
    submission = world.author(by).write("test.note/1", NoteBody(text="quiet"), **more)
    index = world.append([submission])[0].index
    world.ledger.seal()
    return index


def test_an_entry_is_proven_with_its_keys_and_its_time(any_world: World) -> None:
    index = note(any_world)
    found = says(any_world, entry(index))
    assert found[:5] == ["log", "log.simulated", "pin.log-key", "policy.none", "signers.proven"]
    assert found[5:] == ["entry", "entry.time.exact", "entry.signed", "entry.applied", "entry.body"]
    genesis = pins_of_genesis(any_world)
    assert "pin.genesis" in [s.says for s in verify(made(any_world, entry(index)), genesis)]


def pins_of_genesis(world: World) -> Pins:
    with world.reader.open() as snapshot:
        return Pins(genesis=leaf_hash(snapshot.row(0).leaf))


def test_two_bundles_of_the_same_facts_are_the_same_bytes(world: World) -> None:
    index = note(world)
    assert made(world, entry(index)) == made(world, entry(index))


def test_nobody_gets_proof_of_what_is_not_his_to_read(world: World) -> None:
    """The refusal comes before anything is written: a bundle is never cut in silence."""
    index = note(world)
    assert "entry.body" in says(world, entry(index), reader=Reader.party(core))
    with pytest.raises(NotReadable):
        made(world, entry(index), reader=Reader.party(supplier))
    with pytest.raises(NotReadable):
        made(world, Request.of("absent", kind="certificate", name="x"), reader=Reader.party(core))
    unknown = Request.of("never-confirmed", invoice=f"{supplier}#NONE", line=1)
    with pytest.raises(NotReadable):
        made(world, unknown, reader=Reader.party(core))
    assert says(world, unknown)[-1] == "invoice-line.never-confirmed"


def test_fields_are_shown_if_their_author_signed_them_one_by_one(world: World) -> None:
    value = HandleValue(index=1, type="PRICE", data="41", permissions="1100")
    body = CreateHandles(handles=(HandleRecord(handle=handle, values=(value,)),))
    signed = world.author(core).write("identity.handle.create/1", body, fields=True)
    index = world.append([signed])[0].index
    world.ledger.seal()
    data = made(world, entry(index), reader=Reader.party(core), show=["/handles/0/handle"])
    assert b'"41"' not in data
    assert f"bodies/{index}" not in unpack(data)
    found = verify(data, pins(world))
    (field,) = (one for one in found if one.says == "entry.field")
    assert dict(field.members)["value"] == f'"{handle}"'
    with pytest.raises(errors.FieldDiffers):
        made(world, entry(index), show=["/handles"])
    with pytest.raises(FieldsNotSigned):
        made(world, entry(note(world)), show=["/text"])


def test_a_key_is_not_revoked_until_it_is(any_world: World) -> None:
    world, reference = any_world, f"301:{core}"
    world.add_key(core, core, index=301)
    world.ledger.seal()
    asked = Request.of("not-revoked", key=reference)
    before = made(world, asked)
    assert says(world, asked)[-2:] == ["key.registered", "key.not-revoked"]
    world.add(core, "identity.key.revoke/1", RevokeKey(key=reference, reason="lost"))
    world.ledger.seal()
    with pytest.raises(errors.ClaimedKeyRevoked):
        made(world, asked)
    assert says(world, Request.of("key", key=reference))[-1] == "key.revoked"
    size = {dict(one.members).get("size") for one in verify(before, pins(world))}
    assert len(size - {None}) == 2, "the older bundle goes on to say up to where it holds"


def test_what_was_never_there_is_proven_by_absence(any_world: World) -> None:
    any_world.ledger.seal()
    nobody = "300:99.100/O-NOBODY0000000"
    assert says(any_world, Request.of("absent", kind="key", name=nobody))[-1] == "absent"
    assert says(any_world, Request.of("key", key=nobody))[-1] == "key.absent"
    with pytest.raises(errors.AbsenceFalse):
        made(any_world, Request.of("absent", kind="key", name=f"300:{core}"))


def test_who_signs_for_another_by_a_grant_is_told_as_such(world: World) -> None:
    world.add(core, "identity.grant/1", Grant(to=supplier, types=("test.note/1",)))
    lent = world.author(core, f"300:{supplier}")
    index = world.append([lent.write("test.note/1", NoteBody(text="lent"))])[0].index
    world.ledger.seal()
    found = says(world, entry(index))
    assert {"entry.endorsed", "entry.not-own"} <= set(found)
    assert "entry.signed" not in found


def test_a_scan_of_a_device_may_have_been_refused(world: World) -> None:
    """The leaf of a refused entry stays in the log: nothing says that it took effect."""
    device = world.add_device(core, "99.100.1/scanner-9")
    accepted = device.write("test.note/1", NoteBody(text="fine"))
    refused = device.write("test.note/1", NoteBody(text="refuse"))
    taken, bad = (answer.index for answer in world.ledger.append([accepted, refused]))
    world.ledger.seal()
    for index in (taken, bad):
        assert "entry.outcome-unknown" in says(world, entry(index))


def test_attachments_come_along_if_they_are_asked_for(world: World) -> None:
    data = b"a scan of a paper"
    attached = Attachment("text/plain", data, world.random(32))
    named = AttachmentRef(hash=attached.hash(), type=attached.type, size=len(data))
    body = NoteBody(text="see there", attachments=(named,))
    signed = world.author(core).write("test.note/1", body, attachments=[attached])
    index = world.append([signed])[0].index
    world.ledger.seal()
    files = unpack(made(world, entry(index), attachments=True))
    assert files[f"attachments/{attached.hash()}"][32:] == data
    assert not any(name.startswith("attachments/") for name in unpack(made(world, entry(index))))


def test_only_what_is_final_is_proven(tmp_path: Path, sqlite_url: str) -> None:
    world = World(sqlite_url, tmp_path / "home", rules=rules_with_notes(), policy=policy)
    world.populate()
    world.ledger.seal()
    with pytest.raises(NothingFinal):
        made(world, entry(1))


def test_what_no_checkpoint_covers_is_not_proven_yet(world: World) -> None:
    world.ledger.seal()
    index = world.add(core, "test.note/1", NoteBody(text="fresh")).index
    with pytest.raises(NotYetFinal):
        made(world, entry(index))


def test_every_key_up_to_genesis_comes_along(world: World) -> None:
    found = unpack(made(world, entry(note(world))))
    entries = [name for name in found if name.startswith("entries/")]
    heads = [name for name in found if name.startswith("heads/")]
    assert len(heads) == 1 + 5, "governance; the log's, receipt, root, node's and author's keys"
    assert len(entries) == 6, "genesis, two registrations, the note, its blocks"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("invoice-line", f"{supplier}#INV-1#1"),
        ("invoice line", f"{supplier.lower()}#INV-1#1"),
        ("invoice line", "INV-1#1"),
        ("handle", handle.lower()),
        ("organisation", core.lower()),
        ("key", core),
    ],
)
def test_nothing_is_proven_absent_under_a_name_that_the_log_would_never_write(
    world: World, kind: str, name: str
) -> None:
    """A line confirmed as `99.100/O-…` was proven "never confirmed" as `99.100/o-…`."""
    world.ledger.seal()
    with pytest.raises(heads.HeadNameRefused):
        made(world, Request.of("absent", kind=kind, name=name))
