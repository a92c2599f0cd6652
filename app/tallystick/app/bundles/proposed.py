"""What several persons decided, as a bundle shows it: a decision, and the proposal that it names by its payload hash.

Either is here with its body, or with the fields of it that speak of keys: those of a proposal that only its parties
may read are for everybody, as every registration of a key is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.identity import FirstPerson, first_people_max
from tallystick.ledger import Handle, Hex32, canonical
from tallystick.ledger.bundle import Bundle, HeldEntry, fields_of

propose_type, decide_type = "identity.propose/1", "identity.decide/1"
#: In a pointer: what is asked for stands less deep.
steps_max = 16


class Part(BaseModel):
    """Some members of a body; whatever else it holds is not asked for."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Approval(Part):
    """Of a decision."""

    proposal: Hex32
    decision: Literal["approve"]


class Dismissed(Part):
    kind: Literal["dismiss"]
    person: Handle


class Admitted(Part):
    kind: Literal["admit"]
    organisation: Handle
    people: Annotated[tuple[FirstPerson, ...], Field(max_length=first_people_max)]


class Dismissal(Part):
    """Of a proposal: a person goes."""

    what: Dismissed


class Admission(Part):
    """Of a proposal: an organisation begins with these people and their keys."""

    what: Admitted


P = TypeVar("P", bound=Part)


def approved(bundle: Bundle, held: HeldEntry) -> Dismissed | Admitted | None:
    """What an applied approval brought about, if the bundle shows it and it is about keys.

    An approval of either completes it: no third person is waited for.
    """
    said = part(held, decide_type, Approval)
    proposal = None if said is None else bundle.by_payload.get(said.proposal)
    if proposal is None:
        return None
    found = part(proposal, propose_type, Dismissal) or part(proposal, propose_type, Admission)
    return None if found is None else found.what


def part(held: HeldEntry, entry_type: str, model: type[P]) -> P | None:
    """The members of an entry's body that a model names, from the body or the fields that are shown."""
    if held.entry.type != entry_type:
        return None
    data = held.body
    if data is None and held.shown is not None:
        shown = unfolded((one.pointer, one.value) for one in held.shown.fields)
        data = None if shown is None else canonical.encode(shown)
    try:
        return None if data is None else model.model_validate_json(data)
    except ValidationError:
        return None


class _Inner(dict[str, Any]):
    """What stands above fields; a field's own value is a scalar or an empty container."""


def unfolded(fields: Iterable[tuple[str, Any]]) -> Any:
    """The object that has these fields (RFC 6901 pointers); names that are 0, 1, … n without a gap are a list's.

    None if a field stands inside another, which no body has, or deeper than anything that is asked for.
    """
    root = _Inner()
    for pointer, value in fields:
        first, *steps = [_name(step) for step in pointer.split("/")]
        if first or not 0 < len(steps) <= steps_max:
            return None
        at: Any = root
        for step in steps[:-1]:
            at = at.setdefault(step, _Inner())
            if not isinstance(at, _Inner):
                return None
        if steps[-1] in at:
            return None
        at[steps[-1]] = value
    return _listed(root)


def _listed(value: Any) -> Any:
    if not isinstance(value, _Inner):
        return value
    names = [str(number) for number in range(len(value))]
    if value.keys() == set(names):
        return [_listed(value[name]) for name in names]
    return {name: _listed(held) for name, held in value.items()}


def _name(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def pointers_of_decision(body: bytes) -> list[str]:
    """Of an approval: that it is one, and of what."""
    return [one for one in fields_of(body) if one in ("/proposal", "/decision")]


def pointers_of_proposal(body: bytes) -> list[str]:
    """Of a proposal: whose keys end, or which people with which keys an organisation begins with."""
    told = ("/what/kind", "/what/person", "/what/organisation")
    return [one for one in fields_of(body) if one in told or one.startswith("/what/people/")]
