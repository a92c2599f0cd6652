"""Who may speak, and streams: judged at the index, in log order (formats §2)."""

from __future__ import annotations

import pytest
from tests.ledger.world import NoteBody, World, core, key, log, node, root, supplier

from tallystick.identity import AddKey, Grant, RevokeKey
from tallystick.ledger import (
    P256,
    Answer,
    Entry,
    SigningKey,
    StreamAuthor,
    Submission,
    body_hash,
    instant,
    new_id,
    sign_entry,
)

note = "test.note/1"
device = "99.100.1/scanner-8"


def codes(world: World, *submissions: Submission) -> list[str]:
    answers = world.ledger.append(submissions)
    return [a.problem.code if a.problem else f"{a.outcome} {a.code or ''}".strip() for a in answers]


def say(
    world: World, author: str, *keys: SigningKey, text: str = "x", kind: str = note
) -> Submission:
    body = NoteBody(text=text).encode()
    salt, now_ms = world.random(32), world.clock.now_ms()
    entry = Entry(
        world.origin, kind, author, new_id(now_ms, world.random(10)), instant(now_ms),
        body_hash(salt, body),
    )  # fmt: skip
    return Submission(sign_entry(entry, keys), body, salt)


def scanner(world: World) -> StreamAuthor:
    return world.add_device(core, device)


def sound(world: World) -> None:
    world.ledger.seal()
    with world.reader.open() as snapshot:
        assert world.audit().size == snapshot.size()


def test_a_key_speaks_for_its_own_handle_alone(world: World) -> None:
    theirs, ours = key(f"300:{supplier}"), key(f"300:{core}")
    assert codes(world, say(world, core, theirs)) == ["key-not-valid"]
    assert codes(world, say(world, core, ours, theirs)) == ["accepted"]
    assert codes(world, say(world, core, key(f"309:{core}"))) == ["signature-invalid"]
    assert codes(world, say(world, core, ours, key(f"309:{core}"))) == ["signature-invalid"]
    impostor = SigningKey(f"300:{core}", key("x").private)
    assert codes(world, say(world, core, impostor)) == ["signature-invalid"]
    assert codes(world, say(world, "99.100/O-NOBODY0000000", ours)) == ["key-not-valid"]
    sound(world)


def test_the_log_writes_blocks_and_nobody_else_does(world: World) -> None:
    log_key = key(f"300:{log}")
    assert codes(world, say(world, log, log_key)) == ["key-not-valid"]
    assert codes(world, say(world, core, key(f"300:{core}"), kind="ledger.block/1")) == [
        "key-not-valid"
    ]
    assert codes(world, say(world, root, key(f"300:{root}"), kind="ledger.genesis/1")) == [
        "body-refused"
    ]
    assert codes(world, say(world, log, log_key, kind="ledger.block/1")) == ["stream-mode"]


def test_a_grant_lets_another_handle_sign_one_type(world: World) -> None:
    theirs = key(f"300:{supplier}")
    world.add(core, "identity.grant/1", Grant(to=supplier, types=(note,)))
    assert codes(world, say(world, core, theirs)) == ["accepted"]
    assert codes(world, say(world, core, theirs, kind="test.own/1")) == ["key-not-valid"]
    assert codes(world, say(world, supplier, key(f"300:{core}"))) == ["key-not-valid"]
    world.add(core, "identity.grant/1", Grant(to=supplier, types=()))
    assert codes(world, say(world, core, theirs)) == ["key-not-valid"]
    sound(world)


def test_a_grant_that_is_withdrawn_in_a_batch_ends_there(world: World) -> None:
    """Who speaks is remembered from entry to entry, and must be forgotten with the grant."""
    theirs = key(f"300:{supplier}")
    given = world.write(core, "identity.grant/1", Grant(to=supplier, types=(note,)))
    taken = world.write(core, "identity.grant/1", Grant(to=supplier, types=()))
    before, between, also, after = (say(world, core, theirs) for _ in range(4))
    told = codes(world, before, given, between, also, taken, after)
    assert told == ["key-not-valid", *["accepted"] * 4, "key-not-valid"]
    sound(world)


def test_revocation_holds_from_the_next_index_on(world: World) -> None:
    ours = key(f"300:{core}")
    revoke = world.write(core, "identity.key.revoke/1", RevokeKey(key=ours.keyid, reason="lost"))
    before, after = say(world, core, ours), say(world, core, ours)
    assert codes(world, before, revoke, after) == ["accepted", "accepted", "key-not-valid"]
    again = world.write(node, "identity.key.revoke/1", RevokeKey(key=ours.keyid, reason="lost"))
    assert codes(world, again) == ["already-registered"]
    sound(world)


def test_a_key_signs_the_types_it_may(world: World) -> None:
    narrow = world.add_key(core, core, index=305, types=("finance.*", "test.own/1"))
    assert codes(world, say(world, core, narrow)) == ["key-not-valid"]
    assert codes(world, say(world, core, narrow, kind="test.own/1")) == ["accepted"]
    receipt_key = key(f"301:{log}")
    assert codes(world, say(world, log, receipt_key, kind="ledger.block/1")) != ["accepted"]


def test_an_author_with_keys_of_two_suites_signs_with_both(world: World) -> None:
    ed = key(f"300:{core}")
    p256 = world.add_key(core, core, index=306, suite=P256)
    assert codes(world, say(world, core, ed)) == ["key-not-valid"]
    assert codes(world, say(world, core, p256)) == ["key-not-valid"]
    assert codes(world, say(world, core, ed, p256)) == ["accepted"]
    bad = SigningKey(p256.keyid, key("y", P256).private)
    assert codes(world, say(world, core, ed, bad)) == ["signature-invalid"]
    sound(world)


def test_an_own_key_is_the_authors_own(world: World) -> None:
    """Any self-held key beside the node's used to do, even one of a stranger who only endorses."""
    held = world.add_key(core, core, index=307, custody="node")
    kind = "test.own/1"
    assert codes(world, say(world, core, held, kind=kind)) == ["own-key-required"]
    stranger = key(f"300:{supplier}")
    assert codes(world, say(world, core, held, stranger, kind=kind)) == ["own-key-required"]
    assert codes(world, say(world, core, held, key(f"300:{core}"), kind=kind)) == ["accepted"]


def test_a_stream_is_gap_free_and_never_forks(any_world: World) -> None:
    world = any_world
    stream = scanner(world)
    said = [stream.write(note, NoteBody(text=str(n))) for n in range(6)]
    other = StreamAuthor(stream.author)
    fork = other.write(note, NoteBody(text="fork"))
    assert codes(world, said[1]) == ["stream-gap"]
    assert codes(world, said[0], fork, said[2], said[1], said[2]) == [
        "accepted", "stream-fork", "stream-gap", "accepted", "accepted",
    ]  # fmt: skip
    world.restart()
    assert codes(world, fork, said[4], said[3], said[0]) == [
        "stream-fork", "stream-gap", "accepted", "accepted",
    ]  # fmt: skip
    wrong_prev = stream.author.write(note, NoteBody(text="x"), seq=4, prev="12" * 32)
    assert codes(world, wrong_prev) == ["stream-fork"]
    (gap,) = world.ledger.append([said[5]])
    assert gap.problem is not None
    assert gap.problem.problem()["expected_seq"] == 4
    sound(world)


def test_a_refused_entry_of_a_stream_is_recorded_and_blocks_nothing(any_world: World) -> None:
    world = any_world
    stream = world.add_device(core, device, types=("*",))
    first = [stream.write(note, NoteBody(text=t)) for t in ("a", "refuse", "b")]
    unknown = stream.write("test.unknown/1", NoteBody(text="c"))
    bad_body = _unrepairable(world, stream)
    last = stream.write(note, NoteBody(text="d"))
    assert codes(world, *first, unknown, bad_body, last) == [
        "accepted", "refused note-refused-by-rule", "accepted", "refused unknown-entry-type",
        "refused body-refused", "accepted",
    ]  # fmt: skip
    answers = world.ledger.append(first)
    assert [(a.duplicate, a.outcome) for a in answers][1] == (True, "refused")
    sound(world)
    assert world.audit().refused == 3


def _unrepairable(world: World, stream: StreamAuthor) -> Submission:
    """A body whose hash is right and whose JSON is not canonical: the device signed just this."""
    body, salt = b'{"text": "x"}', bytes(32)
    entry = Entry(
        world.origin, note, device, new_id(9, world.random(10)), instant(world.clock.now_ms()),
        body_hash(salt, body), seq=stream.seq, prev=stream.prev,
    )  # fmt: skip
    envelope = sign_entry(entry, [stream.author.key])
    stream.seq += 1
    from tallystick.ledger import payload_hash

    stream.prev = payload_hash(envelope).hex()
    return Submission(envelope, body, salt)


def test_a_refused_entry_outside_a_stream_is_not_recorded(world: World) -> None:
    with world.reader.open() as snapshot:
        before = snapshot.size()
    assert codes(world, world.write(core, note, NoteBody(text="refuse"))) == [
        "note-refused-by-rule"
    ]
    with world.reader.open() as snapshot:
        assert snapshot.size() == before


def test_the_first_entry_decides_whether_there_is_a_stream(world: World) -> None:
    streamed = world.author(core).write(note, NoteBody(text="x"), seq=0, prev="0" * 64)
    assert codes(world, streamed) == ["stream-mode"]
    scanned = scanner(world)
    loose = scanned.author.write(note, NoteBody(text="x"))
    assert codes(world, loose) == ["stream-mode"], "devices always keep a stream"
    assert codes(world, scanned.write(note, NoteBody(text="x")), loose) == [
        "accepted", "stream-mode",
    ]  # fmt: skip


def test_a_rotated_key_continues_the_stream(world: World) -> None:
    stream = scanner(world)
    assert codes(world, stream.write(note, NoteBody(text="a"))) == ["accepted"]
    fresh = key(f"301:{device}")
    body = AddKey(key=fresh.keyid, jwk=fresh.private.public.jwk(), custody="self", types=("*",))
    world.add(core, "identity.key.add/1", body, fresh)
    world.add(core, "identity.key.revoke/1", RevokeKey(key=f"300:{device}", reason="replaced"))
    old = stream.author
    assert codes(
        world, StreamAuthor(old, stream.seq, stream.prev).write(note, NoteBody(text="b"))
    ) == ["key-not-valid"]
    rotated = StreamAuthor(world.author(device, fresh.keyid), stream.seq, stream.prev)
    assert codes(world, rotated.write(note, NoteBody(text="b"))) == ["accepted"]
    sound(world)


def test_an_answer_tells_what_happened() -> None:
    assert not Answer("a", "b").accepted
    assert pytest is not None
