"""A key in two hands shows as a fork of its stream; the two envelopes stop it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from tests.identity.devices.captured import capture, reading
from tests.identity.devices.enrolled import administrator, enrol, gate, said, sent
from tests.ledger.world import World, core, key, supplier

from tallystick.identity import RevokeKey, devices
from tallystick.ledger import Author, StreamAuthor, Submission, audit


def proof(first: Submission, second: Submission) -> devices.SuspendDevice:
    one, other = (base64.b64encode(s.envelope).decode() for s in (first, second))
    return devices.SuspendDevice(device=gate, first=one, second=other)


def copied(world: World, at: StreamAuthor, key_index: int = 300) -> StreamAuthor:
    """The same key and the same memory, in other hands."""
    return StreamAuthor(world.author(gate, f"{key_index}:{gate}"), at.seq, at.prev)


def state(world: World) -> str:
    with world.reader.open() as snapshot:
        return devices.device(snapshot.view, gate).state


def test_whoever_comes_second_is_not_appended_and_the_key_is_stopped(world: World) -> None:
    owner = enrol(world)
    assert sent(world, capture(world, owner, reading())) == ["accepted"]
    thief = copied(world, owner)
    mine, other = capture(world, owner, reading()), capture(world, thief, reading())
    assert sent(world, other, mine) == ["accepted", "stream-fork"]
    # Anybody who is registered may say so; who was first says nothing about who is the clone.
    assert said(world, supplier, devices.suspend_type, proof(other, mine)) == "accepted"
    assert state(world) == "suspended"
    assert sent(world, capture(world, thief, reading())) == ["key-not-valid"]
    assert said(world, supplier, devices.suspend_type, proof(other, mine)) == "no-clone-shown"
    audit(world.store, world.rules, world.ledger.directory, world.checker)


def test_the_way_back_is_a_fresh_key(world: World) -> None:
    owner = enrol(world)
    thief = copied(world, owner)
    first, second = capture(world, owner, reading()), capture(world, thief, reading())
    sent(world, first, second)
    world.add(core, devices.suspend_type, proof(first, second))
    again = RevokeKey(key=f"300:{gate}", reason="stolen")
    assert said(world, administrator, "identity.key.revoke/1", again) == "already-registered"
    world.add_key(administrator, gate, index=301, types=("trace.capture/1",))
    assert state(world) == "active"
    assert sent(world, capture(world, copied(world, owner), reading())) == ["key-not-valid"]
    fresh = copied(world, owner, 301)
    assert sent(world, capture(world, fresh, reading())) == ["accepted"]


def test_the_next_place_with_another_memory_is_a_fork_too(world: World) -> None:
    owner = enrol(world)
    thief = copied(world, owner)
    first, _ = capture(world, owner, reading()), capture(world, thief, reading())
    later = capture(world, thief, reading())
    sent(world, first)
    assert sent(world, later) == ["stream-fork"]
    assert said(world, core, devices.suspend_type, proof(later, first)) == "no-clone-shown"
    assert said(world, core, devices.suspend_type, proof(first, later)) == "accepted"


def test_what_shows_no_clone(world: World) -> None:
    owner = enrol(world)
    other = enrol(world, "99.100.1/gate-2")
    first, second = capture(world, owner, reading()), capture(world, owner, reading())
    theirs = capture(world, other, reading())
    forged = Author(world.origin, gate, key(f"300:{supplier}"), world.clock, world.random)
    by_another = StreamAuthor(forged)
    elsewhere = Author("another.example/log", gate, key(f"300:{gate}"), world.clock, world.random)
    for one, two in (
        (first, first),
        (first, second),
        (first, theirs),
        (theirs, theirs),
        (first, capture(world, by_another, reading())),
        (first, capture(world, StreamAuthor(elsewhere), reading())),
        (first, world.write(core, devices.suspend_type, proof(first, second))),
    ):
        assert said(world, core, devices.suspend_type, proof(one, two)) == "no-clone-shown"
        assert state(world) == "active"


def test_a_revoked_key_stops_nothing(world: World) -> None:
    """Its thief has one envelope of his own and one of the device: he could stop the fresh key."""
    owner = enrol(world)
    world.add_key(administrator, gate, index=301, types=("trace.capture/1",))
    thief = copied(world, owner)
    honest = capture(world, copied(world, owner, 301), reading())
    world.add(administrator, "identity.key.revoke/1", RevokeKey(key=f"300:{gate}", reason="stolen"))
    told = proof(capture(world, thief, reading()), honest)
    assert said(world, core, devices.suspend_type, told) == "no-clone-shown"
    assert state(world) == "active"


@pytest.mark.parametrize("text", ["AAA", "A===", base64.b64encode(b"{}").decode()])
def test_what_is_no_envelope(world: World, text: str) -> None:
    enrol(world)
    body = devices.SuspendDevice(device=gate, first=text, second=text)
    assert said(world, core, devices.suspend_type, body) == "no-clone-shown"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=some.lists(some.sampled_from("ot"), min_size=1, max_size=8))
def test_two_memories_are_found_out_and_one_never_is(world: World, steps: list[str]) -> None:
    """Whatever two hands sign from one position on, the first of each contradict; what one signs never does."""
    with world.reader.open() as snapshot:
        known = snapshot.view.get("device", gate) is not None
    owner = StreamAuthor(world.author(gate)) if known else enrol(world)
    thief = StreamAuthor(world.author(gate))
    signed: dict[str, list[Submission]] = {"o": [], "t": []}
    for who in steps:
        signed[who].append(capture(world, owner if who == "o" else thief, reading()))
    with world.reader.open() as snapshot:
        read = {
            who: [devices.read(snapshot.view, gate, one.envelope) for one in mine]
            for who, mine in signed.items()
        }
    for mine in read.values():
        assert not any(devices.contradicts(a, b) for a in mine for b in mine if a is not b)
    shared = min(len(read["o"]), len(read["t"]))
    assert all(devices.contradicts(read["o"][n], read["t"][n]) for n in range(shared))
