"""Resolving at any Handle server by the native protocol."""

from __future__ import annotations

from tallystick.identity.native import Caller, NativeClient, proof_index, proof_type
from tallystick.identity.native.bodies import Question, Referral, read_referral, read_resolved
from tallystick.identity.native.translate import from_wire
from tallystick.identity.native.values import NativeValue
from tallystick.identity.recursion.found import Found, referrals, success
from tallystick.identity.recursion.json_form import told_address
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
        if code in referrals:
            return self._referred(code, handle, read_referral(body))
        if code != success:
            return Found(code, handle, source=self.url)
        told = read_resolved(body)
        values = self._values(told.values)
        return Found(
            code, told.handle, values, _proof(values) if proof_type in types else None, self.url
        )

    def _referred(self, code: int, handle: str, told: Referral) -> Found:
        sites = self._values(told.sites)
        return Found(code, handle, sites, source=self.url, elsewhere=told.handle)

    def _values(self, told: tuple[NativeValue, ...]) -> tuple[Value, ...]:
        now_ms = self._clock.now_ms()
        return tuple(from_wire(value, now_ms) for value in told)


def _proof(values: tuple[Value, ...]) -> str | None:
    """The address of the proof: the server puts it last, whatever the record holds."""
    last = values[-1] if values else None
    if last is None or last.index != proof_index or not isinstance(last.value, dict):
        return None
    return told_address(last.value.get("proof"))
