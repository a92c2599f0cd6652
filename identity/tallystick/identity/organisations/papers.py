"""Later papers: handed in by the organisation, confirmed by two people of its node.

    papers-handed  <payload hash>   {organisation, by, papers, time, index, state}   state: open, confirmed

`papers`, here and in an organisation's document: each with the `index` of the entry that it lies with.

A confirmed paper takes the place of those of its kind. That a paper ends changes nothing by itself: everybody
concerned is reminded, and people decide whether to suspend.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.directory import NotEntitled
from tallystick.identity.organisations import past
from tallystick.identity.organisations.asked import ConfirmPapers
from tallystick.identity.organisations.bodies import HandPapers
from tallystick.identity.organisations.errors import PaperEnded, PaperEndMissing, PapersUnknown
from tallystick.identity.organisations.holds import require_verified_by
from tallystick.identity.people import members
from tallystick.identity.people.bodies import Paper
from tallystick.ledger import Act, Change, Document, Effects, State

kind = "papers-handed"
by_organisation = "papers-by-organisation"
by_end = "organisation-by-paper-end"
#: Kinds that always say when they end: nobody authorises for ever.
with_end: tuple[str, ...] = ("agent-authorisation",)


def hand(state: State, act: Act[HandPapers]) -> Effects:
    """By an officer, or, before its founding, the organisation itself."""
    body = act.body
    who = directory.speaker(state, act.author)
    if who.organisation != body.organisation or not members.administers(state, who):
        raise NotEntitled(f"{act.author} is no officer of {body.organisation}")
    check(act.time, body.papers)
    row: dict[str, Any] = {
        "organisation": body.organisation,
        "by": act.author,
        "papers": told(body.papers, act.index),
        "time": act.time,
        "index": act.index,
        "state": "open",
    }
    return [Change(kind, act.payload_hash, row)]


def confirm(state: State, act: Act[Any], node: str, by: str, what: ConfirmPapers) -> Effects:
    require_verified_by(state, node, what.organisation)
    handed = cast(Mapping[str, Any] | None, state.get(kind, what.handed))
    if handed is None or handed["organisation"] != what.organisation or handed["state"] != "open":
        raise PapersUnknown(what.handed)
    row = dict(cast(Mapping[str, Any], state.get("organisation", what.organisation)))
    fresh = [dict(one) for one in handed["papers"]]
    kinds = {one["kind"] for one in fresh}
    kept = [one for one in row.get("papers", ()) if one["kind"] not in kinds]
    row["papers"] = sorted([*kept, *fresh], key=lambda one: str(one["kind"]))
    return [
        Change("organisation", what.organisation, row),
        Change(kind, what.handed, {**handed, "state": "confirmed", "confirmed": act.index}),
        past.noted(act, what.organisation, "papers", by, {"kinds": sorted(kinds)}),
    ]


def check(time: str, papers: Sequence[Paper]) -> None:
    """One of each kind but `other`, none that has ended, and an end where it must be. Raises `PaperEnded` or
    `PaperEndMissing`."""
    seen: set[str] = set()
    for paper in papers:
        if paper.kind in seen and paper.kind != "other":
            raise PaperEnded(f"{paper.kind} is there twice")
        seen.add(paper.kind)
        if paper.ends is None and paper.kind in with_end:
            raise PaperEndMissing(paper.kind)
        if paper.ends is not None and paper.ends < time[:10]:
            raise PaperEnded(f"{paper.kind} ended on {paper.ends}")


def told(papers: Iterable[Paper], index: int) -> list[dict[str, Any]]:
    """Each with the entry that it lies with."""
    return [
        {**paper.model_dump(mode="json", exclude_none=True), "index": index} for paper in papers
    ]


def ends(_name: str, _part: str, value: Document) -> Iterable[str]:
    """The days on which papers of an organisation end, for whoever reminds it."""
    row = cast(Mapping[str, Any], value)
    return sorted({one["ends"] for one in row.get("papers", ()) if "ends" in one})


def of_organisation(_name: str, _part: str, value: Document) -> Iterable[str]:
    return [cast(str, value["organisation"])]
