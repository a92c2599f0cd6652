"""What a template may not say of its fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tallystick.identity.bodies import value_chars_max
from tallystick.identity.templates.bodies import TemplateField
from tallystick.identity.templates.pictures import PictureRefused, read_picture
from tallystick.identity.templates.values import scaled

#: Types that the Handle System, GS1 and this log give a meaning to: they stand beside any template.
beside_types = ("HS_", "10320/", "TALLYSTICK.", "0.TYPE/")
_members = {
    "unit": ("integer", "decimal"),
    "scale": ("decimal",),
    "minimum": ("integer", "decimal"),
    "maximum": ("integer", "decimal"),
    "chars_min": ("text",),
    "chars_max": ("text",),
    "pattern": ("text",),
    "choices": ("choice",),
}


def stands_beside(value_type: str) -> bool:
    """Whether values of this type stand in a record whatever its template says."""
    return value_type.startswith(beside_types)


def faults(fields: Iterable[TemplateField]) -> Iterator[str]:
    """Every fault, each with the field's index and type."""
    indexes: set[int] = set()
    for field in fields:
        named = f"field {field.index} ({field.type})"
        if field.index in indexes:
            yield f"{named}: another field has this index"
        indexes.add(field.index)
        yield from (f"{named}: {fault}" for fault in _faults(field))


def _faults(field: TemplateField) -> Iterator[str]:
    if stands_beside(field.type):
        yield "values of this type stand beside any template"
    for member, types in _members.items():
        if getattr(field, member) is not None and field.data not in types:
            yield f"{member} means nothing for {field.data}"
    if field.data == "choice" and not field.choices:
        yield "a choice lists its choices"
    if field.data == "decimal" and not field.scale:
        yield "a decimal says its scale"
    if field.readers and field.grade != "partners":
        yield "only the grade partners has readers"
    known = [choice.value for choice in field.choices or ()]
    if len(set(known)) != len(known):
        yield "a choice is listed twice"
    yield from _limits(field)


def _limits(field: TemplateField) -> Iterator[str]:
    if (field.chars_max or 0) > value_chars_max:
        yield f"chars_max is more than {value_chars_max}"
    if field.chars_max is not None and (field.chars_min or 0) > field.chars_max:
        yield "chars_min is more than chars_max"
    if field.pattern is not None:
        try:
            read_picture(field.pattern)
        except PictureRefused as error:
            yield error.detail
    told = [number for number in (field.minimum, field.maximum) if number is not None]
    try:
        counts = [scaled(number, field.scale or 0) for number in told]
    except ValueError as error:
        yield str(error)
    else:
        if counts != sorted(counts):
            yield "minimum is more than maximum"
