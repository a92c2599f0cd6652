"""What a Handle server answers to a resolution, in whatever protocol it was asked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tallystick.identity.asof.wish import AsOf
from tallystick.identity.filters import is_wanted
from tallystick.identity.views import Value

success, failed, busy, recursion_too_deep = 1, 2, 3, 6
handle_not_found, values_not_found = 100, 200
service_referral, prefix_referral = 302, 303
referrals = frozenset({service_referral, prefix_referral})
#: What may be remembered: the other codes speak of a moment, not of a handle.
lasting = frozenset({success, handle_not_found, values_not_found})


@dataclass(frozen=True, slots=True)
class Found:
    """`code` by RFC 3652 §3.1; `proof`: where the origin shows that it is so; `source`: who was asked.

    `elsewhere`, of a referral: the address to ask, or the handle whose record says so; empty if `values` do.
    `as_of`: of when it is, where a moment was asked for.
    """

    code: int
    handle: str
    values: tuple[Value, ...] = ()
    proof: str | None = None
    source: str | None = None
    elsewhere: str = ""
    as_of: AsOf | None = None


def filtered(found: Found, indexes: tuple[int, ...], types: tuple[str, ...]) -> Found:
    """Of a whole record, what was asked for."""
    if found.code != success:
        return found
    kept = tuple(value for value in found.values if is_wanted(value, indexes, types))
    code = success if kept else values_not_found
    return replace(found, code=code, values=kept)
