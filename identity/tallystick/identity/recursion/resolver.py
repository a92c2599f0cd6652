"""The recursive resolver: remembers, asks others for what it does not remember, and never in a circle.

- It asks as the public. So nothing private is in its memory, whoever asks.
- It asks for whole records, and filters them itself.
- A question brings the names of the resolvers that passed it on (`hops`); one that comes back is refused.
- Who refers to another server is followed a few times, and never to one that was asked (`referrals`).
- Questions for one handle at one time are one question.
- Who does not answer is left alone for a moment; until then, and longer, what is remembered is told as *stale*.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, replace

import structlog

from tallystick.identity import names
from tallystick.identity.asof.errors import AsOfBeforeLog, AsOfBeyondLog, AsOfMalformed
from tallystick.identity.recursion.cache import Cache, Kept
from tallystick.identity.recursion.found import Found, lasting, recursion_too_deep
from tallystick.identity.recursion.referrals import addresses, is_referral, referrals_max
from tallystick.identity.recursion.upstreams import Routes, Upstream
from tallystick.ledger import Clock, SystemClock, TallystickError

hops_max = 8
down_ms = 5_000
#: Who waits for another's question waits no longer than all its servers may take together.
wait_s_max = 30
#: Status of errors that say something of a server, and not of one handle.
unreachable = 504
as_of_errors = (AsOfMalformed, AsOfBeyondLog, AsOfBeforeLog)
_log = structlog.get_logger()


class LoopRefused(TallystickError):
    code = "resolver-loop"
    status = 508
    title = "The question goes in a circle between resolvers"
    advice = "Their operators compare their routes: one of them leads back."


class NobodyAnswers(TallystickError):
    code = "resolver-nobody-answers"
    status = 504
    title = "Nobody who answers for the prefix can be reached, and nothing is remembered"
    advice = "Ask again later."


@dataclass(frozen=True, slots=True)
class Resolved:
    """`since_ms`: when the origin was asked; `stale`: it does not confirm it now."""

    found: Found
    since_ms: int
    until_ms: int
    stale: bool = False


class Resolver:
    """Safe for several threads. `name`: by which a circle is noticed."""

    def __init__(
        self,
        routes: Routes,
        cache: Cache | None = None,
        clock: Clock | None = None,
        name: str = "",
        refer: Callable[[str], Upstream] | None = None,
    ) -> None:
        """`refer` makes the server at an address that another server named; without it referrals are refused."""
        self._clock = clock or SystemClock()
        self._routes, self.cache = routes, cache or Cache(self._clock)
        self.name = name or f"r{secrets.token_hex(8)}"
        self._refer = refer
        self._lock = threading.Lock()
        self._asking: dict[str, Future[Found]] = {}
        self._down: dict[str, int] = {}

    def resolve(self, handle: str, hops: tuple[str, ...] = (), *, fresh: bool = False) -> Resolved:
        """The whole public record. `fresh`: whatever is remembered, ask.

        Raises `HandleRefused`, `NobodyKnows`, `LoopRefused`, `NobodyAnswers`.
        """
        upstreams = self._routes.of(handle)
        if self.name in hops or len(hops) >= hops_max:
            raise LoopRefused(f"after {len(hops)} resolvers")
        kept = None if fresh else self.cache.fresh(handle)
        if kept is not None:
            return self._told(kept)

        def ask() -> Found:
            return self._first(upstreams, handle, (*hops, self.name))

        try:
            # One that others passed on is not put together with ours: it may be ours that comes back.
            found = ask() if hops else self._once(names.fold(handle), ask)
        except NobodyAnswers:
            remembered = self.cache.stale(handle)
            if remembered is None:
                raise
            return self._told(remembered, stale=True)
        return self._told(self.cache.keep(handle, found))

    def ask(self, handle: str, types: tuple[str, ...], hops: tuple[str, ...] = ()) -> Found:
        """What is not remembered, such as proofs and what was said then. Raises as `resolve`, and what is wrong with a
        moment.
        """
        upstreams = self._routes.of(handle)
        if self.name in hops or len(hops) >= hops_max:
            raise LoopRefused(f"after {len(hops)} resolvers")
        return self._first(upstreams, handle, (*hops, self.name), types)

    def _once(self, folded: str, ask: Callable[[], Found]) -> Found:
        with self._lock:
            other = self._asking.get(folded)
            ours: Future[Found] = Future()
            if other is None:
                self._asking[folded] = ours
        if other is not None:
            try:
                return other.result(wait_s_max)
            except NotYet:
                raise NobodyAnswers(folded) from None
        try:
            ours.set_result(ask())
        except Exception as error:  # noqa: BLE001 - whoever waits hears of it too
            ours.set_exception(error)
        finally:
            with self._lock:
                del self._asking[folded]
        return ours.result()

    def _first(
        self,
        upstreams: Sequence[Upstream],
        handle: str,
        hops: tuple[str, ...],
        types: tuple[str, ...] = (),
    ) -> Found:
        """The first answer that speaks of the handle. Raises `LoopRefused`, `NobodyAnswers`."""
        return self._follow(upstreams, handle, hops, types, ())

    def _follow(
        self,
        upstreams: Sequence[Upstream],
        handle: str,
        hops: tuple[str, ...],
        types: tuple[str, ...],
        sent_by: tuple[str, ...],
    ) -> Found:
        """`sent_by`: the servers that sent us on until now."""
        said = "all were silent just now"
        for upstream in upstreams:
            if self._is_down(upstream):
                continue
            try:
                found = upstream.ask(handle, (), types, hops)
            except as_of_errors:
                # Of the question, whoever is asked.
                raise
            except TallystickError as error:
                if error.status == unreachable:
                    self._set_down(upstream, error)
                said = f"{upstream.url}: {error.code}"
                continue
            if is_referral(found) and self._refer is not None:
                sent = (*sent_by, upstream.url)
                try:
                    further = self._further(upstream, found, hops, sent)
                    found = self._follow(further, handle, hops, types, sent)
                except LoopRefused:
                    raise
                except TallystickError as error:
                    said = f"{upstream.url} refers: {error.code} {error.detail}"
                    continue
            if found.code == recursion_too_deep:
                raise LoopRefused(upstream.url)
            if found.code in lasting and names.fold(found.handle) == names.fold(handle):
                return found
            said = f"{upstream.url}: code {found.code} for {found.handle}"
        raise NobodyAnswers(said)

    def _further(
        self, upstream: Upstream, found: Found, hops: tuple[str, ...], sent_by: tuple[str, ...]
    ) -> list[Upstream]:
        """The servers to which one refers. Raises `LoopRefused`, `NobodyAnswers`."""
        if len(sent_by) > referrals_max:
            raise LoopRefused(f"after {' and '.join(sent_by)}")

        def there(name: str, types: tuple[str, ...]) -> Found:
            return upstream.ask(name, (), types, hops)

        def anywhere(name: str, types: tuple[str, ...]) -> Found:
            return self._follow(self._routes.of(name), name, hops, types, sent_by)

        named = addresses(found, there, anywhere)
        fresh = [one for one in named if one not in sent_by]
        if named and not fresh:
            raise LoopRefused(f"{upstream.url} refers to {', '.join(named)}")
        if not fresh or self._refer is None:
            raise NobodyAnswers(f"{upstream.url} refers to nobody who may be asked")
        return [self._refer(one) for one in fresh]

    def _is_down(self, upstream: Upstream) -> bool:
        return self._clock.now_ms() < self._down.get(upstream.url, 0)

    def _set_down(self, upstream: Upstream, error: TallystickError) -> None:
        self._down[upstream.url] = self._clock.now_ms() + down_ms
        _log.warning("upstream", url=upstream.url, code=error.code, detail=error.detail)

    def _told(self, kept: Kept, *, stale: bool = False) -> Resolved:
        """Times to live count from when the origin was asked."""
        age_s = (self._clock.now_ms() - kept.since_ms) // 1000
        values = (replace(value, ttl=max(0, value.ttl - age_s)) for value in kept.found.values)
        found = replace(kept.found, values=tuple(values)) if age_s else kept.found
        return Resolved(found, kept.since_ms, kept.until_ms, stale)
