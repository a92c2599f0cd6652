"""Leaves of batches fetched from elsewhere: by a full mirror from its operator, by a node that lost them from a mirror.

They count by their root alone, and are there for whoever has a code and its secret once the operator is not. A mirror
fetches in a thread of its own: when it is asked to cosign it does not wait for a file.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from tallystick.app.bootstrap import Node
from tallystick.identity import minting
from tallystick.ledger import TallystickError, mirror

look_every_s = 60.0
Tick = Callable[[int, int], None]
stop_timeout_s = 10.0
_log = structlog.get_logger()


@dataclass
class Gathering:
    """`operator`: who has the leaves. `keeps`: an own mirror holds none."""

    node: Node
    operator: mirror.Operator
    keeps: bool = True
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def folder(self) -> minting.Folder:
        return minting.Folder(self.node.settings.folder)

    def gather(self, tick: Tick = lambda _done, _of: None) -> list[str]:
        """Fetch what is missing; gives the names of batches whose leaves were not given."""
        missing, lacking = list[str](), self._lacking()
        for done, batch in enumerate(lacking, 1):
            if self._stopping.is_set():
                break
            try:
                self._fetch(batch)
            except TallystickError as error:
                missing.append(batch.name)
                _log.warning(
                    "leaves-not-fetched", batch=batch.name, code=error.code, detail=error.detail
                )
            tick(done, len(lacking))
        return missing

    def start(self) -> None:
        if self.keeps:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name="leaves", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(stop_timeout_s)

    def _run(self) -> None:
        while True:
            try:
                self.gather()
            except TallystickError as error:
                _log.warning("leaves-not-fetched", code=error.code, detail=error.detail)
            if self._stopping.wait(look_every_s):
                return

    def _lacking(self) -> list[minting.Batch]:
        if not self.keeps:
            return []
        with self.node.look() as view:
            return [
                one
                for one in minting.every_batch(view)
                if not self.folder.leaves_path(one.row["prefix"], one.row["batch"]).exists()
            ]

    def _fetch(self, batch: minting.Batch) -> None:
        prefix, number, home = batch.row["prefix"], batch.row["batch"], self.node.settings.folder
        with tempfile.TemporaryDirectory(prefix="leaves-", dir=home) as place:
            path = Path(place) / number
            with path.open("xb") as file:
                self.operator.into(
                    f"/v1/batches/{prefix}/{number}/leaves",
                    minting.leaves_bytes(batch.count),
                    file.write,
                )
            minting.take_leaves(self.folder, batch, path)
        _log.info("leaves", batch=batch.name, count=batch.count)
