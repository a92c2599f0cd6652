"""The record behind an identifier as a page shows it, and the entry that made it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.app.access import Reading
from tallystick.app.pages import words
from tallystick.app.pages.language import Language, languages, translate
from tallystick.identity import Record, UnknownParty, names, organisation, resolve, shown_for
from tallystick.ledger import Snapshot, View, public_reader

same_instant_entries_max = 1000
_name_types = ("NAME", *(f"NAME.{language.upper()}" for language in languages))
_writers = frozenset(("identity.handle.create/1", "identity.handle.write/1"))


@dataclass(frozen=True, slots=True)
class Fact:
    """A public value of a record: its type, and its data as text. `link` marks a handle or URL."""

    type: str
    text: str
    link: str
    public: bool


def firm_names(view: View, language: Language) -> Callable[[str | None], str]:
    """A function from an organisation's handle to its public name in this language."""
    known: dict[str, str] = {}

    def name(handle: str | None) -> str:
        if not handle:
            return ""
        if handle not in known:
            try:
                spelled = organisation(view, handle).name
            except UnknownParty:
                spelled = {}
            known[handle] = spelled.get(language) or next(iter(spelled.values()), handle)
        return known[handle]

    return name


def title(record: Record | None, language: Language) -> str:
    """What a record publicly calls its thing, in this language if it can."""
    values = {v.type: v.value for v in (record.values if record else ()) if v.public}
    for kind in (f"NAME.{language.upper()}", "NAME", *_name_types):
        if isinstance(values.get(kind), str):
            return str(values[kind])
    for value in values.values():
        if isinstance(value, Mapping) and isinstance(value.get("name"), Mapping):
            spelled = value["name"]
            return str(spelled.get(language) or next(iter(spelled.values()), ""))
    return ""


def facts(reading: Reading, record: Record, language: Language) -> list[Fact]:
    """Values but names and keys; of values in several languages, the reader's."""
    shown = [value for value, _ in shown_for(reading.reader, record)]
    kinds = {value.type for value in shown}
    found: list[Fact] = []
    for value in shown:
        base, _, tail = value.type.rpartition(".")
        foreign = tail.lower() in languages and tail.lower() != language
        if foreign and f"{base}.{language.upper()}" in kinds:
            continue
        if value.type in _name_types or value.type.startswith("HS_"):
            continue
        if isinstance(value.value, Mapping):
            found += _details(value.value, value.public, language)
        else:
            spoken = base if tail.lower() in languages else value.type
            text = str(value.value)
            found.append(Fact(spoken, text, _link(reading.view, text), value.public))
    return found


def created_at(snapshot: Snapshot, record: Record) -> int | None:
    """The entry that wrote the oldest value of a record: found by its ledger time.

    Ledger time never decreases, so the first entry of that instant is found by bisection.
    """
    times = [value.timestamp for value in record.values if value.timestamp]
    if not times:
        return None
    time, low, high = min(times), 0, snapshot.size()
    while low < high:
        middle = (low + high) // 2
        if snapshot.row(middle).time < time:
            low = middle + 1
        else:
            high = middle
    for index in range(low, min(low + same_instant_entries_max, snapshot.size())):
        row = snapshot.row(index)
        if row.time != time:
            return None
        if row.type in _writers and row.outcome == "accepted":
            body = snapshot.disclose(index, public_reader).body
            if body is not None and _names(body, record.handle):
                return index
    return None


def _names(data: bytes, handle: str) -> bool:
    """Whether the body of a handle entry is about this handle; a body that is damaged is about none."""
    try:
        body = json.loads(data)
    except ValueError:
        return False
    rows = [row.get("handle", "") for row in body.get("handles", ())]
    return names.fold(handle) in {names.fold(h) for h in (*rows, body.get("handle", ""))}


def _details(value: Mapping[str, Any], public: bool, language: Language) -> list[Fact]:
    found = []
    for member, detail in value.items():
        if member == "name" or detail in ("", None):
            continue
        text = words.yes_no(detail, language) if isinstance(detail, bool) else str(detail)
        if member == "scheme":
            text = translate(language, words.say("schemes", text))
        found.append(Fact(member.upper(), text, "", public))
    return found


def _link(view: View, text: str) -> str:
    """`handle` if the text is a handle with a record here, `url` for a web address, else nothing."""
    if text.startswith(("https://", "http://")) and not any(c.isspace() for c in text):
        return "url"
    if "/" in text and len(text) <= 255 and not any(c.isspace() for c in text):
        return "handle" if resolve(view, text) is not None else ""
    return ""
