"""A running node as its operator sees it: what is checked, and what is read for metrics every two seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily, Metric

from tallystick.app.bootstrap import Node
from tallystick.app.machines.metrics import MachineMetrics
from tallystick.app.operations import checks
from tallystick.app.operations.metrics import WriterMetrics
from tallystick.app.operations.reasons import (
    CheckpointLate,
    DatabaseUnwritable,
    NotFinal,
    OutboxStalled,
    OutboxWorkerEnded,
    SignerMemoryUnusable,
    WitnessDisputes,
)
from tallystick.app.operations.service import Service
from tallystick.app.operations.trail import Trail
from tallystick.app.operations.watchman import Check, Watchman
from tallystick.ledger import (
    Finality,
    LogFenced,
    Sequencer,
    SystemClock,
    TallystickError,
    from_instant,
    witness,
)

_ns, _ms = 1_000_000_000, 1_000_000
#: A checkpoint comes a second after its entries; receipts promise three.
checkpoint_late_ms = 10_000
not_final_after_ms = 60_000
#: An idle database is written to so often, to see that it can be.
write_every_ms = 5000
outbox_untried_ms = 60_000
batches_every_ms = 60_000
#: The sequencer comes round four times a second, unless it waits for the database.
sequencer_slow_ms = 20_000
#: Beyond the longest wait for the database (120 s) only a restart helps.
sequencer_stuck_ms = 150_000


@dataclass
class Facts:
    """What the last look at the store found."""

    finality: Finality | None = None
    checkpoint_ms: int = 0
    outbox: list[tuple[str, int, int]] = field(default_factory=list)


class NodeOperations:
    """Checks and metrics of one node. Without `running` it only reads; `worker`: whether its worker lives."""

    def __init__(
        self, node: Node, *, appends: bool = False, worker: Callable[[], bool] | None = None
    ) -> None:
        self.node = node
        self.facts = Facts()
        self._appends = appends
        self._worker = worker
        self._sequencer: Sequencer | None = None
        self._trail = Trail()
        self._untried: tuple[tuple[str, str], int] | None = None
        self.service = Service(
            Watchman(self._slow(), (self._unfenced, self._sequencer_works, self._worker_lives)),
            (self._sequencer_lives,),
            self._told,
        )
        self.written = WriterMetrics(self.service.registry)
        self.machines = MachineMetrics(self.service.registry)
        self.service.registry.register(self)

    def running(self, sequencer: Sequencer) -> None:
        """From now on this one appends, and is watched."""
        self._sequencer = sequencer
        sequencer.watch = self.written

    def _slow(self) -> list[Check]:
        settings = self.node.settings
        folders = checks.data_folders(settings.folder, settings.database)
        found: list[Check] = [
            checks.database_answers(self.node.store),
            self._look_at_log,
            self._witnesses_agree,
            checks.disk_has_room(folders, settings.disk_free_bytes_min),
        ]
        if self._appends:
            found += [self._look_at_outbox, self._signer_remembers, self._database_takes_writes]
            found.append(checks.seldom(checks.batches_are_kept(self.node), batches_every_ms))
        return found

    def _told(self) -> dict[str, object]:
        """Members of `/readyz`, as of now."""
        with self.node.reader.open() as snapshot:
            found = snapshot.finality()
            origin = snapshot.view.get("log", "genesis")
        told: dict[str, object] = {"origin": origin["origin"] if origin else None}
        told |= {"size": found.size, "sealed": found.sealed, "final": found.final, "why": found.why}
        fence = self.node.memory().fence()
        if fence:
            told |= {"status": "fenced", "code": LogFenced.code, "fence": fence.detail}
        return told

    # --- fast checks ---

    def _unfenced(self) -> None:
        fence = self.node.memory().fence()
        if fence is not None:
            raise LogFenced(fence.detail)

    def _sequencer_works(self) -> None:
        if self._sequencer is not None:
            self._sequencer.require_alive(sequencer_slow_ms)

    def _sequencer_lives(self) -> None:
        if self._sequencer is not None:
            self._sequencer.require_alive(sequencer_stuck_ms)

    def _worker_lives(self) -> None:
        if self._worker is not None and not self._worker():
            raise OutboxWorkerEnded

    # --- slow checks ---

    def _look_at_log(self) -> None:
        try:
            with self.node.reader.open() as snapshot:
                found = snapshot.finality()
                block = snapshot.view.get("log", "block")
        except TallystickError:
            return  # `database_answers` says so.
        self.facts.finality = found
        self.facts.checkpoint_ms = from_instant(str(block["time"])) if block else 0
        self._trail.saw(found.size)
        self._trail.saw(found.sealed)
        late_ms = self._trail.behind_ns(found.sealed) // _ms
        if self._appends and late_ms > checkpoint_late_ms:
            raise CheckpointLate(f"{found.size - found.sealed} entries for {late_ms // 1000} s")
        if found.behind and self._trail.behind_ns(found.final) // _ms > not_final_after_ms:
            raise NotFinal(found.why)

    def _witnesses_agree(self) -> None:
        disputing = self.facts.finality.disputing if self.facts.finality else ()
        if disputing:
            raise WitnessDisputes("; ".join(one.why for one in disputing))

    def _look_at_outbox(self) -> None:
        try:
            with self.node.store.read() as transaction:
                self.facts.outbox = transaction.outbox.counts()
                oldest = transaction.outbox.waiting(1)
        except TallystickError:
            return
        now_ns = time.monotonic_ns()
        if not oldest or oldest[0][3] > 0:
            self._untried = None
            return
        name = (oldest[0][0], oldest[0][1])
        if self._untried is None or self._untried[0] != name:
            self._untried = (name, now_ns)
        waited_ms = (now_ns - self._untried[1]) // _ms
        if waited_ms > outbox_untried_ms:
            raise OutboxStalled(f"{name[0]} has waited for {waited_ms // 1000} s")

    def _signer_remembers(self) -> None:
        sealed = self.facts.finality.sealed if self.facts.finality else 0
        try:
            size, _ = self.node.memory().load()
        except (TallystickError, OSError) as error:
            raise SignerMemoryUnusable(str(error)) from None
        if size < sealed:
            raise SignerMemoryUnusable(f"it remembers {size} entries, {sealed} were signed")

    def _database_takes_writes(self) -> None:
        if (time.monotonic_ns() - self.written.written_ns) // _ms < write_every_ms:
            return
        try:
            self.node.store.require_writable()
        except TallystickError as error:
            raise DatabaseUnwritable(f"{error.code}: {error.detail}") from None
        self.written.written_ns = time.monotonic_ns()

    # --- metrics that are read, not counted ---

    def describe(self) -> Iterator[Metric]:
        """None are asked for when this is registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """From the last look, without touching the store."""
        waiting = self._sequencer.waiting() if self._sequencer else 0
        checking = self._sequencer.verifying() if self._sequencer else 0
        yield _gauge("queue_batches", "Requests that wait for the sequencer", waiting)
        yield _gauge("verification_chunks", "Chunks that the checking processes work on", checking)
        yield from self._outbox_metrics()
        if self.facts.finality is not None:
            yield from self._log_metrics(self.facts.finality)

    def _outbox_metrics(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily(
            "tallystick_outbox_open", "Side effects that are not done yet", labels=["job"]
        )
        failed = GaugeMetricFamily(
            "tallystick_outbox_failed", "Of them, tried in vain so far", labels=["job"]
        )
        for job, count, tried in self.facts.outbox:
            waiting.add_metric([job], count)
            failed.add_metric([job], tried)
        yield from (waiting, failed)

    def _log_metrics(self, found: Finality) -> Iterator[Metric]:
        age_s = max(0, SystemClock().now_ms() - self.facts.checkpoint_ms) // 1000
        yield _gauge("log_entries", "Entries in the log", found.size)
        yield _gauge("sealed_entries", "Entries that the newest checkpoint covers", found.sealed)
        yield _gauge(
            "checkpoint_age_seconds", "Age of the newest block; it grows while idle", age_s
        )
        yield _gauge(
            "unsealed_seconds",
            "For how long entries have waited for a checkpoint",
            self._trail.behind_ns(found.sealed) / _ns,
        )
        yield _gauge("fenced", "1 while the log may not sign", int(self._fenced()))
        if found.policy.is_none:
            return
        yield _gauge(
            "final_entries", "Entries that the newest final checkpoint covers", found.final
        )
        yield _gauge(
            "finality_lag_seconds",
            "For how long something sealed has not been final",
            self._trail.behind_ns(found.final) / _ns if found.behind else 0,
        )
        yield from self._witness_metrics(found)

    def _witness_metrics(self, found: Finality) -> Iterator[Metric]:
        entries = _family("witness_lag_entries", "Sealed entries that the witness has not cosigned")
        seconds = _family(
            "witness_lag_seconds", "For how long it has not cosigned something sealed"
        )
        answers = _family("witness_cosigned", "1 if it cosigned when it was asked last")
        disputes = _family(
            "witness_disputes", "1 if it said, when it was asked last, that the log is wrong"
        )
        for one in found.witnesses:
            name = [witness.printable(one.name)]
            behind = one.cosigned < found.sealed
            entries.add_metric(name, max(0, found.sealed - one.cosigned))
            seconds.add_metric(name, self._trail.behind_ns(one.cosigned) / _ns if behind else 0)
            answers.add_metric(name, int(one.code == "cosigned"))
            disputes.add_metric(name, int(one.disputes))
        yield from (entries, seconds, answers, disputes)

    def _fenced(self) -> bool:
        return self.node.memory().fence() is not None


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tallystick_{name}", said, value=value)


def _family(name: str, said: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tallystick_{name}", said, labels=["witness"])
