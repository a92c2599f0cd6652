"""Who may open what to whom, and who ends it.

    sharing        <agreement>          {owner, to, capacity, form, what, returns?, over?, purpose?, since?, until, state, …}
    shared-with    <reader> part <agreement>   {from, what, over?, since?, until, capacity, form}   what it may read; gone when it ends
    shared-changed <reader>             {index}   when what it may read last changed

`form`: offer (an agreement of two), disclosure (by one side alone), remit (by two persons of a node). `state`:
offered, current, ended. That a day has passed changes no document: whoever decides about readers looks at the day.
An agreement binds: a checker signs it, or the organisation's own key while it is not founded. Ending is quick:
an officer may too. An organisation that is suspended goes on disclosing, and agrees to nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.directory import NotEntitled
from tallystick.identity.people import members
from tallystick.identity.sharing.bodies import (
    AcceptSharing,
    Disclose,
    EndSharing,
    OfferSharing,
    Opened,
)
from tallystick.identity.sharing.errors import (
    CapacityExceeded,
    SharingClosed,
    SharingTermRefused,
    SharingUnknown,
    SharingWithOneself,
)
from tallystick.ledger import Act, Change, Effects, State

kind, given_kind, changed_kind = "sharing", "shared-with", "shared-changed"
term_days_max = 3653
Row = Mapping[str, Any]
_binding = frozenset({"checker"})
#: What the work of an outsider needs, at most: kinds of thing, and parts of entries.
capacities: Mapping[str, frozenset[str]] = {
    "carrier": frozenset({"items", "documents", "entries trace"}),
    "inspector": frozenset({"items", "devices", "credentials", "records", "entries trace"}),
    "insurer": frozenset({"items", "documents", "certificates", "devices", "entries trace"}),
}


def disclose(state: State, act: Act[Disclose]) -> Effects:
    """At once: whoever is told owes nothing, and may refuse it by ending it."""
    body = act.body
    owner = _spokesman(state, act, _binding)
    _require_other(state, owner, body.to)
    require_term(act, body.since, body.until)
    if body.capacity != "partner":
        directory.require_capacity(state, body.to, body.capacity)
        _require_work(body.capacity, body.what)
    row = {**_told(act, body.to, owner, body), "capacity": body.capacity, "form": "disclosure"}
    row |= {"purpose": body.purpose, "state": "current"}
    return [Change(kind, act.payload_hash, row), *given(act, act.payload_hash, row)]


def offer(state: State, act: Act[OfferSharing]) -> Effects:
    body = act.body
    owner = _spokesman(state, act, _binding)
    _require_other(state, owner, body.to)
    require_term(act, body.since, body.until)
    row = {**_told(act, body.to, owner, body), "capacity": "partner", "form": "offer"}
    row |= {"purpose": body.purpose, "state": "offered"}
    if body.returns:
        row["returns"] = _rows(body.returns)
    return [Change(kind, act.payload_hash, row)]


def accept(state: State, act: Act[AcceptSharing]) -> Effects:
    name = act.body.agreement
    mine = _spokesman(state, act, _binding)
    row = _known(state, name, mine)
    if row["to"] != mine:
        raise NotEntitled("the side that offered it does not accept it")
    if row["state"] != "offered" or row["until"] < act.time[:10]:
        raise SharingClosed(f"{name} is {row['state']}, until {row['until']}")
    new = {**row, "state": "current", "accepted": _said(act)}
    return [Change(kind, name, new), *given(act, name, new)]


def end(state: State, act: Act[EndSharing]) -> Effects:
    """By either side, at once. What was read cannot be unread; from the next index on nothing new is."""
    name = act.body.agreement
    mine = _spokesman(state, act, _binding | members.officer_roles)
    row = _known(state, name, mine)
    if row["state"] == "ended":
        raise SharingClosed(f"{name} has ended")
    ended = {**_said(act), "reason": act.body.reason, "side": mine}
    return [
        Change(kind, name, {**row, "state": "ended", "ended": ended}),
        *taken(act, name, row),
    ]


def given(act: Act[Any], name: str, row: Row) -> list[Change]:
    """What both sides may read from here on."""
    sides = [(row["to"], row["owner"], row["what"])]
    if row.get("returns"):
        sides.append((row["owner"], row["to"], row["returns"]))
    changes: list[Change] = []
    for reader, owner, what in sides:
        kept = {one: row[one] for one in ("since", "over", "capacity", "form") if one in row}
        told = {**kept, "from": owner, "what": what, "until": row["until"]}
        changes += [Change(given_kind, reader, told, name), _changed(act, reader)]
    return changes


def taken(act: Act[Any], name: str, row: Row) -> list[Change]:
    if row["state"] != "current":
        return []
    readers = [row["to"], *([row["owner"]] if row.get("returns") else [])]
    return [
        change
        for reader in readers
        for change in (Change(given_kind, reader, None, name), _changed(act, reader))
    ]


def require_term(act: Act[Any], since: str | None, until: str) -> None:
    """Raises `SharingTermRefused`. A day counts to its end, in UTC."""
    today = date.fromisoformat(act.time[:10])
    begins, ends = _day(since) or today, _day(until) or today
    latest = today + timedelta(days=term_days_max)
    if ends < max(today, begins) or ends > latest:
        raise SharingTermRefused(
            f"from {begins} until {ends}; it is {today}, {latest} at the latest"
        )


def _spokesman(state: State, act: Act[Any], roles: Iterable[str]) -> str:
    """The author's organisation, for which it may bind itself here. Raises `NotEntitled`."""
    who = directory.speaker(state, act.author)
    own = who.kind == "organisation" and not members.founded(state, who.organisation)
    if not own and not (who.kind == "person" and who.roles.intersection(roles)):
        wanted = " or ".join(sorted(roles))
        raise NotEntitled(f"{act.author} is not a {wanted} of {who.organisation}")
    if not any(signer.speaks and signer.owner == act.author for signer in act.signers):
        raise NotEntitled(f"{act.author} must sign this with a key of its own")
    return who.organisation


def _require_other(state: State, owner: str, to: str) -> None:
    if directory.organisation(state, to).handle == owner:
        raise SharingWithOneself(to)


def _require_work(capacity: str, what: Iterable[Opened]) -> None:
    allowed = capacities.get(capacity)
    for one in what:
        if allowed is not None and not _within(one, allowed):
            raise CapacityExceeded(f"{one.kind} to a {capacity}")


def _within(one: Opened, allowed: frozenset[str]) -> bool:
    if one.kind != "entries":
        return one.kind in allowed
    return bool(one.types) and all(
        f"entries {told.partition('.')[0]}" in allowed for told in one.types
    )


def _known(state: State, name: str, mine: str) -> Row:
    """Raises `SharingUnknown`, also to who is no side of it."""
    row = cast(Row | None, state.get(kind, name))
    if row is None or mine not in (row["owner"], row["to"]):
        raise SharingUnknown(name)
    return row


def _told(act: Act[Any], to: str, owner: str, body: Disclose | OfferSharing) -> dict[str, Any]:
    row: dict[str, Any] = {"owner": owner, "to": to, "what": _rows(body.what), "said": _said(act)}
    row["until"] = body.until
    if body.since is not None:
        row["since"] = body.since
    return row


def _rows(what: Iterable[Opened]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", exclude_none=True, exclude_defaults=True) for one in what]


def _said(act: Act[Any]) -> dict[str, Any]:
    return {"by": act.author, "index": act.index, "time": act.time}


def _day(told: str | None) -> date | None:
    try:
        return None if told is None else date.fromisoformat(told)
    except ValueError:
        raise SharingTermRefused(f"{told} is no day") from None


def _changed(act: Act[Any], reader: str) -> Change:
    return Change(changed_kind, reader, {"index": act.index})
