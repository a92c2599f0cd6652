"""A witness and a mirror say how they are, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.app.mirror.rig import Rig, rigged
from tests.app.operations.house import codes, until
from tests.app.operations.test_metrics import read

from tallystick.app.mirror import watching as mirror_watching
from tallystick.app.mirror.serving import create_app as create_mirror_app
from tallystick.app.operations import Service
from tallystick.app.settings import Settings
from tallystick.app.witness import watching
from tallystick.app.witness.home import WitnessHome
from tallystick.app.witness.serving import create_app
from tallystick.ledger import PrivateKey, SystemClock, Verifier
from tallystick.ledger.mirror import MirrorRefuses

log = "log.example/watched"


def test_a_witness_that_loses_its_memory_or_its_disk(tmp_path: Path) -> None:
    home = WitnessHome(tmp_path)
    home.create("witness.example/w1")
    home.add_log(Verifier(log, PrivateKey.generate().public))
    settings = Settings(home=tmp_path)
    with home.open(SystemClock()) as opened:
        service = watching.service(home, opened, settings)
        service.watchman.every_ms = 10
        with TestClient(create_app(opened, None, service)) as client:
            assert codes(client) == (200, set())
            assert _told(service)[("tallystick_witness_cosigned_entries", log)] == 0
            state = next((home.folder / "state").iterdir())
            kept = state.read_bytes()
            for damaged in (b"damaged", None):
                if damaged is None:
                    state.unlink()
                else:
                    state.write_bytes(damaged)
                until(lambda: codes(client) == (503, {"witness-memory-lost"}))
                state.write_bytes(kept)
                until(lambda: codes(client) == (200, set()))
            away = home.folder.rename(tmp_path / "away")
            until(lambda: "folder-unwritable" in codes(client)[1])
            assert client.get("/healthz").status_code == 200
            away.rename(home.folder)
            until(lambda: codes(client) == (200, set()))


def _told(service: Service) -> dict[tuple[str, str], float]:
    return read(service.metrics().decode())


@pytest.fixture
def rig(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with rigged(tmp_path, database_url, monkeypatch) as made:
        yield made


def test_a_mirror_that_refuses_lags_or_ends(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays ready while it refuses: its pages say what it refuses, and must be reachable."""
    service = mirror_watching.service(rig.running)
    service.watchman.every_ms = 10
    with TestClient(create_mirror_app(rig.running, service)) as client:
        until(lambda: rig.node_size() == rig.world.memory.load()[0])
        until(lambda: codes(client) == (200, set()))
        until(lambda: _told(service)[("tallystick_mirror_lag_entries", "")] == 0)
        assert _told(service)[("tallystick_mirror_refuses", "")] == 0

        def refuse(*_told: object) -> None:
            raise MirrorRefuses("the rule of this test", 7, "test-rule")

        monkeypatch.setattr(mirror_watching, "lagging_after_s", 0)
        follows = rig.running.at_work._follows
        monkeypatch.setattr(follows, "follow", refuse)
        rig.grow(3)
        until(lambda: codes(client) == (200, {"mirror-not-agreeing", "mirror-lagging"}))
        until(lambda: _told(service)[("tallystick_mirror_lag_entries", "")] >= 3)
        assert _told(service)[("tallystick_mirror_refuses", "")] == 1
        assert _told(service)[("tallystick_mirror_lag_seconds", "")] > 0
        rig.running.at_work.stop()
        until(lambda: codes(client)[0] == 503)
        assert "mirror-thread-ended" in codes(client)[1]
        assert client.get("/healthz").status_code == 503
