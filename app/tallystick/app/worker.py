"""The outbox worker (Celery): side effects of what is in the log, done at least once.

Rows of the outbox are written in the transaction of what they follow from. A beat hands open rows to
tasks; a task is idempotent by (job, key), and its failure stays visible in the row until it succeeds.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from functools import lru_cache

import structlog
from celery import Celery, signals

from tallystick.app import publishing, witnessing
from tallystick.app.anchor import job as anchoring
from tallystick.app.applications import sweeping
from tallystick.app.bootstrap import Node
from tallystick.app.credentials import reminding
from tallystick.app.equality import keeping as equality
from tallystick.app.late_witnesses import late_job
from tallystick.app.notices import mail
from tallystick.app.operations import configure_logs
from tallystick.app.settings import Settings
from tallystick.app.webhooks import rounds as webhooks
from tallystick.ledger import SystemClock, TallystickError, cosign_job, instant, publish_job

poll_interval_s = 1.0
rows_per_poll_max = 100
task_time_limit_s = 120
_log = structlog.get_logger()

jobs = {
    publish_job: publishing.publish,
    cosign_job: witnessing.cosign,
    late_job: witnessing.cosign_late,
    anchoring.anchor_job: anchoring.anchor_checkpoint,
    reminding.reminder_job: reminding.remind,
    mail.mail_job: mail.send,
    equality.equality_job: equality.tell,
}


@lru_cache(maxsize=1)
def _node() -> Node:
    return Node.at(Settings())


def make_celery(settings: Settings) -> Celery:
    """The Celery application; by default its broker is a folder in the home folder."""
    app = Celery("tallystick", broker=settings.broker)
    if settings.broker.startswith("filesystem"):
        folder = settings.folder / "queue"
        for name in ("messages", "done", "control"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        app.conf.broker_transport_options = {
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
            "processed_folder": str(folder / "done"),
            "store_processed": False,
        }
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_time_limit=task_time_limit_s,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        beat_schedule_filename=str(settings.folder / "beat"),
        beat_schedule={"outbox": {"task": "tallystick.outbox", "schedule": poll_interval_s}},
    )
    app.task(name="tallystick.outbox")(work_off)
    return app


def work_off() -> int:
    """Do what is open in the outbox; how many rows were done."""
    node, done = _node(), 0
    anchoring.plan(node)
    reminding.plan(node)
    mail.plan(node)
    sweeping.plan(node)
    webhooks.plan(node)
    equality.plan(node)
    with node.store.read() as transaction:
        rows = transaction.outbox.waiting(rows_per_poll_max)
    for job, key, payload, attempts in rows:
        problem: str | None = None
        began_ns = time.monotonic_ns()
        try:
            jobs[job](node, payload)
        except (TallystickError, OSError, KeyError) as error:
            problem = f"{type(error).__name__}: {error}"
        finished = None if problem else instant(SystemClock().now_ms())
        with node.store.write() as transaction:
            transaction.outbox.close(job, key, done=finished, problem=problem)
        done += problem is None
        _say(job, key, attempts + 1, problem, (time.monotonic_ns() - began_ns) // 1_000_000)
    return done


def _say(job: str, key: str, attempt: int, problem: str | None, ms: int) -> None:
    """A side effect that fails is tried each second: said at the first, second, fourth, eighth … time."""
    if problem is None:
        _log.debug("outbox", job=job, key=key, attempt=attempt, ms=ms)
    elif attempt & (attempt - 1) == 0:
        _log.warning("outbox", job=job, key=key, attempt=attempt, ms=ms, problem=problem)


def _keep_logs(**_told: object) -> None: ...


def _end_with_input() -> None:
    """Whoever started this process holds the other end of its standard input, and is gone."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def start(settings: Settings, *, while_input: bool = False) -> None:
    """Run the worker with its beat, in this process, until terminated, or until its input is closed."""
    if while_input:
        threading.Thread(target=_end_with_input, name="end-with-input", daemon=True).start()
    settings.folder.mkdir(parents=True, exist_ok=True)
    configure_logs(settings)
    # Whoever listens to this signal sets up the logs; Celery then leaves them as they are.
    signals.setup_logging.connect(_keep_logs)
    app = make_celery(settings)
    quiet = ["worker", "--beat", "--pool", "solo", "--loglevel", "WARNING", "--without-gossip"]
    app.worker_main([*quiet, "--without-mingle", "--without-heartbeat"])
