"""Class and grade of values that stand under a template: as its field says, or as its owner set them since."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tallystick.identity import records
from tallystick.identity.grades.standing import any_grade_set, grades_set
from tallystick.identity.templates import template
from tallystick.identity.templates.bodies import TemplateField
from tallystick.ledger import Mark, State, View, grading

of_template: Mapping[str, grading.DataGrade] = {
    "public": "public",
    "partners": "partner",
    "owner": "restricted",
}
default_class: grading.DataClass = "trade"
#: Of a value whose template is not here.
unknown = Mark("personal", "restricted")


def mark_of(field: TemplateField) -> Mark:
    """As the template declares it."""
    return Mark(field.data_class or default_class, of_template[field.grade], field.mask)


def marks(view: State, reference: str, owner: str | None) -> Mapping[int, Mark]:
    """By index of the field, for a record of this owner. Nothing for a template that is not there."""
    try:
        found = template.find(view, reference)
    except template.TemplateUnknown:
        return {}
    declared = {index: mark_of(field) for index, field in found.by_index.items()}
    if owner != found.owner or not any_grade_set(view):
        return declared
    told = grades_set(view, found.owner)
    for index, mark in declared.items():
        now = told.get(f"template:{reference}#{index}")
        if now is not None:
            declared[index] = now.of(mark, mark.grade)
    return declared


def without_template(row: Mapping[str, Any]) -> bool:
    """Whether a record came along with its prefix and its template did not: nobody here knows what that kept for roles.

    Until its owner writes it under a template of this log, what is not public is `unknown`.
    """
    return "template" not in row and "template" in row.get("from", {})


def within(view: View, owner: str, index: int, body: Mapping[str, Any]) -> Mapping[str, Mark]:
    """By pointer, the values of records under a template in a body of `handle.create`, `write` or `renew`.

    A record that does not name its template again stands under the one that it had when this was said.
    """
    return dict(_within(view, owner, index, body))


def carried(view: View, owner: str, _index: int, body: Mapping[str, Any]) -> Mapping[str, Mark]:
    """By pointer, the documents in a body of `prefix.take` that hold a value which is for roles: as the strictest of
    them. Where nobody here knows the template, what is not public is personal and restricted.
    """
    found: dict[str, Mark] = {}
    for n, one in enumerate(body["records"]):
        document = json.loads(one["document"]) if one["kind"] == "handle" else {}
        reference = document.get("template") if isinstance(document, dict) else None
        if reference is None:
            continue
        known = marks(view, reference, owner)
        private = [value for value in document["values"] if not records.is_public(value)]
        told = [known.get(value["index"], unknown) for value in private]
        above = [mark for mark in told if grading.rank(mark.grade) > grading.rank("partner")]
        if above:
            strictest = max(above, key=lambda mark: grading.rank(mark.grade))
            found[f"/records/{n}/document"] = Mark(strictest.data_class, strictest.grade)
    return found


def _within(
    view: View, owner: str, index: int, body: Mapping[str, Any]
) -> Iterator[tuple[str, Mark]]:
    many = "handles" in body
    known: dict[str, Mapping[int, Mark]] = {}
    for n, record in enumerate(body["handles"] if many else (body,)):
        reference = record.get("template")
        start = f"/handles/{n}" if many else ""
        if reference is None and not many:
            stood = records.at(view, record["handle"], index) or {}
            reference = stood.get("template")
            if without_template(stood):
                for at, value in enumerate(record.get("values", ())):
                    if not records.is_public(value):
                        yield f"{start}/values/{at}/data", unknown
        if reference is None:
            continue
        if reference not in known:
            known[reference] = marks(view, reference, owner)
        found = known[reference]
        for at, value in enumerate(record.get("values", ())):
            if value["index"] in found:
                yield f"{start}/values/{at}/data", found[value["index"]]
