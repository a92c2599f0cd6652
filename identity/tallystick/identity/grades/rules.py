"""Raising takes one person, lowering two and a reason; what may leave, two persons of the owner.

Only what is the organisation's own changes: `Marking` asks for the organisation of each entry's author. A type
whose bodies are public stays public: its contents are in pages, proofs and other people's copies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.directory import NotEntitled
from tallystick.identity.grades import bodies
from tallystick.identity.grades.errors import GradeStands, PermissionUnknown, ThingUnknown
from tallystick.identity.grades.of_fields import of_template
from tallystick.identity.grades.standing import kind, past_kind, permission_kind
from tallystick.identity.people import members
from tallystick.identity.people.panels import Case
from tallystick.identity.people.proposals import Perform
from tallystick.identity.templates import template
from tallystick.ledger import Act, Change, Effects, Mark, RuleSet, State, grading

_roles = frozenset({"maker", "checker", "finance"}) | members.administrators


class Grades:
    """The rules, over the types that are registered when they judge."""

    def __init__(self, rule_set: RuleSet) -> None:
        self._rules = rule_set

    def raise_grade(self, state: State, act: Act[bodies.RaiseGrade]) -> Effects:
        body = act.body
        who = directory.speaker(state, act.author)
        if who.organisation != body.organisation:
            raise NotEntitled(f"{act.author} does not speak for {body.organisation}")
        alone = who.kind == "organisation" and not members.founded(state, who.organisation)
        if not alone and not (who.kind == "person" and who.roles & _roles):
            raise NotEntitled(f"{act.author} has no role that grades data")
        least = self._least(state, body.organisation, body.thing)
        now = _now(state, body.organisation, body.thing)
        if grading.rank(body.grade) <= max(grading.rank(least), grading.rank(now)):
            raise GradeStands(f"{body.thing} is {max(least, now, key=grading.rank)} already")
        told = {"grade": body.grade, "lowered": False, "reason": body.reason}
        return _written(state, act, body.organisation, body.thing, told)

    def lower(self, state: State, act: Act[Any], case: Case) -> Effects:
        what: bodies.LowerGrade = case.what
        least = self._least(state, case.organisation, what.thing)
        set_before = state.get(kind, case.organisation, what.thing)
        is_attachment = what.thing.startswith("attachment:")
        if grading.rank(what.grade) < grading.rank(least):
            raise GradeStands(f"{what.thing} is declared {least}")
        if set_before is None and not is_attachment:
            raise GradeStands(f"{what.thing} is {least}, as it is declared")
        now = _now(state, case.organisation, what.thing) if set_before else "core"
        if grading.rank(what.grade) >= grading.rank(now):
            raise GradeStands(f"{what.thing} is {now}: this would not lower it")
        told = {"grade": what.grade, "lowered": True, "reason": what.reason, "proposed": case.by}
        return _written(state, act, case.organisation, what.thing, told)

    def deeds(self) -> dict[str, Perform]:
        """For acts of two persons, by the kind that a body names."""
        return {"lower-grade": self.lower, "permit-leaving": permit}

    def _least(self, state: State, organisation: str, thing: str) -> grading.DataGrade:
        """What is declared of it. Raises `ThingUnknown`, `GradeStands`."""
        sort, _, rest = thing.partition(":")
        if sort == "attachment":
            return "public"
        if sort == "template":
            return _template_field(state, organisation, rest)
        name, _, pointer = rest.partition("#")
        known = self._rules.types.get(name)
        if known is None:
            raise ThingUnknown(thing)
        if known.public:
            raise GradeStands(f"{name} is public")
        mark = known.data.fields.get(pointer) if pointer else known.data.whole
        if mark is None and pointer in grading.pointers(known.body):
            mark = Mark(known.data.whole.data_class, known.data.whole.grade)
        if mark is None:
            raise ThingUnknown(thing)
        return mark.grade


def permit(state: State, act: Act[Any], case: Case) -> Effects:
    what: bodies.PermitLeaving = case.what
    genesis = cast(Mapping[str, Any], state.get("log", "genesis") or {})
    if what.everybody and case.organisation != genesis.get("root"):
        raise NotEntitled(f"{case.organisation} permits for itself alone")
    if what.ends <= act.time:
        raise GradeStands("the permission would have ended already")
    told: dict[str, Any] = what.model_dump(mode="json", exclude={"kind", "data_class", "everybody"})
    row: dict[str, Any] = {
        **told,
        "class": what.data_class,
        "owner": case.organisation,
        "by": [case.by, act.author],
        "since": act.index,
        "time": act.time,
    }
    if what.everybody:
        row["everybody"] = True
    return [Change(permission_kind, act.payload_hash, row)]


def end_permission(state: State, act: Act[bodies.EndPermission]) -> Effects:
    body = act.body
    row = cast(Mapping[str, Any] | None, state.get(permission_kind, body.permission))
    who = directory.speaker(state, act.author)
    if row is None or row["owner"] != who.organisation or "ended" in row:
        raise PermissionUnknown(body.permission)
    if not members.administers(state, who):
        raise NotEntitled(f"{act.author} is no officer of {who.organisation}")
    ended: dict[str, Any] = {
        "by": act.author,
        "index": act.index,
        "time": act.time,
        "reason": body.reason,
    }
    return [Change(permission_kind, body.permission, {**row, "ended": ended})]


def _template_field(state: State, organisation: str, named: str) -> grading.DataGrade:
    reference, _, index = named.rpartition("#")
    try:
        found = template.find(state, reference)
    except template.TemplateUnknown:
        raise ThingUnknown(f"template:{named}") from None
    field = found.by_index.get(int(index))
    if field is None:
        raise ThingUnknown(f"template:{named}")
    if found.owner != organisation:
        raise NotEntitled(f"{reference} is {found.owner}'s")
    if field.grade == "public":
        raise GradeStands(f"field {index} of {reference} is public")
    return of_template[field.grade]


def _now(state: State, organisation: str, thing: str) -> grading.DataGrade:
    row = cast(Mapping[str, Any] | None, state.get(kind, organisation, thing))
    return "public" if row is None else cast(grading.DataGrade, row["grade"])


def _written(
    state: State, act: Act[Any], organisation: str, thing: str, told: Mapping[str, Any]
) -> Effects:
    """The grade in force, and what it takes the place of."""
    before = cast(Mapping[str, Any] | None, state.get(kind, organisation, thing))
    row = {**told, "by": act.author, "since": act.index, "time": act.time}
    changes = [Change(kind, organisation, row, thing)]
    if before is not None:
        past = {**before, "thing": thing, "until": act.index}
        changes.append(Change(past_kind, organisation, past, f"{act.index:016d}"))
    return changes
