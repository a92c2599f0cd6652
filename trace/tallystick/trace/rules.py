"""`trace.capture/1`: what a device saw happen.

The author is a device, or an organisation or service speaking itself; never a person. All events of a
capture hold together or the capture is refused as a whole, and the refusal names event and identifier:
a wrong scan never leaves anything half done. The rule reads the body alone, never the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tallystick.identity import NotEntitled, UnknownParty, devices, names, speaker
from tallystick.ledger import Act, Effects, EntryType, Json, Mark, RuleSet, State, graded
from tallystick.trace import items
from tallystick.trace.draft import Draft, Scan, kinds, twice
from tallystick.trace.epcis import vocabulary
from tallystick.trace.epcis.fields import identifier_fault
from tallystick.trace.errors import MalformedEvent, TooManyRelations
from tallystick.trace.packing import aggregate, amount
from tallystick.trace.renewal import refuse_named, renew_type
from tallystick.trace.summarise import check_capture
from tallystick.trace.summary import Capture, EventSummary

relations_max = 10_000

#: The document of a capture is for whom its author says.
captured_data = graded("trade", "partner", attachments=Mark("trade", "public"))


def register(rules: RuleSet) -> None:
    """Make the trace part's entry type and kinds of document known."""
    rules.add(
        EntryType(
            name="trace.capture/1",
            body=Capture,
            rule=capture,
            summary="EPCIS events as a device or service captured them",
            parties=parties,
            reporting=True,
            reads=_reads,
            attachments=lambda body: (body.document,),
            admit=lambda body, data: check_capture(body, data[body.document.hash]),
            data=captured_data,
        )
    )
    rules.add_kinds(*kinds)
    rules.follow(renew_type, refuse_named)


def _reads(body: Capture) -> Iterator[tuple[str, str]]:
    """Items and records that the events name."""
    for event in body.events:
        lots = (*event.lots, *event.input_lots, *event.output_lots)
        named = {*event.items, *event.inputs, *event.outputs, *(lot.lot for lot in lots)}
        for identifier in named | ({event.parent} if event.parent else set()):
            yield ("item", identifier)
            yield ("handle", names.fold(identifier))


def capture(state: State, act: Act[Capture]) -> Effects:
    """The rule. Raises a `CaptureRefused`, `UnknownParty` or `NotEntitled`."""
    who = speaker(state, act.author)
    if who.kind == "person":
        raise NotEntitled(f"{act.author} is a person: events are captured by devices")
    by = devices.class_of(state, act.author) if who.kind == "device" else None
    draft = Draft(state, act, who.organisation)
    known: set[str] = set()
    for number, event in enumerate(act.body.events):
        if by is not None:
            devices.require_may_report(by, act.author, event.type, event.biz_step)
        scan = Scan(draft, number, event, known)
        _check_form(scan)
        _judges[event.type](scan)
    return draft.changes()


def parties(state: State, act: Act[Capture]) -> Iterable[str]:
    """The author's organisation, sources and destinations, and holders of the prefixes named."""
    try:
        found = {speaker(state, act.author).organisation}
    except UnknownParty:
        return ()
    draft = Draft(state, act, "")
    for event in act.body.events:
        for handle in (event.source, event.destination):
            if handle is not None and state.get("organisation", handle) is not None:
                found.add(handle)
        for identifier in _identifiers(event):
            holder = None if identifier_fault(identifier) else draft.holder(identifier)
            if holder is not None:
                found.add(holder)
    return sorted(found)


def _identifiers(event: EventSummary) -> Iterable[str]:
    yield from (*event.items, *event.inputs, *event.outputs)
    yield from (lot.lot for lot in (*event.lots, *event.input_lots, *event.output_lots))
    if event.parent is not None:
        yield event.parent


def _check_form(scan: Scan) -> None:
    """What a valid EPCIS event of this type has, and in normal form: the document may be gone."""
    event = scan.event
    for word, family in (
        (event.biz_step, vocabulary.biz_steps),
        (event.disposition, vocabulary.dispositions),
    ):
        if word is not None and (family.fault(word) or family.normal(word) != word):
            scan.refuse(MalformedEvent, word, f"this is no {family.name} in its normal form")
    transformation = event.type == "TransformationEvent"
    if transformation == (event.action is not None):
        scan.refuse(MalformedEvent, event.type, "the action is missing, or has no place here")
    if transformation == bool(event.items or event.lots):
        sensed = event.type == "ObjectEvent" and event.read_point is not None
        emptied = event.action == "DELETE" and event.parent is not None
        if transformation or not (sensed or emptied):
            scan.refuse(MalformedEvent, event.type, "it names nothing, or in the wrong place")
    if not transformation and (
        event.inputs or event.outputs or event.input_lots or event.output_lots
    ):
        scan.refuse(MalformedEvent, event.type, "inputs and outputs belong to transformations")
    _check_parent(scan)
    if (doubled := twice(_identifiers(event))) is not None:
        scan.refuse(MalformedEvent, doubled, "it is named twice in one event")


def _check_parent(scan: Scan) -> None:
    event = scan.event
    nested = event.type in ("AggregationEvent", "AssociationEvent")
    if nested and event.parent is None and event.action != "OBSERVE":
        scan.refuse(MalformedEvent, event.type, "the parent is missing")
    if event.parent is not None and not nested and event.type != "TransactionEvent":
        scan.refuse(MalformedEvent, event.parent, "this type of event has no parent")


def _object(scan: Scan) -> None:
    status = items.ends(scan)
    for identifier in scan.event.items:
        if status is not None:
            items.end(scan, identifier, status)
        elif items.commissions(scan):
            items.create(scan, identifier)
        else:
            items.touch(scan, identifier)
        scan.note(identifier, "item")
    for lot in scan.event.lots:
        (items.create if items.commissions(scan) else items.touch)(scan, lot.lot, "lot")
        scan.note(lot.lot, "item", amount=amount(lot))


def _touch_all(scan: Scan) -> None:
    """Transactions and associations: the items are seen; containment does not change."""
    event = scan.event
    relation = "item" if event.type == "TransactionEvent" else "child"
    more: dict[str, Json] = {} if event.parent is None else {"parent": event.parent}
    if event.parent is not None:
        items.touch(scan, event.parent)
        scan.note(event.parent, "parent")
    for identifier in event.items:
        items.touch(scan, identifier)
        scan.note(identifier, relation, **more)
    for lot in event.lots:
        items.touch(scan, lot.lot, "lot")
        scan.note(lot.lot, relation, amount=amount(lot), **more)


def _transform(scan: Scan) -> None:
    event = scan.event
    made = [*event.outputs, *(lot.lot for lot in event.output_lots)]
    used = [*event.inputs, *(lot.lot for lot in event.input_lots)]
    if len(made) * len(used) > relations_max:
        scan.refuse(TooManyRelations, event.type, f"{len(used)} × {len(made)} > {relations_max}")
    if not made and not used:
        scan.refuse(MalformedEvent, event.type, "inputs and outputs are missing")
    for identifier in event.inputs:
        items.end(scan, identifier, "consumed")
        scan.note(identifier, "input")
    for lot in event.input_lots:
        items.touch(scan, lot.lot, "lot")
        scan.note(lot.lot, "input", amount=amount(lot))
    for identifier in event.outputs:
        items.create(scan, identifier)
        scan.note(identifier, "output")
    for lot in event.output_lots:
        items.create(scan, lot.lot, "lot")
        scan.note(lot.lot, "output", amount=amount(lot))
    for output in made:
        for source in used:
            _relate(scan, output, source)


def _relate(scan: Scan, output: str, source: str) -> None:
    link: dict[str, Json] = {
        "at": scan.part,
        "time": scan.event.time,
        "party": scan.draft.organisation,
    }
    scan.draft.put("made-of", output, link, source)
    scan.draft.put("made-into", source, link, output)


_judges = {
    "ObjectEvent": _object,
    "AggregationEvent": aggregate,
    "TransactionEvent": _touch_all,
    "AssociationEvent": _touch_all,
    "TransformationEvent": _transform,
}
