"""Records and templates as lines of JSON: all that they say, so that another log can take them in.

    {"template": "99.7/META_PACK", "version": 1, "name": {…}, "fields": […]}
    {"handle": "99.7/A", "template": "1:99.7/META_PACK", "values": [{"index": 1, "type": "URL", "data": "…"}]}

A value has the members of `HandleValue`, the usual ones left out, and `time`, which a reader of lines passes over
as it does `owner` and `since`: the log that takes a record in has its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from tallystick.identity import records
from tallystick.identity.bodies import HandleValue, TemplateRef
from tallystick.identity.exchange.errors import Fault
from tallystick.identity.exchange.operations import (
    Item,
    Operation,
    Unfit,
    checked_handle,
    checked_value,
    values_max,
)
from tallystick.identity.templates import PublishTemplate
from tallystick.identity.views import Record

line_bytes_max = 1_048_576
_references: TypeAdapter[str] = TypeAdapter(TemplateRef)
_record_members = {"handle", "values", "template", "owner", "since"}
_template_members = set(PublishTemplate.model_fields)
_template_passed = {"owner", "since", "time", "digest", "withdrawn"}


def read_ndjson(lines: Iterable[bytes]) -> Iterator[Item]:
    """An operation or a fault for each line."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        handle = ""
        try:
            told = _object(line)
            handle = str(told.get("handle", told.get("template", "")))[:255]
            yield _record(number, told) if "handle" in told else _template(number, told)
        except Unfit as error:
            yield Fault(number, handle, str(error))


def record_line(record: Record, values: Sequence[HandleValue]) -> str:
    return _line(record_object(record, values))


def record_object(record: Record, values: Sequence[HandleValue]) -> dict[str, Any]:
    """The record with these of its values, as JSON says it."""
    times = {value.index: value.timestamp for value in record.values}
    said = [{**records.usual(value), "time": times.get(value.index)} for value in values]
    told: dict[str, Any] = {"handle": record.handle, "owner": record.owner, "since": record.since}
    told |= {"template": record.template} if record.template else {}
    return {**told, "values": said}


def template_line(row: Mapping[str, Any]) -> str:
    """From a document of the state."""
    return _line({name: row[name] for name in row if name in _template_members | _template_passed})


def _line(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > line_bytes_max:
        raise Unfit(f"the line has more than {line_bytes_max} bytes")
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Unfit(f"the line is no JSON: {error}") from None
    if not isinstance(told, dict):
        raise Unfit("the line is no JSON object")
    return cast(dict[str, Any], told)


def _record(number: int, told: Mapping[str, Any]) -> Operation:
    _closed(told, _record_members)
    handle, given = told["handle"], told.get("values", [])
    if not isinstance(handle, str) or not isinstance(given, list) or len(given) > values_max:
        raise Unfit(f"a record has a handle, and a list of at most {values_max} values")
    values = [_value(one) for one in given]
    if len({value.index for value in values}) != len(values):
        raise Unfit("two values have one index")
    return Operation(
        number,
        "create",
        checked_handle(handle),
        tuple(sorted(values, key=lambda value: value.index)),
        template=_reference(told.get("template")),
    )


def _value(told: Any) -> HandleValue:
    if not isinstance(told, dict):
        raise Unfit("a value is an object")
    given = cast(dict[str, Any], told)
    return checked_value({name: given[name] for name in given if name != "time"})


def _reference(told: object) -> str | None:
    if told is None:
        return None
    try:
        return _references.validate_python(told)
    except ValidationError:
        raise Unfit("a template is named as `version:handle`") from None


def _template(number: int, told: Mapping[str, Any]) -> Operation:
    _closed(told, _template_members | _template_passed)
    said = {name: told[name] for name in told if name in _template_members}
    try:
        body = PublishTemplate.model_validate_json(json.dumps(said))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Unfit(f"{'/'.join(str(s) for s in first['loc'])}: {first['msg']}") from None
    return Operation(number, "template", checked_handle(body.template), publish=body)


def _closed(told: Mapping[str, Any], members: set[str]) -> None:
    unknown = sorted(set(told) - members)
    if unknown:
        raise Unfit(f"unknown members: {', '.join(unknown[:5])}")
