"""What a node says of a prefix that is at home elsewhere, and what it counts, by the native protocol."""

from __future__ import annotations

from tests.identity.native.rig import handle, leave, made, populate, question
from tests.ledger.world import World

from tallystick.identity import DailyCounts, HandleValue, native
from tallystick.identity.native import bodies, site_json
from tallystick.identity.native.message import Message, no_referral, read_message
from tallystick.ledger import SetClock, canonical


def _asked(server: native.NativeServer, message: Message) -> Message:
    told = server._answers.answer(message.encode(), "192.0.2.1")
    assert told is not None
    return read_message(told.message)


def test_what_came_later_is_asked_for_where_the_prefix_is_now(world: World) -> None:
    populate(world)
    server = made(world)
    assert _asked(server, question("99.100.1/LATER")).code == 100
    leave(world)
    server._answers.rest()
    server = made(world)
    told = _asked(server, question("99.100.1/LATER"))
    assert told.code == 302
    assert bodies.read_referral(told.body) == bodies.Referral("0.NA/99.100.1")
    home = _asked(server, question("0.NA/99.100.1", 4))
    assert [value.data for value in bodies.read_resolved(home.body).values] == [
        b"https://b.example"
    ]
    # What it has it still tells, and whoever was sent here is not sent on.
    assert _asked(server, question(handle)).code == 1
    assert _asked(server, question("99.100.1/LATER", flags=no_referral)).code == 100


def test_the_sites_that_a_holder_wrote_into_its_record_are_told_at_once(world: World) -> None:
    site = native.Site(1, (native.Server(1, "192.0.2.9", b"", (native.Interface(2, "TCP", 1),)),))
    data = canonical.encode(site_json.document(site)).decode()
    populate(world)
    leave(world, HandleValue(index=10, type="HS_SITE", format="site", data=data))
    told = _asked(made(world), question("99.100.1/LATER"))
    found = bodies.read_referral(told.body)
    assert (told.code, found.handle) == (302, "")
    assert [value.data for value in found.sites] == [site.encode()]


def test_questions_are_counted_whether_their_answer_was_remembered_or_not(world: World) -> None:
    kept: list[tuple[str, str, str, int]] = []
    counts = DailyCounts(kept.extend, SetClock("2026-03-05T23:59:00.000Z"))
    populate(world)
    server = made(world, counts=counts)
    for _ in range(3):
        assert _asked(server, question(handle)).code == 1
        assert _asked(server, question("99.100.1/none")).code == 100
        assert _asked(server, question("98.1/of-nobody")).code == 100
    counts.flush()
    day = "2026-03-05"
    assert kept == [("99.100.1", day, "found", 3), ("99.100.1", day, "missing", 3)]
