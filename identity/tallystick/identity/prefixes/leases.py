"""Rules of leases: renewed, suspended and lifted by whoever let the prefix; handed on by its holder."""

from __future__ import annotations

from typing import Any

from tallystick.identity import directory, versioned
from tallystick.identity.directory import NotEntitled
from tallystick.identity.organisations import quotas
from tallystick.identity.prefixes.bodies import HandPrefix, LiftPrefix, RenewPrefix, SuspendPrefix
from tallystick.identity.prefixes.errors import LeaseRefused
from tallystick.identity.prefixes.standing import (
    Row,
    find,
    lease,
    overseer,
    require_overseer,
    require_writable,
    state_of,
)
from tallystick.identity.registrars import registrar
from tallystick.ledger import Act, Change, Effects, State


def renew(state: State, act: Act[RenewPrefix]) -> Effects:
    """Counting begins with the entry that sets a quota, and goes on while there is one."""
    body = act.body
    row = _let(state, act, body.prefix)
    kept = {name: value for name, value in row.items() if name not in ("quota", "expires")}
    row = {**kept, **lease(body, act.time)}
    changes = versioned.written(state, act, "prefix", body.prefix, row)
    if body.quota is None and state.get("prefix-used", body.prefix) is not None:
        changes.append(Change("prefix-used", body.prefix, None))
    return changes


def suspend(state: State, act: Act[SuspendPrefix]) -> Effects:
    row = _let(state, act, act.body.prefix)
    if "suspended" in row:
        raise LeaseRefused(f"{act.body.prefix} is suspended already")
    why = {"reason": act.body.reason, "time": act.time}
    return versioned.written(state, act, "prefix", act.body.prefix, {**row, "suspended": why})


def lift(state: State, act: Act[LiftPrefix]) -> Effects:
    row = _let(state, act, act.body.prefix)
    if "suspended" not in row:
        raise LeaseRefused(f"{act.body.prefix} is not suspended")
    kept = {name: value for name, value in row.items() if name != "suspended"}
    return versioned.written(state, act, "prefix", act.body.prefix, kept)


def hand(state: State, act: Act[HandPrefix]) -> Effects:
    """By its holder; by whoever let it once the lease has run out. Records stay with those who own them."""
    body = act.body
    row = find(state, body.prefix)
    _require_lettable(body.prefix, row)
    directory.organisation(state, body.holder)
    who = registrar(state, act).organisation
    if state_of(row, act.time) != "withdrawn":
        if who != row["holder"]:
            raise NotEntitled(f"{act.author} does not speak for the holder of {body.prefix}")
        require_writable(state, body.prefix, act)
    elif who != overseer(state, body.prefix):
        raise NotEntitled(f"{act.author} does not speak for whoever lets {body.prefix}")
    handed = versioned.written(state, act, "prefix", body.prefix, {**row, "holder": body.holder})
    return [*handed, *quotas.taken(state, body.holder, "prefixes", 1)]


def _let(state: State, act: Act[Any], prefix: str) -> Row:
    """A prefix that is at home here, for an author who speaks for whoever let it."""
    row = find(state, prefix)
    _require_lettable(prefix, row)
    require_overseer(state, act, prefix)
    if "home" in row:
        require_writable(state, prefix, act)
    return row


def _require_lettable(prefix: str, row: Row) -> None:
    if row["role"] == "root":
        raise LeaseRefused(f"{prefix} is the root of this log: nobody lets it")
