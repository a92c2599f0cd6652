"""`/readyz` and `/healthz` tell the truth: each condition is made to fail for real, and to recover."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import pytest
from tests import postgres
from tests.app.operations.house import House, housed, until
from tests.conftest import missing

from tallystick.app.operations import node as node_module
from tallystick.app.operations import reasons, watchman
from tallystick.app.operations.watchman import Watchman
from tallystick.ledger import Fence, TallystickError

disk_move_bytes = 1 << 30


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with housed(tmp_path / "home") as made:
        yield made


def test_a_node_in_order_is_ready_and_healthy(house: House) -> None:
    assert house.send().status_code == 200
    answer = house.client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["size"] >= 3
    assert house.client.get("/healthz").json() == {"status": "ok", "reasons": [], "warnings": []}


@pytest.mark.slow
def test_a_database_server_that_stops_and_comes_back(tmp_path: Path) -> None:
    """The server is really stopped; while it is away nothing is accepted, and nothing needs a restart."""
    try:
        programs = postgres.find_programs()
    except postgres.Unavailable as why:
        missing(str(why))
    folder = Path(tempfile.mkdtemp(prefix="tallystick-pg-", dir="/tmp"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        running = stack.enter_context(ExitStack())
        with postgres.private_cluster(programs, folder) as url:
            shown = url.render_as_string(hide_password=False)
            house = running.enter_context(housed(tmp_path / "home", shown))
            assert house.send().status_code == 200
            house.recovers()
        house.becomes("database-unreachable")
        refused = house.send()
        assert (refused.status_code, refused.json()["code"]) == (503, "store-unusable")
        assert int(refused.headers["retry-after"]) > 0
        house.becomes("database-unwritable")
        assert house.client.get("/healthz").status_code == 200, "a restart would not help"
        # Nothing of where the database is leaves by the public port.
        assert str(folder) not in house.client.get("/readyz").text
        assert str(folder) in str(house.operations.service.ready(detailed=True))
        with postgres.cluster_again(programs, folder):
            house.recovers()
            assert house.send().status_code == 200
            running.close()


def test_a_fence_and_its_lifting(house: House) -> None:
    house.node.memory().set_fence(Fence(90, "a witness cosigned 90 entries"))
    assert house.ready() == (503, {"log-fenced"})
    assert house.client.get("/readyz").json()["status"] == "fenced"
    assert house.send().json()["code"] == "log-fenced"
    house.node.memory().lift_fence(90)
    house.recovers()
    assert house.send().status_code == 200


@pytest.mark.parametrize("told", [b"{", b'{"size": 1, "root": "' + b"00" * 32 + b'"}', None])
def test_a_signer_without_its_memory(house: House, told: bytes | None) -> None:
    """Damaged, from an old copy, or gone."""
    path = house.node.settings.folder / "signer" / "last.json"
    before = path.read_bytes()
    if told is None:
        path.unlink()
    else:
        path.write_bytes(told)
    house.becomes("signer-memory-unusable")
    path.write_bytes(before)
    house.recovers()


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    if free < 3 * disk_move_bytes:
        pytest.skip("less than 3 GiB are free here: nothing is filled up")
    with housed(tmp_path / "home", disk_free_bytes_min=free - disk_move_bytes // 2) as house:
        house.recovers()
        filler = tmp_path / "filler"
        try:
            with filler.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, disk_move_bytes)
            house.becomes("disk-low")
        finally:
            filler.unlink()
        house.recovers()


def test_a_sequencer_that_died(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sends is told at once, and does not wait a minute for an answer that cannot come."""

    def die(_begun: object) -> NoReturn:
        raise SystemExit("killed")

    monkeypatch.setattr(house.book, "take", die)
    monkeypatch.setattr(threading, "excepthook", lambda _told: None)
    for _ in range(2):
        refused = house.send()
        assert (refused.status_code, refused.json()["code"]) == (503, "sequencer-dead")
    assert house.ready() == (503, {"sequencer-dead"})
    health = house.client.get("/healthz")
    assert (health.status_code, health.json()["reasons"][0]["code"]) == (503, "sequencer-dead")


def test_a_node_started_again_after_that_is_ready(tmp_path: Path) -> None:
    with housed(tmp_path / "home") as house:
        node = house.node
    from fastapi.testclient import TestClient

    from tallystick.app.http import create_app

    with node.writer() as book, TestClient(create_app(node, book)) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 200
    node.store.close()


def test_checkpoints_that_do_not_come(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_told: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(node_module, "checkpoint_late_ms", 50)
    whole = house.book.seal
    monkeypatch.setattr(house.book, "seal", fail)
    assert house.send().status_code == 200
    house.becomes("checkpoint-late")
    monkeypatch.setattr(house.book, "seal", whole)
    house.recovers()


def test_an_outbox_that_nobody_works_off(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_module, "outbox_untried_ms", 20)
    house.becomes("outbox-stalled")
    with house.node.store.write() as transaction:
        for job, key, _payload, _attempts in transaction.outbox.waiting(100):
            transaction.outbox.close(job, key, done="2026-01-05T01:00:00.000Z", problem=None)
    house.recovers()


def test_a_process_that_stops(house: House) -> None:
    house.operations.service.standing.begin_stopping()
    assert house.ready() == (503, {"stopping"})
    refused = house.send()
    assert (refused.status_code, refused.json()["code"]) == (503, "stopping")
    assert (refused.headers["retry-after"], refused.headers["connection"]) == ("1", "close")
    assert house.client.get("/healthz").status_code == 200


def test_checks_that_hang_are_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that neither answers nor refuses must not leave the last good report standing."""
    monkeypatch.setattr(watchman, "late_after_ms", 30)
    hangs, goes_on = threading.Event(), threading.Event()

    def check() -> None:
        if hangs.is_set():
            goes_on.wait(20)

    looking = Watchman((check,), every_ms=5)
    looking.start()
    assert looking.report().reasons == ()
    hangs.set()
    until(lambda: [one.code for one in looking.report().reasons] == ["checks-late"])
    hangs.clear()
    goes_on.set()
    until(lambda: looking.report().reasons == ())
    looking.stop()


def test_a_check_with_a_defect_is_a_reason_of_its_own() -> None:
    def defect() -> NoReturn:
        raise ZeroDivisionError("of the check")

    report = watchman.checked([defect])
    assert [(one.code, "of the check" in one.detail) for one in report.reasons] == [
        ("check-failed", True)
    ]


def test_what_only_warns_leaves_a_process_ready() -> None:
    def warn() -> NoReturn:
        raise reasons.NotFinal("2 of 3")

    report = watchman.checked([warn])
    assert (report.reasons, [one.code for one in report.warnings]) == ((), ["not-final"])


def test_nothing_but_code_title_and_advice_is_for_the_public(house: House) -> None:
    def secret() -> NoReturn:
        raise reasons.CheckFailed("postgresql://user:hunter2@db.internal/ledger")

    house.operations.service.watchman.slow = (secret,)
    house.becomes("check-failed")
    told: Any = house.client.get("/readyz")
    assert "hunter2" not in told.text
    assert set(told.json()["reasons"][0]) == {"code", "title", "advice"}


def test_every_reason_is_an_error_with_advice() -> None:
    found = [error for error in vars(reasons).values() if isinstance(error, type)]
    named = [error for error in found if issubclass(error, TallystickError)]
    assert len(named) > 10
    assert all(
        error.advice and error.status == 503 for error in named if error is not TallystickError
    )
