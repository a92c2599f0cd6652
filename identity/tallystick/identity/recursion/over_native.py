"""Resolving at any Handle server by the native protocol."""

from __future__ import annotations

from dataclasses import replace

from tallystick.identity.asof.errors import AsOfNotTold
from tallystick.identity.asof.wish import AsOf, as_of_index, as_of_type, refused, wished
from tallystick.identity.native import Caller, NativeClient, proof_index, proof_type
from tallystick.identity.native.bodies import (
    Question,
    Referral,
    read_referral,
    read_refusal,
    read_resolved,
)
from tallystick.identity.native.translate import from_wire
from tallystick.identity.native.values import NativeValue
from tallystick.identity.recursion.found import (
    Found,
    failed,
    handle_not_found,
    referrals,
    success,
    values_not_found,
)
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
        """As of now, or of the moment that one of the types names (`asof.wish`).

        Raises a `NativeRefused`, `NativeUnanswered`, `AsOfMalformed` and its kin, or `AsOfNotTold`.
        """
        rest, moment = wished(types)
        code, body = self._client.resolve(Question(handle, indexes, types), len(hops))
        if moment is not None and code != success:
            return Found(code, handle, source=self.url, as_of=_missing(code, body))
        if code in referrals:
            return self._referred(code, handle, read_referral(body))
        if code != success:
            return Found(code, handle, source=self.url)
        told = read_resolved(body)
        values = self._values(told.values)
        proof = _proof(values) if proof_type in rest else None
        found = Found(code, told.handle, values, proof, self.url)
        return found if moment is None else _of_then(found, proven=proof_type in rest)

    def _referred(self, code: int, handle: str, told: Referral) -> Found:
        sites = self._values(told.sites)
        return Found(code, handle, sites, source=self.url, elsewhere=told.handle)

    def _values(self, told: tuple[NativeValue, ...]) -> tuple[Value, ...]:
        now_ms = self._clock.now_ms()
        return tuple(from_wire(value, now_ms) for value in told)


def _missing(code: int, body: bytes) -> AsOf:
    """Of when an answer without values is. Raises what was refused about the moment, or `AsOfNotTold`."""
    said = read_refusal(body).said if code in (failed, handle_not_found) else ""
    error = refused(said) if code == failed else None
    if error is not None:
        raise error
    if code != handle_not_found:
        raise AsOfNotTold(f"code {code}")
    return AsOf.read_missing(said)


def _of_then(found: Found, *, proven: bool) -> Found:
    """The moment is told behind all values but the proof, whatever the record holds. Raises `AsOfNotTold`."""
    values = list(found.values)
    proof = [values.pop()] if proven and values and values[-1].index == proof_index else []
    last = values.pop() if values else None
    if last is None or (last.index, last.type) != (as_of_index, as_of_type):
        raise AsOfNotTold
    as_of = AsOf.read(last.value)
    kept = (*values, *proof)
    code = success if kept else values_not_found
    return replace(found, code=code, values=kept, as_of=as_of, proof=told_address(as_of.proof))


def _proof(values: tuple[Value, ...]) -> str | None:
    """The address of the proof: the server puts it last, whatever the record holds."""
    last = values[-1] if values else None
    if last is None or last.index != proof_index or not isinstance(last.value, dict):
        return None
    return told_address(last.value.get("proof"))
