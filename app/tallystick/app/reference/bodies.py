"""The page of entry types: who reads, who signs, and the fields of each body."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from tallystick.app.bootstrap import rule_set
from tallystick.app.reference.markdown import anchor, flat, page, paragraphs, table
from tallystick.ledger import EntryType, Handle, Hex32, Instant, KeyRef, MoneyDate, Prefix

Schema = Mapping[str, Any]


def entry_types() -> str:
    rules = rule_set()
    said = (
        "What may be written into the log. A body is strict: these members and no others, at most "
        "1 MiB of canonical JSON. *Own key*: the author must sign with a key that the node does not "
        "hold. *Reporting*: may lose its attachments without changing what binding entries mean."
    )
    index = [
        (f"[`{name}`](#{anchor(name)})", kind.summary, _traits(kind))
        for name, kind in rules.types.items()
    ]
    blocks = [table(("type", "what", ""), index)]
    for name, kind in rules.types.items():
        blocks += [f"## {name}", f"{kind.summary}.", _facts(kind, rules.followers.get(name, []))]
        blocks += _body(kind.body.model_json_schema())
    return page("Entry types", said, *blocks)


def _traits(kind: EntryType) -> str:
    traits = {"public": kind.public, "own key": kind.own_key, "reporting": kind.reporting}
    return ", ".join(name for name, has in traits.items() if has)


def _facts(kind: EntryType, followers: Iterable[Callable[..., Any]]) -> str:
    facts = [f"- Body read by: {_readers(kind)}"]
    if kind.own_key:
        facts.append("- The author signs with a key that the node does not hold")
    if kind.introduces:
        facts.append("- Registers keys, which sign it too")
    if kind.reporting:
        facts.append("- Reporting; its attachments may be erased")
    facts += [f"- Followed by {_part_of(follower)}" for follower in followers]
    return "\n".join(facts)


def _part_of(function: Callable[..., Any]) -> str:
    part = str(function.__module__).split(".")[1]
    origin = importlib.import_module(function.__module__)
    words = (function.__doc__ or origin.__doc__ or "").strip().split("\n")[0]
    return f"{part}: {words}"


def _readers(kind: EntryType) -> str:
    return "everybody" if kind.public else f"{_parties(kind.parties)}; auditors"


def _parties(parties: Callable[..., Any]) -> str:
    """The first line of its docstring, or of its maker's, and the body's fields it was made with."""
    maker = parties.__globals__[parties.__qualname__.split(".")[0]]
    words = (parties.__doc__ or maker.__doc__ or "").strip().split("\n")[0].rstrip(".")
    cells = dict(zip(parties.__code__.co_freevars, parties.__closure__ or (), strict=True))
    fields = cells["fields"].cell_contents if "fields" in cells else ()
    if "stated" in cells:
        words = words.replace("As `_stated`", _parties(cells["stated"].cell_contents))
    named = f" ({', '.join(f'`{field}`' for field in fields)})" if fields else ""
    return f"{words}{named}"


def _body(schema: Schema) -> Iterator[str]:
    if schema.get("description"):
        yield paragraphs(schema["description"])
    yield _fields(schema)
    for name, inner in schema.get("$defs", {}).items():
        yield f"**{name}**. {flat(inner.get('description', ''))}".rstrip(". ") + "."
        yield _fields(inner)


def _fields(schema: Schema) -> str:
    needed = set(schema.get("required", ()))
    rows = [
        (f"`{name}`", _type(field), "yes" if name in needed else _default(field), _note(field))
        for name, field in schema.get("properties", {}).items()
    ]
    return table(("field", "type", "required", "what"), rows)


def _default(field: Schema) -> str:
    told = field.get("default")
    return "no" if told in (None, []) else f"no: `{json.dumps(told, ensure_ascii=False)}`"


def _note(field: Schema) -> str:
    examples = ", ".join(f"`{example}`" for example in field.get("examples", ()))
    told = "" if field.get("pattern") in _known() else flat(field.get("description", ""))
    return "; ".join(filter(None, (told, examples and f"as {examples}")))


def _type(field: Schema) -> str:
    """A JSON Schema in a few words."""
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "anyOf" in field:
        return " or ".join(_type(way) for way in field["anyOf"] if way.get("type") != "null")
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    if field.get("type") == "array":
        return f"list{_range(field, 'Items')} of {_type(field.get('items', {}))}"
    if field.get("type") == "object":
        return "object"
    pattern = str(field.get("pattern", ""))
    if pattern in _known():
        return _known()[pattern]
    form = f" `{pattern}`" if 0 < len(pattern) < 40 else ""
    return f"{field.get('type', 'any')}{form}{_range(field, 'Length')}"


def _range(field: Schema, of: str) -> str:
    low = field.get(f"min{of}", field.get("minimum", field.get("exclusiveMinimum")))
    high = field.get(f"max{of}", field.get("maximum"))
    low = low + 1 if low is not None and low == field.get("exclusiveMinimum") else low
    most = {None: "…", 2**53 - 1: "2^53−1"}.get(high, high)
    return "" if low is None and high is None else f" ({low or 0} to {most})"


@cache
def _known() -> dict[str, str]:
    """The patterns of the field types that all bodies share, by their names."""
    shared: dict[str, Any] = {
        "handle": Handle,
        "prefix": Prefix,
        "key reference": KeyRef,
        "hex SHA-256": Hex32,
        "instant": Instant,
        "date": MoneyDate,
    }
    return {str(TypeAdapter(kind).json_schema()["pattern"]): name for name, kind in shared.items()}
