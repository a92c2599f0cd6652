"""Organisations and incidents as data: a public part, and one for the organisation itself and its node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.organisations import holds, incidents, papers, past, quotas, searching
from tallystick.identity.people import members
from tallystick.identity.saying import incident_types, paper_types, said_by
from tallystick.ledger import NotReadable, Reader, Thing, View

page_max = 200
incidents_max = 500
Row = Mapping[str, Any]


def organisations_of(
    view: View, wanted: str, after: str, limit: int, node: str | None = None
) -> list[dict[str, Any]]:
    """What everybody may know of organisations, in the order of their handles; `wanted` begins something of them."""
    if wanted.strip():
        names = searching.search(view, wanted, after, limit, node)
    elif node is not None:
        mark = (after, "") if after else None
        names = [
            one.name for one in view.find("organisation-by-node", node, after=mark, limit=limit)
        ]
    else:
        names = list(view.names("organisation", after=after, limit=limit))
    return [public_part(view, name) for name in names]


def public_part(view: View, handle: str) -> dict[str, Any]:
    """Name, number, and who verified it when. Raises `NotReadable`.

    `admitted` is by two persons; without it, one key of the node registered it, before its people decided.
    """
    row = cast(Row | None, view.get("organisation", handle))
    if row is None:
        raise NotReadable(handle)
    told = {name: row[name] for name in ("name", "scheme", "verified", "node", "capacities")}
    told |= {name: row[name] for name in ("number", "country", "placeholder_of") if name in row}
    verified = _admission(view, handle)
    return {
        "organisation": handle,
        **told,
        "founded": "founded" in row,
        "suspended": "suspended" in row,
        "verified_by": directory.prefix_holder(view, row["node"]),
        **({"admitted": verified} if verified else {}),
    }


def own_part(view: View, reader: Reader, handle: str) -> dict[str, Any] | None:
    """Papers, people, holds, quota and history, for itself, its node and auditors; None for everybody else."""
    row = cast(Row | None, view.get("organisation", handle))
    if row is None:
        raise NotReadable(handle)
    if not reader.may_read("parties", (handle, directory.prefix_holder(view, row["node"]))):
        return None
    held = holds.held(view, handle)
    return {
        "papers": [dict(one) for one in row.get("papers", ())],
        "people": len(members.of(view, handle)),
        "suspended": row.get("suspended"),
        "held": None if held is None else {key: held[key] for key in ("list", "version", "time")},
        "quota": dict(quotas.left_of(view, handle)),
        "history": [{"index": int(part), **one} for part, one in _past(view, handle)],
        "handed": [
            {
                "handed": found.name,
                "index": found.value["index"],
                "list": found.value["papers"],
            }
            for found in view.find("papers-by-organisation", handle, limit=page_max)
            if cast(Row, found.value)["state"] == "open"
            and reader.still_reads(Thing("papers", said=said_by(paper_types, handle)), (handle,))
        ],
    }


def ending_papers(view: View, organisation: str, today: str, until: str) -> list[dict[str, Any]]:
    """Papers of an organisation that end before a day, those that have ended first."""
    row = cast(Row | None, view.get("organisation", organisation)) or {}
    found = [one for one in row.get("papers", ()) if one.get("ends", until) < until]
    told = [
        {"kind": one["kind"], "ends": one["ends"], "ended": one["ends"] < today} for one in found
    ]
    return sorted(told, key=lambda one: (one["ends"], one["kind"]))


def ending_at(view: View, node: str, until: str, limit: int = page_max) -> list[tuple[str, str]]:
    """(day, organisation) of papers under a node that end before a day, the first to end first."""
    found: list[tuple[str, str]] = []
    mark = None
    while len(found) < limit and (
        keys := view.keys(papers.by_end, "", until, after=mark, limit=page_max)
    ):
        for day, name, _ in keys:
            if cast(Row, view.get("organisation", name))["node"] == node:
                found.append((day, name))
        mark = keys[-1]
    return found[:limit]


def incidents_of(view: View, reader: Reader) -> list[dict[str, Any]]:
    """Those that the reader is told of, the newest first."""
    found: list[dict[str, Any]] = []
    after = ""
    while len(found) < incidents_max and (
        page := view.names(incidents.kind, after=after, limit=page_max)
    ):
        for name in page:
            row = cast(Row, view.get(incidents.kind, name))
            if _is_told(view, reader, row):
                found.append({"incident": name, **row})
        after = page[-1]
    return sorted(found, key=lambda row: str(row["notices"][-1]["time"]), reverse=True)


def _is_told(view: View, reader: Reader, row: Row) -> bool:
    grade = "public" if row["audience"] == "public" else "parties"
    parties = [row["organisation"], *row["concerns"]]
    if row["audience"] == "members":
        own = reader.lists_of()
        if own is not None and (firm := cast(Row | None, view.get("organisation", own))):
            parties += [own] if firm["node"] == row["node"] else []
    thing = Thing("incidents", said=said_by(incident_types, row["organisation"]))
    return reader.may_read(grade, parties, thing=thing)


def _admission(view: View, handle: str) -> dict[str, Any] | None:
    for part, row in _past(view, handle):
        if row["what"] == "admitted":
            return {"index": int(part), "time": row["time"], "by": row["by"]}
    return None


def _past(view: View, handle: str) -> Iterator[tuple[str, Row]]:
    yield from ((part, cast(Row, row)) for part, row in view.group(past.kind, handle).items())
