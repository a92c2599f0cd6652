"""An organisation's people, and what waits for a second person, as data for whoever may know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, cast

from tallystick.identity.keys import recovery
from tallystick.identity.people import members
from tallystick.identity.people.bodies import RecoverKey
from tallystick.identity.people.panels import subject_of
from tallystick.identity.people.proposals import (
    case_of,
    decided_in,
    decided_index,
    find,
    open_index,
    pending_index,
    proposal_kind,
)
from tallystick.ledger import Found, NotReadable, Reader, State, View

people_page_max = 200


def people_of(
    view: View,
    reader: Reader,
    organisation: str | None,
    after: str = "",
    limit: int | None = 100,
) -> list[dict[str, Any]]:
    """Members in the order of their handles, the suspended too; those who left are not among them.

    Without a limit all of them. Raises `NotReadable` unless the reader reads for that organisation, or for all.
    """
    whose = reader.lists_of(organisation)
    if whose is None:
        raise NotReadable(organisation or "")
    found = sorted(handle for handle in members.of(view, whose) if handle > after)
    return [_told_person(view, handle) for handle in found[:limit]]


def pending_of(
    view: View,
    reader: Reader,
    organisation: str | None,
    after: str = "",
    limit: int = 100,
    *,
    only_open: bool = False,
) -> list[dict[str, Any]]:
    """Proposals of an organisation in the order of their names. Raises `NotReadable`."""
    whose = reader.lists_of(organisation)
    if whose is None:
        raise NotReadable(organisation or "")
    index = open_index if only_open else pending_index
    return [_told(one) for one in islice(_from(view, index, whose, after), limit)]


def decided_since(
    view: View, reader: Reader, organisation: str | None, since: str, until: str
) -> Iterator[dict[str, Any]]:
    """Proposals of an organisation that were decided between two instants, month by month. Raises `NotReadable`."""
    whose = reader.lists_of(organisation)
    if whose is None:
        raise NotReadable(organisation or "")
    for month in _months(since, until):
        for one in _from(view, decided_index, decided_in(whose, month)):
            if cast(Mapping[str, Any], one.value)["decided"]["time"] >= since:
                yield _told(one)


def pending(view: View, reader: Reader, name: str) -> dict[str, Any]:
    """One proposal, for its organisation, whom it is about, the node that helps, and auditors. Raises `NotReadable`."""
    row = cast(Mapping[str, Any] | None, view.get(proposal_kind, name))
    about = {} if row is None else cast(Mapping[str, Any], row["what"])
    if row is None or not reader.may_read(
        "parties", (row["organisation"], about.get("organisation"), row.get("helper"))
    ):
        raise NotReadable(name)
    return {"proposal": name, **row, "about": subject_of(case_of(row).what)}


def restated(state: State, name: str, person: str) -> RecoverKey | None:
    """What an approval by this person has to restate in `recovered`. Raises `ProposalUnknown`."""
    case = case_of(find(state, name))
    if not isinstance(case.what, RecoverKey) or not recovery.is_quorum(state, case, person):
        return None
    return case.what


def _told(one: Found) -> dict[str, Any]:
    return {"proposal": one.name, **cast(Mapping[str, Any], one.value)}


def _months(since: str, until: str) -> Iterator[str]:
    """Each as an instant begins that is in it."""
    year, month = int(since[:4]), int(since[5:7])
    while (told := f"{year:04d}-{month:02d}") <= until[:7]:
        yield told
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _from(view: View, index: str, key: str, after: str = "") -> Iterator[Found]:
    mark = (after, "") if after else None
    while page := view.find(index, key, after=mark, limit=people_page_max):
        yield from page
        mark = (page[-1].name, page[-1].part)


def _told_person(view: View, handle: str) -> dict[str, Any]:
    row = dict(members.person(view, handle))
    valid = [index for index, key in view.group("key", handle).items() if "until" not in key]
    return {"person": handle, **row, "keys": [f"{index}:{handle}" for index in valid]}
