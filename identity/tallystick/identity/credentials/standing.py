"""How a credential stands at an instant, as a buyer asks: valid, about to expire, expired, revoked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tallystick.ledger import from_instant

Standing = Literal["valid", "expiring", "expired", "suspended", "revoked", "not-shown"]
standings: tuple[Standing, ...] = (
    "valid", "expiring", "suspended", "expired", "revoked", "not-shown",
)  # fmt: skip
expiring_days = 90
day_ms = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Stood:
    """`days`: whole days that are left, if it expires; none are left on the last one."""

    standing: Standing
    days: int | None = None


def stood(row: Mapping[str, Any], now_ms: int) -> Stood:
    """Of a credential's document. Revoked counts before expired, which counts before suspended."""
    expires = row.get("expires")
    days = None if expires is None else (from_instant(expires) - now_ms) // day_ms
    if row["status"] == "revoked":
        return Stood("revoked", days)
    if days is not None and days < 0:
        return Stood("expired", days)
    if row["status"] == "suspended":
        return Stood("suspended", days)
    return Stood("expiring" if days is not None and days < expiring_days else "valid", days)


def better(left: Stood, right: Stood) -> bool:
    """Whether the first serves a buyer more than the second; of two alike the one that lasts longer."""
    order = (standings.index(left.standing), -_lasting(left))
    return order < (standings.index(right.standing), -_lasting(right))


def _lasting(one: Stood) -> int:
    return 10**9 if one.days is None else one.days
