"""A clone is caught at the door: kept as evidence, and stopped by an entry that anybody can check."""

from __future__ import annotations

from pathlib import Path

from tests.app.devices.desk import Desk, gate
from tests.identity.devices.captured import capture, reading, time
from tests.identity.devices.enrolled import administrator, enrol, told
from tests.ledger.world import World, core, key, root

from tallystick.app.devices.audited import told_of
from tallystick.app.devices.catching import evidence, unsettled_max
from tallystick.identity import RevokeKey, devices
from tallystick.ledger import ForkRow, InvitationRow, StreamAuthor, Submission
from tallystick.trace import builders


def twins(desk: Desk) -> tuple[StreamAuthor, StreamAuthor]:
    """A device and its clone, after the first entry."""
    one = enrol(desk.world)
    assert send(desk, capture(desk.world, one, reading())) == ["accepted"]
    return one, StreamAuthor(desk.world.author(gate), one.seq, one.prev)


def send(desk: Desk, *submissions: Submission) -> list[str]:
    return [told(answer) for answer in desk.log.submit(list(submissions))]


def kept(desk: Desk) -> list[tuple[int, int | None]]:
    with desk.node.store.read() as transaction:
        return [(one.seq, one.index) for one in transaction.forks.of(gate)]


def state(desk: Desk) -> str:
    with desk.node.look() as view:
        return devices.device(view, gate).state


def test_the_second_one_is_kept_and_the_device_is_stopped(desk: Desk) -> None:
    desk.node.keys.add(key(f"300:{core}"))
    one, other = twins(desk)
    first, second = (capture(desk.world, by, reading()) for by in (one, other))
    assert send(desk, first) == ["accepted"]
    assert send(desk, second) == ["stream-fork"]
    with desk.world.reader.open() as snapshot:
        index = snapshot.size() - 1
        row = snapshot.row(index)
    assert (row.type, row.author, row.outcome) == (devices.suspend_type, core, "accepted")
    assert (state(desk), kept(desk)) == ("suspended", [(1, index)])
    assert send(desk, capture(desk.world, one, reading())) == ["key-not-valid"]
    _, said = desk.get(f"?organisation={core}", "core")
    (shown,) = [one for one in said["devices"] if one["device"] == gate]
    assert shown["forks"][0]["seq"] == 1
    assert shown["suspended"] == {"index": index, "seq": 1}
    (audited,) = told_of(desk.node)
    assert audited.stopped == [(index, "suspended", "cloned")]
    assert (audited.count, audited.last, audited.after) == (2, index - 1, 0)
    assert [seq for seq, _ in audited.caught] == [1]


def test_sent_again_it_is_the_same_evidence(desk: Desk) -> None:
    one, other = twins(desk)
    first, second = (capture(desk.world, by, reading()) for by in (one, other))
    assert send(desk, first, second, second) == ["accepted", "stream-fork", "stream-fork"]
    assert kept(desk) == [(1, None)], "this node holds no key to say it with: it is kept, and shown"
    assert state(desk) == "active"
    desk.node.keys.add(key(f"300:{root}"))
    assert send(desk, second) == ["stream-fork"]
    assert state(desk) == "suspended"


def test_a_few_proofs_are_enough(desk: Desk) -> None:
    """Each costs a walk through the log; a clone that nobody can stop yet does not make the node walk for ever."""
    one, other = twins(desk)
    assert send(desk, capture(desk.world, one, reading())) == ["accepted"]
    for _ in range(unsettled_max + 2):
        again = StreamAuthor(desk.world.author(gate), other.seq, other.prev)
        assert send(desk, capture(desk.world, again, reading())) == ["stream-fork"]
    assert len(kept(desk)) == unsettled_max
    desk.node.keys.add(key(f"300:{core}"))
    again = StreamAuthor(desk.world.author(gate), other.seq, other.prev)
    send(desk, capture(desk.world, again, reading()))
    assert state(desk) == "suspended"


def test_a_gap_in_memory_is_caught_by_the_place_before(desk: Desk) -> None:
    desk.node.keys.add(key(f"300:{core}"))
    one, other = twins(desk)
    first, _ = (capture(desk.world, by, reading()) for by in (one, other))
    later = capture(desk.world, other, reading())
    assert send(desk, first) == ["accepted"]
    assert send(desk, later) == ["stream-fork"]
    assert state(desk) == "suspended"


def test_strangers_stop_nobody(desk: Desk) -> None:
    """Whoever has another key can sign in a device's name; that is no clone of it, and not looked for."""
    desk.node.keys.add(key(f"300:{core}"))
    one, _ = twins(desk)
    sent = capture(desk.world, one, reading())
    assert send(desk, sent) == ["accepted"]
    strange = StreamAuthor(desk.world.author(gate, f"300:{core}"))
    assert send(desk, capture(desk.world, strange, reading())) == ["stream-fork"]
    assert (state(desk), kept(desk)) == ("active", [])
    assert evidence(desk.node, b"{}", "2026-01-05T01:00:00.000Z") is None
    assert evidence(desk.node, sent.envelope, "2026-01-05T01:00:00.000Z") is None


def test_an_audit_names_by_index_what_was_refused_and_why(desk: Desk) -> None:
    printer = enrol(desk.world, purpose="printer")
    before = send(desk, capture(desk.world, printer, reading()))
    assert before == ["outside-device-class"]
    revoked = RevokeKey(key=f"300:{gate}", reason="lost")
    answer = desk.world.add(administrator, "identity.key.revoke/1", revoked)
    (audited,) = told_of(desk.node)
    assert audited.stopped == [(answer.index, "key revoked", "lost")]
    assert audited.refused == [(answer.index - 1, "outside-device-class")]
    text = "\n".join(audited.lines())
    assert f"refused: entry {answer.index - 1}, outside-device-class" in text
    assert f"key revoked by entry {answer.index} (lost)" in text
    assert audited.document()["refused"]["count"] == 1


def test_a_refusal_late_in_a_stream_counts_what_was_before(desk: Desk) -> None:
    scanner = enrol(desk.world)
    for _ in range(3):
        assert send(desk, capture(desk.world, scanner, reading())) == ["accepted"]
    nothing = builders.object_event(["99.100.1/NONE"], time=time, step="receiving")
    send(desk, capture(desk.world, scanner, nothing))
    (audited,) = told_of(desk.node)
    assert (audited.count, audited.refused_count, audited.stopped) == (3, 1, [])


def test_tables_are_alike_on_both_databases(database_url: str, tmp_path: Path) -> None:
    world = World(database_url, tmp_path / "home")
    row = InvitationRow("a" * 32, "t", core, "invited", "2026-01-05T01:00:00.000Z", None, "{}")
    fork = ForkRow(gate, "ab" * 32, 4, "2026-01-05T01:00:00.000Z", b"one", b"other")
    with world.store.write() as transaction:
        transaction.invitations.add(row)
        transaction.forks.add(fork)
        transaction.forks.add(fork)
    later = InvitationRow(row.id, "t", core, "enrolled", row.expires, gate, "{}")
    with world.store.write() as transaction:
        assert transaction.invitations.change(later, "invited")
        assert not transaction.invitations.change(later, "invited")
        transaction.forks.settled(gate, 9)
        transaction.invitations.drop("2027-01-01T00:00:00.000Z")
    with world.store.read() as transaction:
        assert transaction.invitations.by_token("t") == later
        assert transaction.invitations.count("device", core, ("enrolled",), "") == 1
        assert transaction.invitations.count("device", core, ("invited",), "") == 0
        assert [one.index for one in transaction.forks.of(gate)] == [9]
        assert transaction.forks.in_stream(gate, 4) is None
        assert list(transaction.forks.numbered())
