"""Sessions are shared by all processes that serve one store, and end."""

from __future__ import annotations

import base64
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tallystick.app.handles import sessions
from tallystick.app.handles.sessions import Session, Sessions
from tallystick.identity import SessionEnded, TooManyFailures
from tallystick.ledger import SetClock, Store, vault

user = "301:99.7/U"


@dataclass
class Rig:
    """`one` and `other` share a store and a home folder, as two processes do, and nothing else."""

    one: Sessions
    other: Sessions
    clock: SetClock
    master: vault.KeyFile

    def pass_s(self, seconds: int) -> None:
        self.clock.advance(seconds * 1000)


@pytest.fixture
def rig(sqlite_url: str, tmp_path: Path) -> Iterator[Rig]:
    with made(sqlite_url, tmp_path) as rig:
        yield rig


@contextmanager
def made(url: str, tmp_path: Path) -> Iterator[Rig]:
    clock = SetClock("2026-03-05T08:00:00.000Z")
    stores = [Store(url) for _ in range(2)]
    stores[0].migrate()
    keys = [vault.KeyFile(tmp_path / "keys.json") for _ in range(2)]
    one, other = (Sessions(*told, clock) for told in zip(stores, keys, strict=True))
    yield Rig(one, other, clock, keys[0])
    for store in stores:
        store.close()


def is_over(kept: Sessions, name: str) -> bool:
    try:
        kept.get(name)
    except SessionEnded:
        return True
    return False


def log_in(kept: Sessions, identity: str = user) -> Session:
    return kept.answered(kept.take(kept.start().id), identity)


def process(url: str, keys: Path, name: str, told: Connection) -> None:
    """Another process answers a nonce, and says what it knows of the session."""
    store = Store(url)
    kept = Sessions(store, vault.KeyFile(keys))
    told.send(kept.answered(kept.take(name), user).told())
    store.close()


def test_a_process_knows_who_logged_in_at_another(postgres_url: str, tmp_path: Path) -> None:
    store = Store(postgres_url)
    store.migrate()
    kept = Sessions(store, vault.KeyFile(tmp_path / "keys.json"))
    begun = kept.start()
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    told = (postgres_url, tmp_path / "keys.json", begun.id, there)
    other = context.Process(target=process, args=told)
    other.start()
    try:
        assert here.poll(60)
        assert here.recv() == kept.get(begun.id).told()
    finally:
        other.join()
    assert kept.get(begun.id).identity == user
    with pytest.raises(SessionEnded):
        kept.take(begun.id)
    store.close()


def test_what_one_process_began_another_goes_on_with(rig: Rig) -> None:
    begun = rig.one.start()
    assert rig.other.get(begun.id) == begun
    taken = rig.other.take(begun.id)
    assert taken.nonce == begun.nonce
    assert is_over(rig.one, begun.id)
    rig.other.answered(taken, user)
    told = rig.one.get(begun.id)
    assert (told.identity, told.nonce == begun.nonce) == (user, False)
    rig.one.close(begun.id)
    assert is_over(rig.other, begun.id)


def test_a_nonce_is_answered_once_whoever_is_asked(database_url: str, tmp_path: Path) -> None:
    with made(database_url, tmp_path) as rig:
        _answered_once(rig)


def _answered_once(rig: Rig) -> None:
    begun = rig.one.start()

    def take(kept: Sessions) -> bool:
        try:
            kept.take(begun.id)
        except SessionEnded:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(take, [rig.one, rig.other] * 2))
    assert sorted(told) == [False, False, False, True]


def test_sessions_end(rig: Rig) -> None:
    waiting, answered = rig.one.start(), log_in(rig.one)
    rig.pass_s(sessions.answer_within_s)
    with pytest.raises(SessionEnded):
        rig.other.take(waiting.id)
    assert is_over(rig.other, waiting.id)
    assert rig.other.get(answered.id).identity == user
    rig.pass_s(sessions.lasts_s)
    assert is_over(rig.one, answered.id)
    # What has ended is forgotten, and begins not again.
    log_in(rig.one)
    with pytest.raises(SessionEnded):
        rig.one.take(answered.id)


def test_one_that_is_closed_cannot_be_answered(rig: Rig) -> None:
    begun = rig.one.start()
    rig.one.close(begun.id)
    with pytest.raises(SessionEnded):
        rig.other.take(begun.id)


def test_they_are_bounded(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "sessions_max", 3)
    begun = [rig.one.start() for _ in range(9)]
    for _ in range(3):
        rig.one.start(user)
    for kept in (rig.one, rig.other):
        with pytest.raises(TooManyFailures):
            kept.start(user)
        with pytest.raises(TooManyFailures):
            kept.take(begun[0].id)
    # What waits costs nothing, and waits on.
    assert not is_over(rig.one, begun[0].id)
    rig.pass_s(sessions.lasts_s)
    assert rig.other.start(user).identity == user


def test_a_name_that_no_process_made_is_none(rig: Rig) -> None:
    whole = base64.urlsafe_b64decode(rig.one.start().id)
    spoilt = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]
    for data in (*spoilt, whole[:-1], whole[:8], b"", whole + b"\0"):
        assert is_over(rig.one, base64.urlsafe_b64encode(data).decode())
    for name in ("x", "电", "=" * 9, "a" * 5000):
        assert is_over(rig.one, name)


def test_a_rotation_of_the_master_key_ends_none(rig: Rig) -> None:
    waiting, answered = rig.one.start(), log_in(rig.one)
    rig.master.make_current()
    assert rig.other.take(waiting.id).nonce == waiting.nonce
    assert rig.other.get(answered.id).identity == user


def test_no_name_stands_in_the_store(rig: Rig) -> None:
    session = log_in(rig.one)
    with rig.one._store.read() as transaction:
        (row,) = transaction.rows("login_session")
    assert session.id not in row
    assert user in row
