"""The worker's look at applications: those whose time is over lapse, and what is left of old ones is forgotten."""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog

from tallystick.app.applications.desk import Desk
from tallystick.app.applications.verifying import Verifying, sweep
from tallystick.app.bootstrap import Node
from tallystick.ledger import Answer, InvariantError, Submission, TallystickError

interval_s = 600
_log = structlog.get_logger()


class _Nowhere:
    """Nothing is sent when sweeping."""

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        raise InvariantError("nothing is sent this way")


@dataclass
class Watch:
    """When this process last looked."""

    next_ns: int = 0


_watch = Watch()


def plan(node: Node, watch: Watch = _watch) -> int:
    """For the worker's beat, which nothing here may stop; how many lapsed."""
    now_ns = time.monotonic_ns()
    if now_ns < watch.next_ns:
        return 0
    watch.next_ns = now_ns + interval_s * 10**9
    try:
        return sweep(Verifying(Desk(node, str(node.genesis()["origin"])), _Nowhere()))
    except TallystickError as error:
        _log.error("applications-not-swept", code=error.code, detail=error.detail)
        return 0
