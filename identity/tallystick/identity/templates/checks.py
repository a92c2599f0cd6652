"""Records that name a template: every value held against its field, and filled in from it.

A value whose permissions are the usual ones gets those of its field, and the field's readers; what it says
itself may be narrower, never wider.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from tallystick.identity import names, records
from tallystick.identity.bodies import HandleValue, WriteHandle, permissions_default
from tallystick.identity.templates.bodies import TemplateField
from tallystick.identity.templates.faults import stands_beside
from tallystick.identity.templates.template import Template, TemplateUnknown, claim_kind, find
from tallystick.identity.templates.values import mismatch
from tallystick.ledger import Change, RuleError, State, canonical


class TemplateNotMet(RuleError):
    code = "template-not-met"
    title = "The record is not as its template says"
    advice = "Correct the field that is named; `GET /v1/templates/…` shows what it may say."


class TemplateNotUsable(RuleError):
    code = "template-not-usable"
    title = "No record of this prefix is created under this template"
    advice = (
        "Use a version that is not withdrawn, of a template of your own or of a prefix above yours; "
        "copy others under your own prefix."
    )


def usable(state: State, reference: str, owner: str, handle: str) -> Template:
    """The template, for a record of this owner that comes under it now.

    Raises `TemplateUnknown` or `TemplateNotUsable`.
    """
    found = find(state, reference)
    prefix = names.split(handle)[0]
    above = prefix == found.prefix or prefix.startswith(f"{found.prefix}.")
    if found.withdrawn or not (above or found.owner == owner):
        raise TemplateNotUsable(f"{reference} for {handle}")
    return found


def fitted(template: Template, values: Iterable[HandleValue]) -> list[HandleValue]:
    """The values with permissions and readers of their fields; raises `TemplateNotMet`."""
    return [_fitted(template, value) for value in values]


def require_all(template: Template, values: Iterable[Mapping[str, Any]]) -> None:
    """Raises `TemplateNotMet` if a required field has no value."""
    missing = template.required - {value["index"] for value in values}
    if missing:
        raise _not_met(template.by_index[min(missing)], "is required, and missing")


def followed(state: State, row: Mapping[str, Any], body: WriteHandle) -> Template | None:
    """The template that a record follows when this is written; raises as `usable` does if it is another."""
    kept = cast(str | None, row.get("template"))
    if body.template is not None and body.template != kept:
        return usable(state, body.template, row["owner"], body.handle)
    return None if kept is None else find(state, kept)


def hold(
    template: Template, before: Mapping[str, Any], after: Mapping[str, Any], written: set[int]
) -> None:
    """The record as it becomes: nothing that is required is missing, and all of it is as this template says."""
    require_all(template, after["values"])
    if before.get("template") != template.reference:
        _refit(template, (value for value in after["values"] if value["index"] not in written))


def _refit(template: Template, values: Iterable[Mapping[str, Any]]) -> None:
    """Values that were written under another template must be as this one says, as they stand."""
    for row in values:
        value = HandleValue.model_validate(
            {name: row[name] for name in row if name != "time"}, strict=False
        )
        if _fitted(template, value) != value:
            field = template.by_index[value.index]
            raise _not_met(field, "has other permissions or readers here; write it again")


def claims(
    state: State,
    folded: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    taken: Iterable[str] = (),
) -> list[Change]:
    """Values of unique fields that the record gives up, and those that it says now.

    `taken`: names of claims of the same entry. Raises `TemplateNotMet`.
    """
    old, new = _claimed(state, before), _claimed(state, after)
    for name, field in new.items():
        holder = state.get(claim_kind, name)
        if name in taken or (holder is not None and holder["handle"] != folded):
            raise _not_met(field, "must be unique, and another record says the same")
    given_up = [Change(claim_kind, name, None) for name in old if name not in new]
    return given_up + [
        Change(claim_kind, name, {"handle": folded}) for name in new if name not in old
    ]


def is_open(state: State, reference: str | None, values: Sequence[HandleValue]) -> bool:
    """Whether everybody may read all these values of a record with this template, if with any."""
    if not all(records.is_public(value) for value in values):
        return False
    if reference is None:
        return True
    try:
        by_index = find(state, reference).by_index
    except TemplateUnknown:
        return False
    return all(
        value.index not in by_index or by_index[value.index].grade == "public" for value in values
    )


def _fitted(template: Template, value: HandleValue) -> HandleValue:
    field = template.by_index.get(value.index)
    if field is None or field.type != value.type:
        if field is None and stands_beside(value.type):
            return value
        raise TemplateNotMet(
            f"{value.index} ({value.type}) is no field of {template.reference}", field=value.type
        )
    if value.format is not None:
        raise _not_met(field, f"is text, not {value.format}")
    reason = mismatch(field, value.data)
    if reason is not None:
        raise _not_met(field, reason)
    permissions, readers = _access(field, value)
    if permissions == value.permissions and readers == value.readers:
        return value
    return value.model_copy(update={"permissions": permissions, "readers": readers})


def _access(field: TemplateField, value: HandleValue) -> tuple[str, tuple[str, ...] | None]:
    """The permissions and readers that the value gets."""
    write = "0" if field.final else "1"
    widest = f"1{write}{'1' if field.grade == 'public' else '0'}0"
    stated = value.permissions
    if stated == widest and value.readers is None:
        return stated, field.readers
    if stated != permissions_default and any(s > w for s, w in zip(stated, widest, strict=True)):
        raise _not_met(field, f"may have the permissions {widest}, not {stated}")
    readers = field.readers if value.readers is None else value.readers
    if value.readers is not None and field.grade != "partners":
        raise _not_met(field, "names no readers by its grade")
    if field.readers is not None and not set(readers or ()) <= set(field.readers):
        raise _not_met(field, "may be read by those whom the template names, and no other")
    return widest if stated == permissions_default else stated, readers


def _claimed(state: State, row: Mapping[str, Any] | None) -> dict[str, TemplateField]:
    reference = cast(str | None, row.get("template")) if row else None
    if row is None or reference is None:
        return {}
    template = find(state, reference)
    found: dict[str, TemplateField] = {}
    for value in row["values"]:
        if value["index"] in template.unique:
            said = [row["owner"], names.fold(template.handle), value["index"], value["data"]]
            name = hashlib.sha256(canonical.encode(said)).hexdigest()
            found[name] = template.by_index[value["index"]]
    return found


def _not_met(field: TemplateField, reason: str) -> TemplateNotMet:
    return TemplateNotMet(f"{field.index} ({field.type}) {reason}", field=field.type)
