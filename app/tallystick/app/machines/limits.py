"""How many requests are answered: a bucket for each caller in each process, and a day's quota that processes share.

A bucket fills by its rate and holds ten seconds of it. Quotas are taken from the database in blocks, so that a request
costs no write; a process that ends loses what is left of its block.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

import structlog
from starlette.requests import HTTPConnection

from tallystick.app.machines.errors import (
    LimitReached,
    QuotaExhausted,
    RateExceeded,
    limit_headers,
)
from tallystick.ledger import Clock, Store, TallystickError, instant

burst_s = 10
callers_max = 100_000
block_max = 1000
#: A subscriber of IPv6 has a network of this length; whoever has more changes addresses at will.
ipv6_prefix_length = 64
day_s = 86_400
quota_name = "request"
_ns = 1_000_000_000
_log = structlog.get_logger()
_forwarded = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-real-ip")


@dataclass(slots=True)
class Buckets:
    """Token buckets by caller; a rate of 0 is none. `now_ns` never goes back."""

    per_s: int
    burst: int = 0
    refusal: type[LimitReached] = RateExceeded
    now_ns: Callable[[], int] = time.monotonic_ns
    _lock: threading.Lock = field(default_factory=threading.Lock)
    #: For each caller, until when what it took fills up again.
    _full_ns: OrderedDict[str, int] = field(default_factory=OrderedDict)

    def take(self, caller: str) -> int:
        """One request; how many more there are now. Raises `refusal`."""
        return self._counted(caller, 1)

    def require(self, caller: str) -> None:
        """That there is one left. Raises `refusal`."""
        self._counted(caller, 0)

    @property
    def capacity(self) -> int:
        return self.burst or self.per_s * burst_s

    @property
    def window_s(self) -> int:
        """In which an empty bucket fills."""
        return max(1, -(-self.capacity // max(1, self.per_s)))

    def _counted(self, caller: str, count: int) -> int:
        if not self.per_s:
            return 0
        each = _ns // self.per_s
        with self._lock:
            now = self.now_ns()
            full = max(now, self._full_ns.get(caller, now))
            over = full + each - now - each * self.capacity
            if over > 0:
                raise self.refusal(self.capacity, self.window_s, -(-over // _ns))
            if count:
                full += each
                self._full_ns[caller] = full
                self._full_ns.move_to_end(caller)
                self._forget(now)
        return self.capacity - -(-(full - now) // each)

    def _forget(self, now: int) -> None:
        """Who has a full bucket again is nobody special."""
        while self._full_ns:
            caller, full = next(iter(self._full_ns.items()))
            if full > now and len(self._full_ns) <= callers_max:
                return
            del self._full_ns[caller]


@dataclass(slots=True)
class Quotas:
    """Requests by organisation and day; `per_day` 0 is none."""

    store: Store
    clock: Clock
    per_day: int
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _day: str = ""
    _held: dict[str, int] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)

    def has(self, organisation: str) -> bool:
        """Whether `take` needs no look at the database."""
        return not self.per_day or (
            self._day == self._today() and self._held.get(organisation, 0) > 0
        )

    def take(self, organisation: str) -> None:
        """One request. Raises `QuotaExhausted`."""
        if not self.per_day:
            return
        with self._lock:
            today = self._today()
            if today != self._day:
                self._day, self._held, self._ended = today, {}, set()
            held = self._held.get(organisation, 0)
            if held == 0 and organisation not in self._ended:
                held = self._claimed(organisation, today)
            if held == 0:
                self._ended.add(organisation)
                raise QuotaExhausted(self.per_day, day_s, self._until_midnight_s())
            self._held[organisation] = held - 1

    def _claimed(self, organisation: str, day: str) -> int:
        """A block. Where nothing can be written, as on a replica, this process counts for itself alone."""
        block = max(1, min(block_max, self.per_day // 100))
        try:
            with self.store.note() as transaction:
                return transaction.daily.claim(organisation, day, quota_name, block, self.per_day)
        except TallystickError as error:
            _log.warning("quota-not-counted", code=error.code, detail=error.detail)
            return block

    def _today(self) -> str:
        return instant(self.clock.now_ms())[:10]

    def _until_midnight_s(self) -> int:
        return day_s - self.clock.now_ms() // 1000 % day_s


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one process. `failures`: requests that proved nothing, by address."""

    organisations: Buckets
    strangers: Buckets
    failures: Buckets
    quotas: Quotas

    def of_organisation(self, organisation: str) -> dict[str, str]:
        """One request; the headers that tell what is left. Raises `RateExceeded`."""
        buckets = self.organisations
        left = buckets.take(organisation)
        if not buckets.per_s:
            return {}
        reset_s = -(-(buckets.capacity - left) // buckets.per_s)
        return limit_headers(RateExceeded.policy, buckets.capacity, buckets.window_s, left, reset_s)


def caller(request: HTTPConnection) -> str | None:
    """The address that counts; None for this machine itself, unless a proxy on it passed something on."""
    if request.client is None:
        return None
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return request.client.host
    if address.is_loopback and not any(name in request.headers for name in _forwarded):
        return None
    if address.version == 6:
        return str(ip_network((address, ipv6_prefix_length), strict=False))
    return str(address)
