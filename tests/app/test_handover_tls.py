"""TLS between API processes and the sequencer: each shows its certificate, and believes those in its file alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from tests.app.test_handover import note, sequencing
from tests.end_to_end.test_serving import free_port
from tests.ledger.world import World, rules_with_notes
from typer.testing import CliRunner

from tallystick.app import certificate_cli
from tallystick.app.cli import cli
from tallystick.app.handover import (
    Address,
    HandoverTlsUnusable,
    RemoteLog,
    Secured,
    SequencerUnreachable,
)
from tallystick.app.settings import Settings
from tallystick.ledger import SystemClock


def made(folder: Path, *hosts: str) -> Path:
    pair = certificate_cli.make(SystemClock(), hosts or ("127.0.0.1",), 1, between=True)
    folder.mkdir()
    (folder / "certificate.pem").write_bytes(pair.certificate)
    (folder / "key.pem").write_bytes(pair.key)
    return folder


def shows(own: Path, *others: Path) -> Secured:
    """Shows its own, and believes those of others."""
    believed = own / "trusted.pem"
    believed.write_bytes(b"".join((one / "certificate.pem").read_bytes() for one in others))
    return Secured(own / "certificate.pem", own / "key.pem", believed)


@dataclass
class Stage:
    folder: Path
    world: World
    address: Address
    sequencer: Path
    api: Path

    def submits(self, secured: Secured | None, address: Address | None = None) -> int:
        """The index of an entry that is handed over so."""
        log = RemoteLog(address or self.address, secured)
        try:
            (answer,) = log.submit([note(self.world, "by TLS")])
            return answer.index
        finally:
            log.close()


@pytest.fixture
def stage(tmp_path: Path, sqlite_url: str) -> Iterator[Stage]:
    world = World(sqlite_url, tmp_path / "home", rules=rules_with_notes())
    world.populate()
    sequencer, api = made(tmp_path / "sequencer"), made(tmp_path / "api")
    address = Address.parse(f"https://127.0.0.1:{free_port()}")
    with sequencing(world, address, shows(sequencer, api).listening()):
        yield Stage(tmp_path, world, address, sequencer, api)


def test_each_side_shows_its_certificate(stage: Stage) -> None:
    first = stage.submits(shows(stage.api, stage.sequencer))
    assert stage.submits(shows(stage.api, stage.sequencer)) > first


def test_nobody_else_hands_in_and_nobody_else_is_handed_to(stage: Stage) -> None:
    """Over http:// whoever reached the port could do either."""
    size = stage.world.audit().size
    stranger = made(stage.folder / "stranger")
    clear = Address.parse(f"http://127.0.0.1:{stage.address.port}")
    for wrong, address in (
        (shows(stranger, stage.sequencer), stage.address),
        (shows(stage.api, stranger), stage.address),
        (None, stage.address),
        (None, clear),
    ):
        with pytest.raises(SequencerUnreachable):
            stage.submits(wrong, address)
    assert stage.world.audit().size == size


def test_the_sequencers_certificate_names_the_host_that_was_asked(
    tmp_path: Path, sqlite_url: str
) -> None:
    world = World(sqlite_url, tmp_path / "home", rules=rules_with_notes())
    world.populate()
    elsewhere, api = made(tmp_path / "elsewhere", "10.0.0.5"), made(tmp_path / "api")
    address = Address.parse(f"https://127.0.0.1:{free_port()}")
    stage = Stage(tmp_path, world, address, elsewhere, api)
    with (
        sequencing(world, address, shows(elsewhere, api).listening()),
        pytest.raises(SequencerUnreachable, match="IP address mismatch"),
    ):
        stage.submits(shows(api, elsewhere))


def settings(folder: Path, **files: Path) -> Settings:
    return Settings(home=folder, **files)  # type: ignore[arg-type]


def test_half_of_the_settings_protects_nothing(tmp_path: Path) -> None:
    https, http = Address.parse("https://10.0.0.5:8030"), Address.parse("http://10.0.0.5:8030")
    own, other = made(tmp_path / "own"), made(tmp_path / "other")
    certificate, key = own / "certificate.pem", own / "key.pem"
    with pytest.raises(HandoverTlsUnusable):
        Secured.of(https, settings(tmp_path))
    with pytest.raises(HandoverTlsUnusable):
        Secured.of(https, settings(tmp_path, sequencer_certificate=certificate, sequencer_key=key))
    whole = settings(
        tmp_path,
        sequencer_certificate=certificate,
        sequencer_key=key,
        sequencer_trusted=certificate,
    )
    assert Secured.of(https, whole) == Secured(certificate, key, certificate)
    with pytest.raises(HandoverTlsUnusable, match="not protected"):
        Secured.of(http, whole)
    for broken in (
        Secured(certificate, other / "key.pem", certificate),
        Secured(certificate, key, key),
        Secured(certificate, key, tmp_path / "none.pem"),
    ):
        with pytest.raises(HandoverTlsUnusable):
            broken.calling()
        with pytest.raises(HandoverTlsUnusable):
            broken.listening()


def test_a_way_in_clear_is_told_at_the_start(tmp_path: Path) -> None:
    own = settings(tmp_path)
    with structlog.testing.capture_logs() as told:
        assert Secured.of(Address.parse("http://10.0.0.5:8030"), own) is None
    assert [(line["event"], line["log_level"]) for line in told] == [
        ("handover-in-clear", "warning")
    ]
    near = ("http://127.0.0.1:8030", "http://[::1]:8030", "http://localhost:8030", "/s")
    with structlog.testing.capture_logs() as told:
        assert [Secured.of(Address.parse(address), own) for address in near] == [None] * 4
    assert told == []


def test_an_address_of_version_6_is_written_as_it_was(tmp_path: Path) -> None:
    """`http://[::1]:8030` became `http://::1:8030`, which nobody can ask."""
    assert str(Address.parse("https://[::1]:8030")) == "https://[::1]:8030"


def test_the_command_makes_a_pair_for_either_side(tmp_path: Path) -> None:
    for name in ("one", "two"):
        told = CliRunner().invoke(
            cli, ["certificate", str(tmp_path / name), "--host", "127.0.0.1", "--between"]
        )
        assert told.exit_code == 0
    both = shows(tmp_path / "one", tmp_path / "two")
    assert both.listening().verify_mode == both.calling().verify_mode
    wrong = CliRunner().invoke(
        cli, ["certificate", str(tmp_path / "x"), "--user", "300:99/X", "--between"]
    )
    assert wrong.exit_code == 2
