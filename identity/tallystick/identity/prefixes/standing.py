"""How a prefix stands, and what may be done under it.

prefix       <prefix>   {holder, role, quota?, expires?, suspended?, home?, from?, arriving?}
prefix-used  <prefix>   {handles}   only where there is a quota

| state | because | its handles | writing under it |
| --- | --- | --- | --- |
| active | – | resolve | yes |
| suspended | `suspended` {reason, time} | resolve, with a warning | prefix-suspended |
| withdrawn | ledger time has reached `expires` | resolve, with a warning | prefix-withdrawn |
| arriving | records are still on their way | resolve, or are asked for where they come from | prefix-arriving |
| elsewhere | `home` {origin, url, index} | resolve as they stood, naming the new home | prefix-elsewhere |

Each is about the prefix itself: one that was delegated below it has a lease of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol, cast

from tallystick.identity import names
from tallystick.identity.directory import NotEntitled, Speaker
from tallystick.identity.organisations import quotas
from tallystick.identity.prefixes.errors import (
    LeaseRefused,
    PrefixArriving,
    PrefixElsewhere,
    PrefixSuspended,
    PrefixUnknown,
    PrefixWithdrawn,
    QuotaReached,
)
from tallystick.identity.registrars import registrar
from tallystick.ledger import Act, Change, State

Row = Mapping[str, Any]
PrefixState = Literal["active", "suspended", "withdrawn", "arriving", "elsewhere"]
_refusals = {
    "suspended": PrefixSuspended,
    "withdrawn": PrefixWithdrawn,
    "arriving": PrefixArriving,
    "elsewhere": PrefixElsewhere,
}


class Leased(Protocol):
    """A body that says how much is let, and until when."""

    @property
    def quota(self) -> int | None: ...

    @property
    def expires(self) -> str | None: ...


def find(state: State, prefix: str) -> Row:
    """Raises `PrefixUnknown`."""
    row = cast(Row | None, state.get("prefix", prefix))
    if row is None:
        raise PrefixUnknown(prefix)
    return row


def state_of(row: Row, time: str) -> PrefixState:
    """At a ledger time."""
    if "home" in row:
        return "elsewhere"
    if "arriving" in row:
        return "arriving"
    if "expires" in row and row["expires"] <= time:
        return "withdrawn"
    return "suspended" if "suspended" in row else "active"


def ledger_time(state: State) -> str:
    """Of whatever would be written next, as far as blocks tell."""
    block = cast(Row | None, state.get("log", "block"))
    return str(block["time"]) if block else ""


def require_writable(state: State, prefix: str, act: Act[Any]) -> None:
    """Refuses whatever writes under a prefix that is not active here; who may write is asked elsewhere.

    Raises `PrefixSuspended`, `PrefixWithdrawn`, `PrefixArriving` or `PrefixElsewhere`.
    """
    row = cast(Row | None, state.get("prefix", prefix))
    if row is None:
        return
    found = state_of(row, act.time)
    if found != "active":
        raise _refusals[found](_said(prefix, row))


def require_here(state: State, prefix: str, act: Act[Any]) -> None:
    """For what goes on under a prefix that is suspended or withdrawn: what was issued before may still be seen.

    Raises `PrefixArriving` or `PrefixElsewhere`.
    """
    row = cast(Row | None, state.get("prefix", prefix))
    found = "active" if row is None else state_of(row, act.time)
    if row is not None and found in ("arriving", "elsewhere"):
        raise _refusals[found](_said(prefix, row))


def is_elsewhere(state: State, prefix: str) -> bool:
    """Whether the prefix left for another log."""
    return "home" in (cast(Row | None, state.get("prefix", prefix)) or {})


def charge(state: State, prefix: str, handles: int) -> list[Change]:
    """What `handles` new handles cost of the quotas of the prefix and of its holder; nothing without any.

    Raises `QuotaReached` or `OrganisationQuotaReached`.
    """
    row = cast(Row | None, state.get("prefix", prefix))
    if row is None:
        return []
    cost = quotas.taken(state, str(row["holder"]), "handles", handles)
    return [*charge_prefix(state, prefix, handles), *cost]


def charge_prefix(state: State, prefix: str, handles: int) -> list[Change]:
    """What they cost of the quota of the prefix alone. Raises `QuotaReached`."""
    row = cast(Row | None, state.get("prefix", prefix))
    if row is None or "quota" not in row:
        return []
    used = used_of(state, prefix) + handles
    if used > row["quota"]:
        raise QuotaReached(f"{prefix}: {used} of {row['quota']}")
    return [Change("prefix-used", prefix, {"handles": used})]


def used_of(state: State, prefix: str) -> int:
    """Handles made since the prefix has a quota."""
    found = cast(Row | None, state.get("prefix-used", prefix))
    return int(found["handles"]) if found else 0


def lease(body: Leased, time: str) -> dict[str, Any]:
    """The members of a prefix's document. Raises `LeaseRefused`."""
    if body.expires is not None and body.expires <= time:
        raise LeaseRefused(f"it would have ended at {body.expires}, and it is {time}")
    told = {"quota": body.quota, "expires": body.expires}
    return {name: value for name, value in told.items() if value is not None}


def overseer(state: State, prefix: str) -> str:
    """Who lets the prefix: the holder of the nearest one above it here, or the log's root authority."""
    above = names.parent(prefix)
    while above:
        row = cast(Row | None, state.get("prefix", above))
        if row is not None and "home" not in row:
            return str(row["holder"])
        above = names.parent(above)
    return str(cast(Row, state.get("log", "genesis"))["root"])


def require_overseer(state: State, act: Act[Any], prefix: str) -> Speaker:
    """Raises `NotEntitled`."""
    who = registrar(state, act)
    if who.organisation != overseer(state, prefix):
        raise NotEntitled(f"{act.author} does not speak for whoever lets {prefix}")
    return who


def _said(prefix: str, row: Row) -> str:
    if "home" in row:
        return f"{prefix} is at home in {row['home']['origin']}, {row['home']['url']}"
    if "suspended" in row:
        return f"{prefix}: {row['suspended']['reason']}, since {row['suspended']['time']}"
    return f"{prefix}, until {row['expires']}" if "expires" in row else prefix
