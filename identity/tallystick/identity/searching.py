"""Finding handles by value, over an index of the text values of records as they stand now.

A key of the index is (whose, type, value). Whose: `*` for a public value, else the organisation that may read it:
the owner, if ADMIN_READ is set, and each reader that the value names. So nobody's search passes over what is
another's, and an exact value is found without looking at others. Long values stand cut, with their digest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tallystick.identity import names, records
from tallystick.identity.views import Record, Value, resolve, values_for
from tallystick.ledger import Document, Reader, TallystickError, View

by_value_index = "handle-by-value"
by_prefix_index = "handle-by-prefix"
everybodys = "*"
chars_in_key_max = 120
rows_looked_at_max = 200_000
found_max = 10_000
terms_max = 8
_rows_at_once = 1000
_end = "\U0010ffff"


class SearchWide(TallystickError):
    code = "search-too-wide"
    status = 400
    title = "The search would go through too many values"
    advice = "Give the beginning of the value, or a second field without a wildcard."


@dataclass(frozen=True, slots=True)
class Term:
    """A type and the value it has; `*` in it stands for any characters."""

    type: str
    value: str

    @property
    def exact(self) -> bool:
        return "*" not in self.value

    @property
    def beginning(self) -> str:
        """What stands before the first wildcard."""
        return self.value.partition("*")[0]

    def matches(self, value: str) -> bool:
        parts = [re.escape(part) for part in self.value.split("*")]
        return re.fullmatch(".*".join(parts), value, re.DOTALL) is not None


def by_value(_name: str, _part: str, document: Document) -> Iterable[str]:
    """The keys under which a record is found."""
    record = cast(Mapping[str, Any], document)
    return {
        _key(whose, value["type"], value["data"])
        for value in record["values"]
        if value.get("format") is None
        for whose in _whose(record["owner"], value)
    }


def by_prefix(name: str, _part: str, document: Document) -> Iterable[str]:
    """Every record that is not deleted, under its prefix."""
    return [] if "deleted" in document else [name.partition("/")[0]]


def find(
    view: View,
    reader: Reader,
    terms: Sequence[Term],
    *,
    prefix: str = "",
    after: str = "",
    organisation: str | None = None,
    limit: int = found_max,
) -> Iterator[Record]:
    """Records having a value that the reader may read for every term, in the order of handles.

    `after`: go on behind this handle. `organisation`: whose private values are searched beside the public ones; the reader's own by default.
    Raises `SearchWide`.
    """
    if not terms:
        return
    folded, beyond, private = names.fold(prefix), names.fold(after), reader.lists_of(organisation)
    whose = (everybodys,) if private is None else (everybodys, private)
    # The narrowest first: the others are looked up in what it finds.
    first = min(terms, key=lambda term: (not term.exact, -len(term.beginning)))
    found = {name for name in _names(view, whose, first) if name > beyond and _under(name, folded)}
    count = 0
    for name in sorted(found):
        record = resolve(view, name)
        if record is None or record.deleted or not _has_all(reader, record, terms):
            continue
        yield record
        count += 1
        if count == limit:
            return


def _has_all(reader: Reader, record: Record, terms: Sequence[Term]) -> bool:
    readable = values_for(reader, record)
    return all(any(_fits(term, value) for value in readable) for term in terms)


def _fits(term: Term, value: Value) -> bool:
    return value.type == term.type and value.format == "string" and term.matches(value.value)


def _names(view: View, readers: Sequence[str], term: Term) -> Iterator[str]:
    """Names of records under the term's keys: perhaps too many, since keys are cut."""
    looked_at = 0
    for whose in readers:
        if term.exact:
            start = _key(whose, term.type, term.value)
            end = start + "\x01"
        else:
            start = _stem(whose, term.type, term.beginning[:chars_in_key_max])
            end = start + _end
        rows: Sequence[tuple[str, str, str]] = ()
        while not rows or len(rows) == _rows_at_once:
            after = rows[-1] if rows else None
            rows = view.keys(by_value_index, start, end, after=after, limit=_rows_at_once)
            if not rows:
                break
            looked_at += len(rows)
            if looked_at > rows_looked_at_max:
                raise SearchWide(f"{term.type}={term.value}")
            yield from (name for key, name, _ in rows if _may_match(term, key))


def _may_match(term: Term, key: str) -> bool:
    if term.exact:
        return True
    value = key.split("\n", 2)[2]
    return len(value) > chars_in_key_max or term.matches(value)


def _under(name: str, prefix: str) -> bool:
    return not prefix or name.startswith(f"{prefix}/")


def _whose(owner: str, value: Mapping[str, Any]) -> Iterable[str]:
    if records.is_public(value):
        return (everybodys,)
    owners = (owner,) if records.allows(value, records.admin_read) else ()
    return (*owners, *value.get("readers", ()))


def _key(whose: str, value_type: str, value: str) -> str:
    if len(value) <= chars_in_key_max:
        return _stem(whose, value_type, value)
    digest = hashlib.sha256(value.encode()).hexdigest()
    return f"{_stem(whose, value_type, value[:chars_in_key_max])}\x01{digest}"


def _stem(whose: str, value_type: str, beginning: str) -> str:
    # No key of an index holds U+0000.
    return f"{whose}\n{value_type}\n{beginning.replace(chr(0), chr(0xFFFD))}"
