"""Deliveries to a real server: what is sent, signed how, tried when, given up, and what is not sent at all."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.app.joining.rig import rigged
from tests.app.webhooks.receiver import certified, receiving
from tests.app.webhooks.rig import Hooked, hooked, officer, propose_type, warehouse
from tests.identity.people.firm import code, first
from tests.ledger.world import core, supplier

from tallystick.app.webhooks import rounds, sending
from tallystick.app.webhooks.errors import DeliveryUnknown, NotYoursToHook, WebhookUnknown
from tallystick.identity.grades import RaiseGrade
from tallystick.ledger import SetClock

hour_ms = 3600 * 1000


def test_an_organisation_is_told_once_that_there_is_an_entry(
    tmp_path: Path, database_url: str
) -> None:
    """On both databases: id, type, index and link, and nothing else; signed, and not again."""
    with rigged(tmp_path, database_url) as rig, hooked(rig) as place:
        before = place.say()
        hook = place.hook()
        place.say(3)
        assert place.round() == 3
        assert place.round() == 0
        assert len(place.receiver.got) == 3
        (shown,) = place.desk.shown(hook)["public_keys"]
        indexes = []
        for got in place.receiver.got:
            assert got.signed_by(shown)
            assert got.headers["content-type"] == "application/json"
            assert got.path == "/in?from=tallystick"
            assert set(got.event) == {"type", "timestamp", "data"}
            assert got.event["type"] == propose_type
            assert set(got.event["data"]) == {"id", "index", "outcome", "link"}
            assert before[0] not in got.body.decode()
            indexes.append(got.event["data"]["index"])
            with place.node.reader.open() as snapshot:
                assert snapshot.row(indexes[-1]).id == got.event["data"]["id"]
        assert len(set(place.receiver.ids())) == 3
        assert place.states(hook) == [("delivered", 1, None)] * 3


def test_what_fails_is_tried_again_later_under_the_same_id(place: Hooked) -> None:
    hook = place.hook()
    place.say()
    place.receiver.answers = [(500, {}), (302, {"location": place.receiver.url}), (200, {})]
    assert place.round() == 1
    assert place.states(hook) == [("waiting", 1, "http-500")]
    assert place.round() == 0
    for wait_s in rounds.retry_after_s[:2]:
        place.clock.advance(wait_s * 1000 - 1)
        assert place.round() == 0
        place.clock.advance(1)
        assert place.round() == 1
    # A redirect is followed nowhere: three requests came, all of one id.
    assert len(set(place.receiver.ids())) == 1
    assert len(place.receiver.got) == 3
    assert place.states(hook) == [("delivered", 3, None)]
    stamps = [one.headers["webhook-timestamp"] for one in place.receiver.got]
    assert stamps == sorted(set(stamps))


def test_it_is_given_up_after_the_last_try_and_can_be_sent_again(place: Hooked) -> None:
    hook = place.hook()
    place.say()
    place.node.settings = place.node.settings.model_copy(update={"webhook_failing_days": 30})
    tries = len(rounds.retry_after_s) + 1
    place.receiver.answers = [(503, {})] * tries
    for _ in range(tries):
        assert place.round() == 1
        place.clock.advance(2 * 24 * hour_ms)
    assert place.states(hook) == [("failed", tries, "http-503")]
    assert place.round() == 0
    (row,) = place.desk.deliveries(hook)
    place.desk.replay(officer, hook.id, row.id)
    assert place.round() == 1
    assert place.states(hook) == [("delivered", 1, None)]
    assert len(set(place.receiver.ids())) == 1
    with pytest.raises(DeliveryUnknown):
        place.desk.replay(officer, hook.id, "0" * 20)


def test_a_receiver_says_when_to_come_back(place: Hooked) -> None:
    place.hook()
    place.say()
    place.receiver.answers = [(429, {"retry-after": "3600"})]
    assert place.round() == 1
    place.clock.advance(hour_ms - 1)
    assert place.round() == 0
    place.clock.advance(1)
    assert place.round() == 1


def test_one_that_fails_is_left_alone_and_holds_up_no_other(place: Hooked) -> None:
    """Of five deliveries to it only those under way are tried; another webhook has its own."""
    with receiving() as other:
        bad, good = place.hook(), place.hook(address=other.url)
        place.say(12)
        place.receiver.answers = [(500, {})] * 12
        assert place.round() == 24
        assert len(other.got) == 12
        assert len(place.receiver.got) <= rounds.at_once_per_webhook
        assert {state for state, _, _ in place.states(good)} == {"delivered"}
        assert {state for state, _, _ in place.states(bad)} == {"waiting"}


def test_it_is_stopped_after_days_without_success_and_goes_on_where_it_stopped(
    place: Hooked,
) -> None:
    hook = place.hook()
    place.say()
    place.receiver.answers = [(500, {})] * 4
    assert place.round() == 1
    assert place.now(hook).failing_ms is not None
    place.clock.advance(5 * 24 * hour_ms)
    assert place.round() == 1
    assert place.now(hook).state == "failing"
    place.say(2)
    assert place.round() == 0
    notices = place.browser().get("/v1/notices").json()["notices"]
    (told,) = [one for one in notices if one["kind"] == "webhook-stopped"]
    assert told["waits"] is True
    assert told["link"] == f"/webhooks/{hook.id}"
    place.receiver.answers = []
    place.desk.resume(officer, hook.id)
    assert place.round() == 3
    assert {state for state, _, _ in place.states(hook)} == {"delivered"}
    assert place.now(hook).failing_ms is None
    notices = place.browser().get("/v1/notices").json()["notices"]
    assert [one for one in notices if one["kind"] == "webhook-stopped"] == []


def test_an_address_that_says_it_is_gone_is_believed(place: Hooked) -> None:
    hook = place.hook()
    place.say()
    place.receiver.answers = [(410, {})]
    place.round()
    assert place.now(hook).state == "gone"
    place.say()
    assert place.round() == 0


def test_a_receiver_that_hangs_holds_nothing_up(
    place: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "total_timeout_s", 0.3)
    hook = place.hook()
    place.say()
    place.receiver.hangs = threading.Event()
    try:
        assert place.round() == 1
    finally:
        place.receiver.hangs.set()
    assert place.states(hook) == [("waiting", 1, "timeout")]


def test_whoever_dies_while_sending_leaves_it_to_be_sent_again(place: Hooked) -> None:
    hook = place.hook()
    place.say()
    place.rounds.plan()
    now_ms = place.clock.now_ms()
    with place.node.store.note() as transaction:
        claimed = transaction.webhooks.claim(now_ms, now_ms + rounds.claim_ms, 10)
        assert len(claimed) == 1
        assert transaction.webhooks.claim(now_ms, now_ms + rounds.claim_ms, 10) == []
    assert place.round() == 0
    place.clock.advance(rounds.claim_ms)
    assert place.round() == 1
    assert place.states(hook) == [("delivered", 1, None)]


def test_a_secret_is_replaced_while_both_sign(place: Hooked) -> None:
    for scheme in ("v1a", "v1"):
        hook = place.hook(scheme=scheme)
        old = place.desk.secret(hook).shown()
        changed, new = place.desk.rotate(officer, hook.id, 24)
        assert old != new.shown()
        place.say()
        place.round()
        got = place.receiver.got[-1]
        assert got.signed_by(old)
        assert got.signed_by(new.shown())
        place.clock.advance(24 * hour_ms)
        place.say()
        place.round()
        late = [one for one in place.receiver.got if one.signed_by(new.shown())]
        assert late
        assert not late[-1].signed_by(old)
        assert repr(new) == f"Secret({scheme})"
        place.desk.remove(officer, changed.id)
    files = [path.read_bytes() for path in place.node.settings.folder.rglob("*") if path.is_file()]
    with place.node.store.read() as transaction:
        assert transaction.webhooks.all() == []
    assert not any(new.shown()[6:].encode() in data for data in files)


def test_bodies_go_only_as_far_as_their_grade_lets_them(tmp_path: Path, sqlite_url: str) -> None:
    """A grade that was raised between entry and delivery counts."""
    with rigged(tmp_path, sqlite_url) as rig, hooked(rig) as place:
        hook = place.hook(content="body")
        (name,) = place.say()
        place.round()
        (got,) = place.receiver.got
        assert got.event["data"]["body"]["what"]["person"]
        with place.node.store.read() as transaction:
            rows = [
                row
                for day in transaction.reads.days("9999")
                for _, row in transaction.reads.of_day(day)
            ]
        assert any(hook.id.encode() in row for row in rows)
        place.say()
        raised = RaiseGrade(
            organisation=core, thing=f"type:{propose_type}", grade="restricted", reason="risk"
        )
        assert code(place.rig.world, first, "grade.raise", raised) == "accepted"
        place.round()
        assert len(place.receiver.got) == 1
        assert place.states(hook)[-1] == ("withheld", 0, "not-readable")
        assert name not in str(place.receiver.got)


def test_only_what_was_chosen_is_told(place: Hooked) -> None:
    none = place.hook(types=("finance.*",))
    other = place.hook(parties=(supplier,))
    every = place.hook(types=("identity.*",))
    place.say(2)
    place.round()
    assert place.states(none) == place.states(other) == []
    assert [state for state, _, _ in place.states(every)] == ["delivered"] * 2


def test_others_know_nothing_of_it(place: Hooked) -> None:
    hook = place.hook()
    with pytest.raises(WebhookUnknown):
        place.desk.one(supplier, hook.id)
    with pytest.raises(NotYoursToHook):
        place.desk.test(warehouse, hook.id)


def test_over_tls_the_certificate_is_of_the_name_that_was_asked(
    place: Hooked, tmp_path: Path
) -> None:
    """Connected to the address that was judged, checked for the name of the webhook."""
    server, trusted = certified(tmp_path, "localhost")
    place.rounds.context = trusted
    with receiving(server) as secure:
        hook = place.hook(address=secure.url)
        place.desk.test(officer, hook.id)
        place.round()
        assert place.states(hook) == [("delivered", 1, None)]
        assert secure.got[0].headers["host"].startswith("localhost:")
        wrong = place.hook(address=secure.url.replace("localhost", "127.0.0.1"))
        place.desk.test(officer, wrong.id)
        place.round()
        assert place.states(wrong) == [("waiting", 1, "ConnectError")]
    assert len(secure.got) == 1


def test_what_was_done_is_forgotten_after_a_month(place: Hooked) -> None:
    hook = place.hook()
    place.say()
    place.round()
    place.clock.advance(31 * 24 * hour_ms)
    place.round()
    assert place.states(hook) == []


def test_two_processes_send_nothing_twice(place: Hooked) -> None:
    hook = place.hook()
    place.say(4)
    twin = rounds.Rounds(place.node, SetClock("2026-01-06T00:00:00.000Z"))
    place.rounds.plan()
    twin.plan()
    threads = [threading.Thread(target=one.work) for one in (place.rounds, twin)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(place.receiver.got) == len(set(place.receiver.ids())) == 4
    assert len(place.states(hook)) == 4
