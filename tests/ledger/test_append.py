"""Taking in batches: one answer per entry, all or nothing of each, the same on both databases."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.world import NoteBody, World, core, key, log, node, root, supplier

from tallystick.identity import AddKey, CreateHandles, HandleRecord, HandleValue, RevokeKey
from tallystick.ledger import (
    Answer,
    Attachment,
    AttachmentRef,
    Entry,
    Envelope,
    Submission,
    body_hash,
    instant,
    new_id,
    open_checkpoint,
    sign_entry,
    write_answer,
)
from tallystick.ledger.disclosure import fields_root
from tallystick.ledger.receipt import ReceiptRefused, open_receipt

note = "test.note/1"


def code(answer: Answer) -> str:
    return answer.problem.code if answer.problem else answer.outcome


def size(world: World) -> int:
    with world.reader.open() as snapshot:
        return snapshot.size()


def refused(world: World, submission: Submission) -> str:
    """The code of the refusal of one entry, which must leave nothing behind."""
    before = _rows(world)
    (answer,) = world.ledger.append([submission])
    assert answer.index == -1
    assert answer.problem is not None
    assert _rows(world) == before
    return answer.problem.code


def _rows(world: World) -> dict[str, int]:
    with world.store.read() as transaction:
        names = ("entry", "body", "attachment", "document", "lookup", "stream", "entry_party")
        return {name: transaction.count(name) for name in names}


def test_good_and_bad_entries_are_answered_in_order(any_world: World) -> None:
    world = any_world
    good = world.mint(4)
    forged = replace(good[0], envelope=good[0].envelope.replace(b'"sig":"', b'"sig":"AAAA', 1))
    wrong_body = replace(world.mint(1, 50)[0], body=b"{}")
    thief = world.author(core, f"300:{supplier}").write(note, NoteBody(text="x"))
    junk = Submission(b"junk", b"{}", bytes(32))
    batch = [junk, good[0], forged, good[1], wrong_body, thief, good[2], good[0], good[3]]
    answers = world.ledger.append(batch)
    assert [code(a) for a in answers] == [
        "not-canonical", "accepted", "signature-invalid", "accepted", "body-mismatch",
        "key-not-valid", "accepted", "accepted", "accepted",
    ]  # fmt: skip
    first = answers[1].index
    assert [a.index for a in answers if a.index >= 0] == [
        first,
        first + 1,
        first + 2,
        first,
        first + 3,
    ]
    assert [a.duplicate for a in answers] == [False] * 7 + [True, False]
    world.ledger.seal()
    assert world.audit().size == size(world)


def test_an_empty_batch_is_answered_by_nothing(world: World) -> None:
    before = size(world)
    assert world.ledger.append([]) == []
    assert size(world) == before


def test_the_same_entry_again_gives_the_first_receipt(any_world: World) -> None:
    world = any_world
    (first,) = world.mint(1)
    (answer,) = world.ledger.append([first])
    parsed = Envelope.parse(first.envelope)
    entry = Entry.parse(parsed.payload)
    endorsed = sign_entry(entry, [key(f"300:{core}"), key(f"300:{node}")])
    other_signatures = replace(first, envelope=endorsed)
    for _ in range(2):
        again = world.ledger.append([first, other_signatures])
        assert [a.index for a in again] == [answer.index] * 2
        assert [a.leaf_hash for a in again] == [answer.leaf_hash] * 2
        assert all(a.duplicate for a in again)
        world.restart()
    assert world.audit().size == size(world)


def test_the_same_entry_twice_in_one_batch_counts_once(any_world: World) -> None:
    """Formance PR 1633: it crashed on one key twice in a batch, and looked for used keys before the batch alone."""
    world = any_world
    (one,) = world.mint(1)
    before = size(world)
    first, again = world.ledger.append([one, one])
    assert (first.accepted, again.accepted) == (True, True)
    assert (again.index, again.leaf_hash, again.duplicate) == (first.index, first.leaf_hash, True)
    world.ledger.seal()
    after = size(world)
    assert world.ledger.append([one])[0].index == first.index
    assert size(world) == after > before
    assert world.audit().size == after


def test_the_same_entry_is_answered_after_its_key_is_revoked(world: World) -> None:
    (first,) = world.mint(1)
    (answer,) = world.ledger.append([first])
    world.add(node, "identity.key.revoke/1", RevokeKey(key=f"300:{core}", reason="lost"))
    (again,) = world.ledger.append([first])
    assert (again.duplicate, again.index) == (True, answer.index)
    assert refused(world, world.mint(1, 5)[0]) == "key-not-valid"


def test_another_entry_under_a_used_id_is_refused(any_world: World) -> None:
    world, used = any_world, new_id(1, bytes(10))
    author = world.author(core)
    one, two, three = (author.write(note, NoteBody(text=t), entry_id=used) for t in "abc")
    answers = world.ledger.append([one, two])
    assert [code(a) for a in answers] == ["accepted", "id-used"]
    assert answers[1].problem is not None
    assert answers[1].problem.status == 409
    world.restart()
    assert refused(world, three) == "id-used"
    elsewhere = world.author(supplier).write(note, NoteBody(text="a"), entry_id=used)
    assert code(world.ledger.append([elsewhere])[0]) == "accepted"


def test_a_used_id_behind_a_key_of_the_same_batch_harms_nobody(any_world: World) -> None:
    """Entries verified late were not looked up: the batch died of a unique constraint."""
    world = any_world
    used = new_id(2, bytes(10))
    world.ledger.append([world.author(core).write(note, NoteBody(text="a"), entry_id=used)])
    fresh = key(f"301:{core}")
    body = AddKey(key=fresh.keyid, jwk=fresh.private.public.jwk(), custody="self", types=("*",))
    add = world.write(core, "identity.key.add/1", body, fresh)
    late = world.author(core, fresh.keyid).write(note, NoteBody(text="b"), entry_id=used)
    answers = world.ledger.append([add, late, *world.mint(2)])
    assert [code(a) for a in answers] == ["accepted", "id-used", "accepted", "accepted"]


def test_a_key_registered_and_used_in_one_batch(any_world: World) -> None:
    world, fresh = any_world, key("302:99.100.1/scanner-1")
    device = "99.100.1/scanner-1"
    body = AddKey(key=fresh.keyid, jwk=fresh.private.public.jwk(), custody="self", types=(note,))
    add = world.write(core, "identity.key.add/1", body, fresh)
    use = world.author(device, fresh.keyid).write(note, NoteBody(text="x"), seq=0, prev="0" * 64)
    assert [code(a) for a in world.ledger.append([use])] == ["signature-invalid"]
    assert [code(a) for a in world.ledger.append([add, use])] == ["accepted", "accepted"]
    world.ledger.seal()
    assert world.audit().size == size(world)


def test_a_key_that_is_only_offered_endorses_nothing(world: World) -> None:
    """Its registration was refused, its signature stored: the log could not be replayed any more."""
    offered = key(f"305:{core}")
    body = AddKey(key=offered.keyid, jwk=offered.private.public.jwk(), custody="self", types=("*",))
    offer = world.write(supplier, "identity.key.add/1", body, offered)
    endorsed = world.write(supplier, note, NoteBody(text="x"), offered)
    answers = world.ledger.append([offer, endorsed])
    assert [code(a) for a in answers] == ["not-entitled", "signature-invalid"]
    world.ledger.seal()
    assert world.audit().size == size(world)


@pytest.mark.parametrize("change", ["origin", "salt", "short salt", "body", "long body"])
def test_what_does_not_fit_the_signature_is_refused(world: World, change: str) -> None:
    (good,) = world.mint(1)
    if change == "origin":
        world_author = replace(world.author(core), origin="log.example/else")
        said = world_author.write(note, NoteBody(text="x"))
        assert refused(world, said) == "wrong-origin"
        return
    bad = {
        "salt": replace(good, salt=b"\x01" * 32),
        "short salt": replace(good, salt=good.salt[:31]),
        "body": replace(good, body=good.body + b" "),
        "long body": replace(good, body=b'"' + b"x" * (1 << 20) + b'"'),
    }[change]
    assert refused(world, bad) == "body-mismatch"


def _signed(world: World, body: bytes, **more: str) -> Submission:
    salt, now_ms = bytes(range(32)), world.clock.now_ms()
    entry = Entry(
        world.origin, note, core, new_id(now_ms, world.random(10)), instant(now_ms),
        body_hash(salt, body), **more,
    )  # fmt: skip
    return Submission(sign_entry(entry, [key(f"300:{core}")]), body, salt)


@pytest.mark.parametrize(
    "body", [b'{"text": "x"}', b'{"text":"a","text":"b"}', b"[]", b"", b'{"text":1.5}', b"\xff"]
)
def test_a_body_that_is_not_canonical_is_refused(world: World, body: bytes) -> None:
    assert refused(world, _signed(world, body)) == "body-refused"


@pytest.mark.parametrize("body", [b"{}", b'{"text":5}', b'{"more":1,"text":"x"}'])
def test_a_body_that_does_not_fit_its_type_is_refused(world: World, body: bytes) -> None:
    assert refused(world, _signed(world, body)) == "body-refused"


def test_fields_root_is_recomputed(world: World) -> None:
    body = b'{"text":"x"}'
    right = fields_root(bytes(range(32)), body)
    assert refused(world, _signed(world, body, fields_root="00" * 32)) == "body-refused"
    assert code(world.ledger.append([_signed(world, body, fields_root=right)])[0]) == "accepted"
    world.ledger.seal()
    assert world.audit().size == size(world)


def test_a_body_with_long_pointers_is_refused_before_they_are_made(world: World) -> None:
    body = b'{"%b":[%b0]}' % (b"n" * 500_000, b"0," * 250_000)
    assert refused(world, _signed(world, body, fields_root="00" * 32)) == "body-refused"


def test_an_unknown_type_is_refused(world: World) -> None:
    assert refused(world, world.write(core, "test.unknown/1", NoteBody(text="x"))) == (
        "unknown-entry-type"
    )


def test_expiry_is_by_ledger_time(world: World) -> None:
    with world.store.read() as transaction:
        tree = transaction.tree()
    assert tree is not None
    author, now = world.author(core), tree.block_time

    def expiring(at: str) -> Submission:
        return author.write(note, NoteBody(text="x"), expires=at)

    assert refused(world, expiring(now)) == "expired"
    later = instant(world.clock.now_ms() + 600)
    world.clock.advance(900)
    # The author's clock is past it; ledger time is that of the last block, and is not.
    assert code(world.ledger.append([expiring(later)])[0]) == "accepted"
    world.ledger.seal()
    assert refused(world, expiring(later)) == "expired"


def _attached(world: World, *data: bytes, grade: str = "parties") -> Submission:
    files = tuple(Attachment("text/plain", d, world.random(32), grade) for d in data)
    refs = tuple(
        AttachmentRef(hash=f.hash(), type=f.type, size=len(f.data), grade=f.grade) for f in files
    )
    body = NoteBody(text="see", attachments=refs)
    return world.author(core).write(note, body, attachments=files)


def test_attachments_must_be_those_that_the_body_names(any_world: World) -> None:
    world = any_world
    good = _attached(world, b"one", b"two")
    one, two = good.attachments
    for bad in [
        (), (one,), (one, two, two), (one, replace(two, data=b"2")), (one, replace(two, salt=b"s")),
        (one, replace(two, grade="public")), (one, replace(two, type="text/html")),
        (one, two, Attachment("text/plain", b"three", bytes(32))),
    ]:  # fmt: skip
        assert refused(world, replace(good, attachments=bad)) == "attachment-mismatch"
    assert code(world.ledger.append([good])[0]) == "accepted"
    world.ledger.seal()
    assert world.audit().size == size(world)


def test_what_contradicts_its_attachment_keeps_only_those_without_stream_out(
    any_world: World,
) -> None:
    """A device's stream stood still behind one such entry, for nobody can sign its place again."""
    world = any_world
    device = world.add_device(core, "99.100.1/scanner-contradicting")
    lie = Attachment("text/plain", b"something else", world.random(32))
    ref = AttachmentRef(hash=lie.hash(), type=lie.type, size=len(lie.data), grade=lie.grade)
    body = NoteBody(text="as attached", attachments=(ref,))
    entries = [device.write(note, body, (lie,)), device.write(note, NoteBody(text="behind it"))]
    alone = world.author(core).write(note, body, attachments=(lie,))
    first, second, third = world.ledger.append([*entries, alone])
    assert (code(first), code(second)) == ("accepted", "accepted")
    assert first.contradiction is not None
    assert first.contradiction.code == write_answer(first)["contradiction"]["code"]
    assert second.contradiction is None
    assert code(third) == "note-contradicts"
    lacking = device.write(note, NoteBody(text="as attached", attachments=(ref,)))
    assert refused(world, lacking) == "attachment-mismatch"
    world.ledger.seal()
    found = world.audit()
    assert (found.contradictions, found.attachments_missing) == (1, 0)
    with world.store.read() as transaction:
        kept = transaction.attachments(first.index)
    assert [attachment.data for attachment in kept] == [lie.data]


def test_an_attachment_sent_twice_harms_nobody_else(any_world: World) -> None:
    """The second copy broke a primary key, and with it the batch of everybody."""
    world = any_world
    good = _attached(world, b"one")
    double = replace(good, attachments=good.attachments * 2)
    answers = world.ledger.append([*world.mint(1), double, good])
    assert [code(a) for a in answers] == ["accepted", "attachment-mismatch", "accepted"]


def test_no_name_with_a_nul_harms_the_batch(any_world: World) -> None:
    """PostgreSQL stores no U+0000: one such key reference used to fail everybody's entries."""
    world = any_world
    (good,) = world.mint(1, 900)
    told = json.loads(good.envelope)
    told["signatures"].append({"keyid": "300:99/\u0000", "sig": told["signatures"][0]["sig"]})
    nul_keyid = replace(good, envelope=json.dumps(told).encode())
    body = b'{"key":"300:99/\\u0000","reason":"lost"}'
    salt = bytes(32)
    entry = Entry(
        world.origin, "identity.key.revoke/1", core, new_id(5, bytes(10)),
        instant(world.clock.now_ms()), body_hash(salt, body),
    )  # fmt: skip
    nul_body = Submission(sign_entry(entry, [key(f"300:{core}")]), body, salt)
    nul_note = world.write(core, note, NoteBody(text="\u0000", to="99/\u0000"))
    answers = world.ledger.append([nul_keyid, nul_body, *world.mint(1)])
    assert [code(a) for a in answers] == ["not-canonical", "body-refused", "accepted"]
    assert nul_note.body.count(b"\\u0000") == 2


def test_long_names_fit_the_indexes_of_both_databases(any_world: World) -> None:
    world = any_world
    wide = "".join(chr(0x20000 + (n * 7919) % 40000) for n in range(60))
    record = HandleRecord(
        handle=f"99.100.1/{wide}",
        values=tuple(HandleValue(index=n + 1, type="T", data="x" * 4096) for n in range(64)),
    )
    world.add(core, "identity.handle.create/1", CreateHandles(handles=(record,)))
    with pytest.raises(ValueError, match="255 bytes"):
        HandleRecord(handle=f"99.100.1/{wide * 2}", values=())


def test_receipts_verify_and_say_what_was_taken_in(world: World) -> None:
    answers = world.ledger.append([*world.mint(2), Submission(b"junk", b"", b"")])
    receipt = world.ledger.receipt(answers)
    public = key(f"301:{log}").private.public
    told = open_receipt(receipt, public)
    assert told["origin"] == world.origin
    assert told["entries"] == [
        [a.author, a.id, a.index, a.leaf_hash, "accepted"] for a in answers[:2]
    ]
    with world.reader.open() as snapshot:
        for row in told["entries"]:
            leaf = snapshot.row(row[2]).leaf
            assert hashlib.sha256(b"\x00" + leaf).hexdigest() == row[3]
    world.clock.advance(700)
    world.ledger.seal()
    with world.store.read() as transaction:
        tree = transaction.tree()
    assert tree is not None
    assert tree.block_time <= told["sealed_by"]
    for bad in (
        {**receipt, "payloadType": "application/json"},
        {**receipt, "payload": receipt["payload"][:-4]},  # type: ignore[index]
        {**receipt, "signatures": []},
        {},
    ):
        with pytest.raises(ReceiptRefused):
            open_receipt(bad, public)
    with pytest.raises(ReceiptRefused):
        open_receipt(receipt, key(f"300:{log}").private.public)


def test_every_entry_is_proven_by_its_proof_file(any_world: World) -> None:
    world = any_world
    world.ledger.append(world.mint(30))
    world.ledger.seal()
    with world.reader.open() as snapshot:
        newest = snapshot.checkpoint()
        assert newest is not None
        told = open_checkpoint(newest[1], world.ledger.signer.verifier)
        for index in range(snapshot.size()):
            proof = snapshot.proof_file(index)
            assert proof.verify(snapshot.row(index).leaf, world.ledger.signer.verifier) == told


@settings(max_examples=15)
@given(st.binary(max_size=200))
def test_junk_is_answered(data: bytes) -> None:
    from tallystick.ledger.verify import key_references, verify

    assert key_references(data) == []
    assert not hasattr(verify(Submission(data, b"", b""), {}), "entry")


def test_root_speaks_for_itself(world: World) -> None:
    assert code(world.ledger.append([world.write(root, note, NoteBody(text="x"))])[0]) == "accepted"
