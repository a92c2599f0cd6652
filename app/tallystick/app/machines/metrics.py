"""How many requests of programs were not let in, by why."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter


class MachineMetrics:
    """A code is that of an error: there are few."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._refused = Counter(
            "tallystick_requests_turned_away",
            "Requests that were not let in, by the code of the answer: limits, tokens, signatures",
            ["code"],
            registry=registry,
        )

    def refused(self, code: str) -> None:
        self._refused.labels(code).inc()
