"""Whether a document is valid EPCIS 2.0, and if not, where it is wrong, why, and what to do.

Every fault found is told, with a JSON pointer into the document as sent. Extensions need a prefix that
`@context` declares; unknown words and unknown fields are refused; no schema or context is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tallystick.trace.epcis.faults import Faults, pointer
from tallystick.trace.epcis.json_ld import check_context, known_prefixes, prefixes
from tallystick.trace.epcis.model import Document, event_models


def validate_document(document: Mapping[str, Any]) -> None:
    """Raise `EpcisRefused` unless this is a valid EPCISDocument."""
    faults = Faults()
    context = document.get("@context")
    check_context(context, "/@context", faults, required=True)
    _check(Document, document, prefixes(context), (), faults)
    body = document.get("epcisBody")
    events = body.get("eventList") if isinstance(body, Mapping) else None
    for number, event in enumerate(events if isinstance(events, list) else ()):
        _check_event(event, context, ("epcisBody", "eventList", number), faults)
    faults.raise_any()


def validate_event(event: Mapping[str, Any]) -> None:
    """Raise `EpcisRefused` unless this is a valid single event that carries its own @context."""
    faults = Faults()
    check_context(event.get("@context"), "/@context", faults, required=True)
    _check_event(event, None, (), faults)
    faults.raise_any()


def is_event(value: Mapping[str, Any]) -> bool:
    """Whether this claims to be a single event rather than a document."""
    kind = value.get("type")
    return isinstance(kind, str) and kind in event_models


def validate(value: Mapping[str, Any]) -> int:
    """Validate a document or a single event; the number of its events."""
    if is_event(value):
        validate_event(value)
        return 1
    validate_document(value)
    return len(value["epcisBody"]["eventList"])


def _check_event(event: Any, context: object, at: tuple[str | int, ...], faults: Faults) -> None:
    if not isinstance(event, Mapping):
        faults.add(pointer(at), "an event is an object", "write {…} here")
        return
    own = event.get("@context")
    if at:
        check_context(own, pointer((*at, "@context")), faults, required=False)
    kind = event.get("type")
    model = event_models.get(kind) if isinstance(kind, str) else None
    if model is None:
        faults.add(
            pointer((*at, "type")),
            "the type of the event is missing" if kind is None else f"{kind!r} is no event type",
            "use one of " + ", ".join(event_models),
        )
        return
    _check(model, event, prefixes(context, own), at, faults)


def _check(
    model: type[BaseModel],
    value: Mapping[str, Any],
    declared: Mapping[str, str],
    at: tuple[str | int, ...],
    faults: Faults,
) -> None:
    try:
        model.model_validate(value, context={"prefixes": known_prefixes(declared)})
    except ValidationError as error:
        told: set[str] = set()
        for item in error.errors(include_url=False):
            _tell(item, at, value, faults, told)


def _tell(
    item: ErrorDetails,
    at: tuple[str | int, ...],
    value: Any,
    faults: Faults,
    told: set[str],
) -> None:
    context = item.get("ctx", {})
    # A union (one URI or a list of them) adds its branch to the path: not a place in the document.
    path = (*_real_path(item["loc"], value), *((context["field"],) if "field" in context else ()))
    where = pointer((*at, *path))
    if where in told:
        return
    told.add(where)
    message, advice = _words(item, context)
    faults.add(where, message, advice)


def _real_path(loc: tuple[str | int, ...], value: Any) -> tuple[str | int, ...]:
    path: list[str | int] = []
    for number, step in enumerate(loc):
        inside = _members(value)
        if step in inside:
            value = inside[step]
        elif number + 1 < len(loc) or not isinstance(value, Mapping):
            continue
        path.append(step)
    return tuple(path)


def _members(value: Any) -> Mapping[str | int, Any]:
    if isinstance(value, list):
        return dict(enumerate(value))
    return value if isinstance(value, Mapping) else {}


_expected = {
    "int_type": "a number is expected here",
    "float_type": "a number is expected here",
    "string_type": "a text is expected here",
    "list_type": "a list is expected here",
    "dict_type": "an object is expected here",
    "model_type": "an object is expected here",
    "model_attributes_type": "an object is expected here",
    "bool_type": "true or false is expected here",
}


def _words(item: ErrorDetails, context: Mapping[str, Any]) -> tuple[str, str]:
    kind = item["type"]
    if kind == "missing":
        return "this field is missing", "add it"
    if kind == "extra_forbidden":
        return "there is no such field here", "check the spelling, or remove it"
    message = _expected.get(kind, item["msg"])
    given = item.get("input")
    if isinstance(given, str | int | float) and repr(given)[:80] not in message:
        message += f", not {repr(given)[:80]}"
    return message, context.get("advice", "correct the value")
