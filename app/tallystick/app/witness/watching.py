"""A running witness as its operator sees it: what is checked, and its metrics."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from tallystick.app.operations import Service, checks
from tallystick.app.operations.reasons import WitnessMemoryLost
from tallystick.app.operations.watchman import Watchman
from tallystick.app.settings import Settings
from tallystick.app.witness.home import WitnessHome
from tallystick.ledger import TallystickError, witness


def service(home: WitnessHome, opened: witness.Witness, settings: Settings) -> Service:
    """Ready while every memory is there and a new one could be written."""

    def remembers() -> None:
        known = [log.newest.checkpoint for log in opened.status()]
        for checkpoint in known:
            try:
                stored = home.memory.load(checkpoint.origin).checkpoint.size
            except TallystickError as error:
                raise WitnessMemoryLost(f"{checkpoint.origin}: {error.detail}") from None
            if stored < checkpoint.size:
                said = (
                    f"{checkpoint.origin}: {stored} entries are stored, {checkpoint.size} cosigned"
                )
                raise WitnessMemoryLost(said)

    room = checks.disk_has_room([home.folder], settings.disk_free_bytes_min)
    made = Service(Watchman((remembers, checks.folder_takes_files(home.folder), room)))
    made.registry.register(_Metrics(opened))
    return made


class _Metrics:
    """By log: what was cosigned last, and evidence of forks."""

    def __init__(self, opened: witness.Witness) -> None:
        self._opened = opened

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        sizes = _family("cosigned_entries", "Entries of the log that the witness cosigned")
        times = _family(
            "cosigned_timestamp_seconds", "When it first cosigned that, by its own clock"
        )
        forks = _family("fork_evidence", "Pieces of evidence that the log showed two histories")
        for log in self._opened.status():
            name = [log.newest.checkpoint.origin]
            sizes.add_metric(name, log.newest.checkpoint.size)
            times.add_metric(name, log.time_s or 0)
            forks.add_metric(name, log.evidence)
        yield from (sizes, times, forks)


def _family(name: str, said: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tallystick_witness_{name}", said, labels=["log"])
