"""A running mirror as its operator sees it: what is checked, and its metrics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily, Metric

from tallystick.app.mirror.running import Running
from tallystick.app.operations import Service, checks
from tallystick.app.operations.reasons import (
    DatabaseUnwritable,
    MirrorLagging,
    MirrorNotAgreeing,
    MirrorThreadEnded,
)
from tallystick.app.operations.trail import Trail
from tallystick.app.operations.watchman import Watchman
from tallystick.ledger import TallystickError, mirror

_ns = 1_000_000_000
lagging_after_s = 60


def service(running: Running) -> Service:
    """Ready while it can follow and write; that it refuses or lags is a warning, for its pages must be read."""
    return _Watched(running).service()


@dataclass(eq=False)
class _Watched:
    running: Running
    trail: Trail = field(default_factory=Trail)
    standing: mirror.Standing | None = None
    overdue: int = 0

    def service(self) -> Service:
        settings, store = self.running.node.settings, self.running.node.store
        folders = checks.data_folders(settings.folder, settings.database)
        slow = (
            checks.database_answers(store),
            self._writes,
            self._stands,
            checks.disk_has_room(folders, settings.disk_free_bytes_min),
        )
        made = Service(Watchman(slow, (self._follows, self._agrees)), (self._follows,))
        made.registry.register(self)
        return made

    def _follows(self) -> None:
        if self.running.at_work.ended():
            raise MirrorThreadEnded

    def _agrees(self) -> None:
        try:
            self.running.at_work.require_agreement()
        except mirror.MirrorRefuses as error:
            raise MirrorNotAgreeing(error.detail) from None

    def _writes(self) -> None:
        try:
            self.running.node.store.require_writable()
        except TallystickError as error:
            raise DatabaseUnwritable(f"{error.code}: {error.detail}") from None

    def _stands(self) -> None:
        try:
            self.standing = found = self.running.at_work.standing()
            self.overdue = len(self.running.seen.overdue())
        except TallystickError:
            return  # `database_answers` says so.
        self.trail.saw(found.newest)
        behind_s = self.trail.behind_ns(found.size) // _ns
        if behind_s > lagging_after_s:
            why = found.problem.code if found.problem else "it is catching up"
            raise MirrorLagging(f"{found.newest - found.size} entries for {behind_s} s: {why}")

    # --- metrics ---

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        found = self.standing
        if found is None:
            return
        problem = GaugeMetricFamily(
            "tallystick_mirror_problem", "1 for why its last round failed", labels=["code"]
        )
        if found.problem is not None:
            problem.add_metric([found.problem.code], 1)
        yield problem
        behind = self.trail.behind_ns(found.size) / _ns
        for name, said, value in (
            ("entries", "Entries that it holds", found.size),
            (
                "lag_entries",
                "Entries of the newest checkpoint that it lacks",
                found.newest - found.size,
            ),
            ("lag_seconds", "For how long it has known of entries that it lacks", behind),
            ("refuses", "1 while it refuses the log", int(found.refusal is not None)),
            ("overdue_entries", "Entries that it saw and that are not in the log", self.overdue),
        ):
            yield GaugeMetricFamily(f"tallystick_mirror_{name}", said, value=value)
