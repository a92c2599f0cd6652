"""Templates are published, version by version, and withdrawn by whoever holds their prefix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity import directory, names, records
from tallystick.identity.bodies import DeleteHandle
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.prefixes.standing import charge, require_writable
from tallystick.identity.templates.bodies import PublishTemplate, WithdrawTemplate
from tallystick.identity.templates.faults import faults
from tallystick.identity.templates.template import digest_of, document, kind, part_of
from tallystick.ledger import Act, Change, Effects, RuleError, State, canonical

told_faults_max = 10
#: The value of a template's own record that says which version is the newest.
value_index, value_type = 1, "TALLYSTICK.TEMPLATE"


class TemplateRefused(RuleError):
    code = "template-refused"
    title = "This template contradicts itself"
    advice = "Correct the fields that are named, and publish it again."


class TemplateVersionRefused(RuleError):
    code = "template-version-refused"
    title = "Versions of a template are counted from 1, without a gap"
    advice = "Publish the version that follows the newest one."


class TemplateStands(RuleError):
    code = "template-stands"
    title = "A template is not deleted: records name it"
    advice = "Withdraw its versions (`identity.template.withdraw/1`)."


def publish(state: State, act: Act[PublishTemplate]) -> Effects:
    body = act.body
    organisation = _holder(state, act, body.template)
    wrong = list(faults(body.fields))
    if wrong:
        raise TemplateRefused("; ".join(wrong[:told_faults_max]))
    folded = names.fold(body.template)
    before = _newest(state, folded, body)
    if body.copied_from is not None and "withdrawn" in document(state, body.copied_from):
        raise TemplateRefused(f"{body.copied_from} was withdrawn; copy a version that stands")
    fields = [field.model_dump(mode="json", exclude_defaults=True) for field in body.fields]
    row: dict[str, Any] = {
        "template": body.template,
        "version": body.version,
        "owner": organisation,
        "name": dict(body.name),
        "fields": fields,
        "digest": digest_of(fields),
        "since": act.index,
        "time": act.time,
    }
    row |= {"note": body.note} if body.note else {}
    row |= {"copied_from": body.copied_from} if body.copied_from else {}
    return [
        Change(kind, folded, row, part_of(body.version)),
        *_announced(before, folded, row, act),
        *([] if before else charge(state, names.split(body.template)[0], 1)),
    ]


def withdraw(state: State, act: Act[WithdrawTemplate]) -> Effects:
    body = act.body
    _holder(state, act, body.template)
    row = document(state, f"{body.version}:{body.template}")
    if "withdrawn" in row:
        raise TemplateVersionRefused(f"{body.version}:{body.template} is withdrawn already")
    folded = names.fold(body.template)
    after = {**row, "withdrawn": act.time}
    return [Change(kind, folded, after, part_of(body.version))]


def keep_template(state: State, act: Act[DeleteHandle]) -> Effects:
    """Follows the deletion of a handle."""
    if state.group(kind, names.fold(act.body.handle)):
        raise TemplateStands(act.body.handle)
    return []


def _holder(state: State, act: Act[Any], template: str) -> str:
    organisation = directory.speaker(state, act.author).organisation
    if not directory.holds_handle(state, organisation, template):
        raise NotEntitled(f"{organisation} does not hold the prefix of {template}")
    require_writable(state, names.split(template)[0], act)
    return organisation


def _newest(state: State, folded: str, body: PublishTemplate) -> Mapping[str, Any] | None:
    """The record that says the newest version, which this one follows."""
    versions = state.group(kind, folded)
    if body.version != len(versions) + 1:
        raise TemplateVersionRefused(f"{body.template} has {len(versions)} versions")
    found = cast(Mapping[str, Any] | None, state.get("handle", folded))
    taken = found is not None or state.get("party", folded) is not None
    if not versions and taken:
        raise AlreadyRegistered(body.template)
    if found is not None and found["handle"] != body.template:
        raise TemplateVersionRefused(f"spell it as it was published: {found['handle']}")
    return found


def _announced(
    before: Mapping[str, Any] | None, folded: str, row: Mapping[str, Any], act: Act[PublishTemplate]
) -> list[Change]:
    """The template's own record, by which it resolves, with its newest version."""
    told = {"digest": row["digest"], "fields": len(row["fields"]), "version": row["version"]}
    value = {
        "index": value_index,
        "type": value_type,
        "format": "json",
        "data": canonical.encode(told).decode(),
        "permissions": "1010",
        "time": act.time,
    }
    others = [one for one in before["values"] if one["index"] != value_index] if before else []
    after = {
        "handle": row["template"],
        "owner": row["owner"],
        "since": act.index,
        "values": [value, *others],
    }
    return records.changed(folded, before, after)
