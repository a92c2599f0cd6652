"""Whether limits reach: asked by every act that lets somebody owe, hold or reserve more, before it does."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.finance.draft import Row, row
from tallystick.finance.limits.counting import core_limit, funder_limits, group_limit
from tallystick.finance.limits.errors import (
    CoreLimitReached,
    FunderLimitReached,
    GroupLimitReached,
    NotAvailable,
)
from tallystick.ledger import State


def require_core_room(state: State, core: str, currency: str, amount: int) -> None:
    """A core is about to owe so much more. Raises `CoreLimitReached` or `GroupLimitReached`."""
    found = limit_row(state, core_limit(core), currency)
    if over(found, amount):
        raise CoreLimitReached(f"{used(found)} of {found['amount']} {currency} used, {amount} more")
    member = row(state.get("limit-group-member", core))
    if member is None:
        return
    limit = limit_row(state, group_limit(member["group"]), currency)
    if (
        "amount" in limit
        and group_used(state, member["group"], currency) + amount > limit["amount"]
    ):
        # What others of the group owe is not the core's to know.
        raise GroupLimitReached(core)


def require_funder_room(
    state: State, funder: str, core: str, currency: str, amount: int, sellers: Mapping[str, int]
) -> None:
    """A funder itself is about to take on so much. Raises `FunderLimitReached`, with its own figures."""
    limit = full_limit(state, funder, core, currency, amount, sellers)
    if limit is not None:
        found = limit_row(state, limit, currency)
        raise FunderLimitReached(
            f"{limit}: {used(found)} of {found['amount']} {currency} used or reserved, {amount} more"
        )


def require_available(state: State, quote: Row, currency: str, told: str) -> None:
    """Somebody else takes a funder's offer. Raises `NotAvailable` with nothing but the name that was given."""
    if not available(state, quote, currency):
        raise NotAvailable(told)


def available(state: State, quote: Row, currency: str) -> bool:
    """Whether its funder's limits reach for a quote."""
    core, amount = quote["certificate"].rpartition("#")[0], quote["amount"]
    sellers = {quote["holder"]: amount}
    return full_limit(state, quote["bank"], core, currency, amount, sellers) is None


def full_limit(
    state: State, funder: str, core: str, currency: str, amount: int, sellers: Mapping[str, int]
) -> str | None:
    """The first of a funder's limits that does not reach; None if all do."""
    asked = dict.fromkeys(funder_limits(funder, core), amount)
    asked |= {funder_limits(funder, core, seller)[-1]: part for seller, part in sellers.items()}
    for limit, more in asked.items():
        if over(limit_row(state, limit, currency), more):
            return limit
    return None


def over(found: Row, more: int) -> bool:
    return "amount" in found and used(found) + more > found["amount"]


def used(found: Row) -> int:
    """What is used and reserved."""
    return int(found["used"] + found["reserved"])


def group_used(state: State, group: str, currency: str) -> int:
    """What all members owe."""
    found = row(state.get("limit-group", group)) or {"members": ()}
    return members_use(state, found["members"], currency)


def members_use(state: State, members: list[str], currency: str) -> int:
    return sum(used(limit_row(state, core_limit(core), currency)) for core in members)


def limit_row(state: State, limit: str, currency: str) -> Row:
    """What is counted under a limit, and what it is if it is set."""
    return row(state.get("limit", limit, currency)) or {"used": 0, "reserved": 0}
