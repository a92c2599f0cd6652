"""An organisation's people, and what waits for a second person, as data for whoever may know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tallystick.identity.keys import recovery
from tallystick.identity.people import members
from tallystick.identity.people.bodies import RecoverKey
from tallystick.identity.people.panels import subject_of
from tallystick.identity.people.proposals import case_of, find, pending_index, proposal_kind
from tallystick.ledger import Found, NotReadable, Reader, State, View

people_page_max = 200


def people_of(
    view: View, reader: Reader, organisation: str | None, after: str = "", limit: int = 100
) -> list[dict[str, Any]]:
    """Members in the order of their handles, the suspended too; those who left are not among them.

    Raises `NotReadable` unless the reader reads for that organisation, or for all.
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
    found: list[dict[str, Any]] = []
    for one in _from(view, whose, after):
        row = cast(Mapping[str, Any], one.value)
        if not only_open or row["state"] == "open":
            found.append({"proposal": one.name, **row})
        if len(found) == limit:
            break
    return found


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


def _from(view: View, organisation: str, after: str) -> Iterator[Found]:
    mark = (after, "") if after else None
    while page := view.find(pending_index, organisation, after=mark, limit=people_page_max):
        yield from page
        mark = (page[-1].name, page[-1].part)


def _told_person(view: View, handle: str) -> dict[str, Any]:
    row = dict(members.person(view, handle))
    valid = [index for index, key in view.group("key", handle).items() if "until" not in key]
    return {"person": handle, **row, "keys": [f"{index}:{handle}" for index in valid]}
