"""Resolving at any Handle server by the native protocol."""

from __future__ import annotations

from tallystick.identity.native import Caller, NativeClient, proof_type
from tallystick.identity.native.bodies import Question, read_resolved
from tallystick.identity.native.translate import from_wire
from tallystick.identity.recursion.found import Found, success
from tallystick.identity.views import Value
from tallystick.ledger import Clock, SystemClock

timeout_s_default = 5
#: What a count of servers before us is called, where there is no room for their names.
unnamed = "-"


class OverNative:
    """`by`: `udp`, which goes over to TCP for large answers, or `tcp`."""

    def __init__(
        self,
        host: str,
        port: int,
        by: str,
        timeout_s: float = timeout_s_default,
        caller: Caller | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.url = f"{by}://{host}:{port}"
        self._clock = clock or SystemClock()
        self._client = NativeClient(
            host, port, "tcp" if by == "tcp" else "udp", timeout_s, caller, self._clock
        )

    def ask(
        self,
        handle: str,
        indexes: tuple[int, ...] = (),
        types: tuple[str, ...] = (),
        hops: tuple[str, ...] = (),
    ) -> Found:
        """Raises a `NativeRefused` or `NativeUnanswered`."""
        code, body = self._client.resolve(Question(handle, indexes, types), len(hops))
        if code != success:
            return Found(code, handle, source=self.url)
        told = read_resolved(body)
        now_ms = self._clock.now_ms()
        values = tuple(from_wire(value, now_ms) for value in told.values)
        return Found(code, told.handle, values, _proof(values), self.url)


def _proof(values: tuple[Value, ...]) -> str | None:
    """The address of the proof, if the answer has one."""
    for value in values:
        if value.type == proof_type and value.format == "json" and isinstance(value.value, dict):
            told = value.value.get("proof")
            return told if isinstance(told, str) else None
    return None
