"""A template as rules and readers use it, and where it is found.

template        <folded> part <version>  {template, version, owner, name, fields, digest, since, time, note?,
                                         copied_from?, withdrawn?}
template-value  <SHA-256>                {handle}   who says the value of a unique field
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from tallystick.identity import names
from tallystick.identity.templates.bodies import TemplateField
from tallystick.ledger import RuleError, State, canonical

kind = "template"
claim_kind = "template-value"
_known_max = 256


class TemplateUnknown(RuleError):
    code = "template-unknown"
    title = "There is no such version of this template"
    advice = (
        "Name it as `version:handle`, spelled as published; `GET /v1/templates/…` lists versions."
    )


@dataclass(frozen=True, slots=True)
class Template:
    """One version. `by_index`: its fields; `required` and `unique`: those of them that are so."""

    handle: str
    version: int
    owner: str
    by_index: Mapping[int, TemplateField]
    required: frozenset[int]
    unique: frozenset[int]
    withdrawn: bool

    @property
    def reference(self) -> str:
        """`version:handle`, as records name it."""
        return f"{self.version}:{self.handle}"

    @property
    def prefix(self) -> str:
        return names.split(self.handle)[0]


def part_of(version: int) -> str:
    """Parts sort as versions do."""
    return f"{version:010d}"


def document(state: State, reference: str) -> Mapping[str, Any]:
    """The document of `version:handle`; raises `TemplateUnknown`."""
    version, _, handle = reference.partition(":")
    found = state.get(kind, names.fold(handle), part_of(int(version)))
    if found is None or found["template"] != handle:
        raise TemplateUnknown(reference)
    return cast(Mapping[str, Any], found)


def find(state: State, reference: str) -> Template:
    """The template that a record names; raises `TemplateUnknown`."""
    return of_row(document(state, reference))


def of_row(row: Mapping[str, Any]) -> Template:
    """A template from its document."""
    fields = _fields(row["digest"], row["fields"])
    return Template(
        row["template"],
        row["version"],
        row["owner"],
        fields,
        frozenset(index for index, field in fields.items() if field.required),
        frozenset(index for index, field in fields.items() if field.unique),
        "withdrawn" in row,
    )


def digest_of(fields: object) -> str:
    """By which equal fields are known, whoever publishes them: SHA-256 of their RFC 8785 form."""
    return hashlib.sha256(canonical.encode(fields)).hexdigest()


#: Fields by their digest: reading them again for every record would be most of its price.
_read: dict[str, Mapping[int, TemplateField]] = {}


def _fields(digest: str, fields: list[Any]) -> Mapping[int, TemplateField]:
    found = _read.get(digest)
    if found is None:
        if len(_read) >= _known_max:
            _read.clear()
        parsed = [TemplateField.model_validate(field, strict=False) for field in fields]
        found = _read[digest] = {field.index: field for field in parsed}
    return found
