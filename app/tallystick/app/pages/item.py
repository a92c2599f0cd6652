"""The consumer page of an item: verdict, what it is, its journey, what it is made of, the proof.

The order is that of the best pages there are (verdict first); the public sees public fields only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Path, Query, Request, Response

import tallystick.trace as trace
from tallystick.app.access import Reading
from tallystick.app.pages import sentences
from tallystick.app.pages.branches import Branch, shown
from tallystick.app.pages.evidence import Evidence, examine
from tallystick.app.pages.handle import behind
from tallystick.app.pages.language import choose
from tallystick.app.pages.log import speaks_for
from tallystick.app.pages.records import created_at, facts, firm_names, title
from tallystick.app.pages.render import Pages
from tallystick.identity import (
    CodesOfBatches,
    Record,
    codes,
    index_of,
    prefix_data,
    resolve,
    version_at,
)
from tallystick.ledger import NotReadable, Snapshot
from tallystick.trace import Item, Journey, NotAParty, Tree, UnknownItem

#: Entries verified anew for one page; the rest is a link away each.
examined_max = 60
tree_depth = 6

Tone = Literal["good", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Verdict:
    tone: Tone
    line: str
    advice: str


def add(
    routes: APIRouter, pages: Pages, reader: Callable[..., Any], issued: CodesOfBatches
) -> None:
    """`issued` finds codes of batches that nobody has seen yet."""

    @routes.get("/t/{handle:path}")
    def item(
        request: Request,
        handle: Annotated[str, Path(max_length=400)],
        reading: Reading = Depends(reader),
        as_of: Annotated[str | None, Query(alias="asOf", max_length=100)] = None,
        before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    ) -> Response:
        at = index_of(reading.snapshot, as_of) if as_of else None
        record = (
            resolve(reading.view, handle, issued=issued)
            if at is None
            else version_at(reading.view, handle, at)
        )
        identifier = record.handle if record else handle
        # The story of a thing is told as it stands now.
        found = _item(reading, identifier) if at is None else None
        if record is None and found is None:
            return pages.page(request, "unknown.html", 404, handle=handle)
        language = choose(request)
        journey = _journey(reading, identifier) if found else None
        checked, more = _evidence(reading.snapshot, record, journey)
        return pages.page(
            request,
            "item.html",
            handle=identifier,
            record=record,
            facts=facts(reading, record, language) if record else [],
            title=title(record, language),
            item=found,
            verdict=judge(record, found, journey, checked, at),
            behind=behind(reading, record, at, before) if record else None,
            about=prefix_data(reading.view, identifier.partition("/")[0]),
            who=lambda author: speaks_for(reading.view, author),
            scheme_title=lambda name: codes.schemes[name].title[language],
            journey=journey,
            materials=_tree(trace.materials, reading, identifier) if found else None,
            contents=_tree(trace.contents, reading, identifier) if found else None,
            products=_tree(trace.products, reading, identifier) if found else None,
            checked=checked,
            provable=journey is not None
            and all(step.private is not None for step in journey.steps if not step.inherited),
            sound=all(evidence.sound for evidence in checked),
            more=more,
            firm=firm_names(reading.view, language),
            name_of=lambda handle: title(resolve(reading.view, handle), language),
        )


def judge(
    record: Record | None,
    item: Item | None,
    journey: Journey | None,
    checked: list[Evidence],
    at: int | None = None,
) -> Verdict:
    """One line for the reader, the worst news first. `at`: as of which entry it is shown."""
    if not all(evidence.sound for evidence in checked):
        return Verdict("bad", *sentences.verdicts["broken"])
    if at is not None:
        return Verdict("note", *sentences.verdicts["as-of"])
    if record is not None and record.deleted:
        return Verdict("bad" if item else "note", *sentences.verdicts["deleted"])
    if item is None:
        known = "issued" if record is not None and _is_thing(record) else "party"
        return Verdict("note", *sentences.verdicts[known])
    if journey is not None and any(step.disposition == "recalled" for step in journey.steps):
        return Verdict("bad", *sentences.verdicts["recalled"])
    if item.status in ("destroyed", "decommissioned", "consumed"):
        return Verdict("note", *sentences.verdicts[item.status])
    if record is None:
        return Verdict("note", *sentences.verdicts["foreign"])
    if not all(evidence.sealed for evidence in checked):
        return Verdict("good", *sentences.verdicts["unsealed"])
    return Verdict("good", *sentences.verdicts["sold" if item.status == "sold" else "authentic"])


def _is_thing(record: Record) -> bool:
    return not any(value.type.startswith("TALLYSTICK.") for value in record.values)


def _item(reading: Reading, identifier: str) -> Item | None:
    try:
        return trace.item(reading.view, identifier, reading.reader)
    except UnknownItem:
        return None


def _journey(reading: Reading, identifier: str) -> Journey:
    return trace.journey(reading.view, identifier, reading.reader)


def _tree(grow: Callable[..., Tree], reading: Reading, identifier: str) -> Branch | None:
    """A tree with at least one branch, if the reader may see it."""
    try:
        tree = grow(reading.view, identifier, tree_depth, reading.reader)
    except (NotAParty, NotReadable):
        return None
    return shown(tree.root) if tree.root.branches else None


def _evidence(
    snapshot: Snapshot, record: Record | None, journey: Journey | None
) -> tuple[list[Evidence], int]:
    """The entries behind an item, verified anew, and how many more there are."""
    written = {created_at(snapshot, record), record.since} - {None} if record else set()
    captured = {int(step.cursor.partition(".")[0]) for step in (journey.steps if journey else ())}
    indexes = sorted(captured | cast(set[int], written))
    checked = [examine(snapshot, index) for index in indexes[:examined_max]]
    return checked, len(indexes) - len(checked)
