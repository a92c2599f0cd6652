"""Rows of a table to documents that refer to one on record, in the JSON that `documents` reads.

Rows of one document may stand anywhere in the file: changes and cancellations are one by (buyer, order, number of
the change), credit notes and statements of use by (seller, number). Rows of a document must agree in its head, and
no two may be about the same line. A document of which a row is unreadable is held back whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from tallystick.app.imports.cells.values import Quantity, minor_decimals
from tallystick.app.imports.errors import RowError
from tallystick.app.imports.facts import Facts, Refused, RowReader
from tallystick.app.imports.fields import Field, Later, required, worth_fields
from tallystick.app.imports.files.table import Row, Table
from tallystick.app.imports.mapping import Mapping, importer

Key = tuple[str, ...]
Json = dict[str, object]
_keys: dict[Later, tuple[Field, ...]] = {
    "changes": ("buyer", "order_number", "change_number"),
    "cancellations": ("buyer", "order_number", "change_number"),
    "credits": ("seller", "credit_number"),
    "usages": ("seller", "usage_number"),
}
_heads: dict[Later, tuple[Field, ...]] = {
    "changes": ("buyer", "seller", "change_date"),
    "cancellations": ("buyer", "seller", "change_date"),
    "credits": ("buyer", "seller", "credit_date", "invoice_number"),
    "usages": ("buyer", "seller", "used_from", "used_until"),
}
_words: dict[Later, str] = {
    "changes": "change", "cancellations": "cancellation", "credits": "credit", "usages": "usage",
}  # fmt: skip
ppm_decimals = 4


@dataclass(frozen=True, slots=True)
class LaterDocument:
    """`data`: its JSON, the same for the same rows; `lines`: of the file."""

    name: str
    data: bytes
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LaterDocuments:
    """All whole documents of a file; the rest is named in `errors`."""

    documents: tuple[LaterDocument, ...]
    errors: tuple[RowError, ...]
    rows: int
    totals: int


@dataclass(slots=True)
class _Page:
    first: Facts
    rows: dict[Key, Facts] = field(default_factory=dict)


@dataclass(slots=True)
class _Reading:
    kind: Later
    mapping: Mapping
    reader: RowReader
    ours: str
    rows: int = 0
    totals: int = 0
    pages: dict[Key, _Page] = field(default_factory=dict)
    errors: list[tuple[RowError, Key]] = field(default_factory=list)

    def take(self, row: Row) -> None:
        self.rows += 1
        if self.reader.is_total(row):
            self.totals += 1
            return
        facts = self.reader.read(row)
        if isinstance(facts, Refused):
            self.errors += [(error, self._key(facts.texts)) for error in facts.errors]
            return
        key = self._key(facts.texts)
        wrong = dict(self._wrong(facts, key))
        for name, reason in wrong.items():
            self.errors.append((self.reader.error(row, name, reason), key))
        if not wrong:
            page = self.pages.setdefault(key, _Page(facts))
            page.rows[self._line(facts)] = facts

    def result(self) -> LaterDocuments:
        bad = {key for _, key in self.errors}
        whole = {key: page for key, page in self.pages.items() if not _spoilt(key, bad)}
        return LaterDocuments(
            tuple(self._document(key, page) for key, page in whole.items()),
            tuple(self._told(error, key) for error, key in self.errors),
            self.rows,
            self.totals,
        )

    def _wrong(self, facts: Facts, key: Key) -> Iterator[tuple[Field, str]]:
        for choice in required[self.kind]:
            if not any(_says(facts, name) for name in choice):
                yield choice[0], f"is missing ({_words[self.kind]})"
        page = self.pages.get(key)
        if page is None:
            return
        for name in _heads[self.kind]:
            before = page.first.texts.get(name, "nothing")
            if facts.texts.get(name, "nothing") != before:
                yield name, f"{_name(key)} has {before} on line {page.first.row.line}"
        line = self._line(facts)
        if (known := page.rows.get(line)) is not None:
            at: Field = "invoice_line" if self.kind == "credits" else "order_line"
            yield at, f"{_name(key)} has this line on line {known.row.line} of the file already"
        elif self.kind == "cancellations" and ("",) in (line, *page.rows):
            yield "order_line", f"{_name(key)} cancels the whole order on another line of the file"

    def _line(self, facts: Facts) -> Key:
        """What two rows of a document may not have in common."""
        if self.kind == "credits":
            return (facts.texts.get("invoice_line", ""),)
        if self.kind != "usages":
            return (facts.texts.get("order_line", ""),)
        meter = facts.quantities.get("meter_from")
        named: tuple[Field, ...] = (
            "order_number",
            "order_line",
            "item_code",
            "item_name",
            "device",
        )
        return (*(facts.texts.get(name, "") for name in named), str(meter))

    def _key(self, texts: dict[Field, str]) -> Key:
        return tuple(texts.get(name, "") for name in _keys[self.kind])

    def _told(self, error: RowError, key: Key) -> RowError:
        if "" in key[1:]:
            return replace(error, consequence="the row is left out")
        name = f"{_words[self.kind]} {_name(key)}"
        return replace(error, document=name, consequence=f"{name} is left out")

    def _document(self, key: Key, page: _Page) -> LaterDocument:
        facts = list(page.rows.values())
        body = {**self._head(page.first), "lines": list(self._lines(facts))}
        data = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
        return LaterDocument(
            f"{_words[self.kind]} {_name(key)}", data, tuple(one.row.line for one in facts)
        )

    def _head(self, first: Facts) -> Json:
        said = first.texts
        told: Json = {
            "kind": {"changes": "change", "cancellations": "cancellation"}.get(
                self.kind, _words[self.kind]
            ),
            "buyer": self._firm(first, "buyer", "buyer_code"),
            "seller": self._firm(first, "seller", "seller_code"),
        }
        if self.kind in ("changes", "cancellations"):
            told |= {"number": said["order_number"], "order": said["order_number"]}
            told |= {"change": int(said["change_number"]), "date": said["change_date"]}
        if self.kind == "credits":
            told |= {"number": said["credit_number"], "date": said["credit_date"]}
            told |= {"refers": said["invoice_number"]}
        if self.kind == "usages":
            told |= {"number": said["usage_number"], "date": said["used_from"]}
            told |= {"until": said["used_until"]}
        if self.kind in ("changes", "credits"):
            told["currency"] = self.mapping.currency
        return told

    def _firm(self, facts: Facts, side: Field, code: Field) -> str:
        said = facts.texts.get(code) or facts.texts[side]
        return self.ours if said == importer else said

    def _lines(self, facts: list[Facts]) -> Iterator[Json]:
        for at, one in enumerate(facts, 1):
            said = one.texts
            line: Json = {"line": at}
            if self.kind == "cancellations":
                if "order_line" not in said:
                    return
                line = {"line": int(said["order_line"])}
            elif self.kind == "changes":
                line = {"line": int(said["order_line"]), **self._worth(one)}
                line |= {"buyer_item": said.get("item_code", ""), "wording": _wording(one)}
            elif self.kind == "credits":
                line |= {"order_line": int(said["invoice_line"]), **self._worth(one)}
            else:
                line |= _used(one)
            yield {name: value for name, value in line.items() if value != ""}

    def _worth(self, facts: Facts) -> Json:
        """Quantity and money of the line; its price is what divides them."""
        names: tuple[Field, ...] = ("quantity", "order_quantity", "invoice_quantity")
        found = [facts.quantities[name] for name in names if name in facts.quantities]
        worth, places = facts.worth, minor_decimals[self.mapping.currency]
        told: Json = {"quantity": _decimal(found[0]) if found else ""}
        told["unit"] = facts.texts.get("unit", "")
        if worth is not None:
            told["net"] = _decimal(Quantity(worth.net, places))
            told["tax"] = _decimal(Quantity(worth.tax, places))
            told["tax_percent"] = _decimal(Quantity(worth.tax_ppm, ppm_decimals))
        return told


def read_later(
    table: Table, mapping: Mapping, ours: str, progress: Callable[[int], None] | None = None
) -> LaterDocuments:
    """Read the whole table; `ours`: the handle that stands for `@importer`.

    Raises `ColumnsMissing` before the first row, `TableRefused` where the file itself breaks, and `LookupError`
    for a map of other kinds.
    """
    if mapping.later is None:
        raise LookupError(f"{mapping.title} is a map of {', '.join(mapping.kinds)}")
    reading = _Reading(mapping.later, mapping, RowReader(mapping, table), ours)
    for row in table:
        reading.take(row)
    if progress is not None:
        progress(reading.rows)
    return reading.result()


def _spoilt(key: Key, bad: set[Key]) -> bool:
    """Whether a row of the document could not be read; one that names no firm spoils all of its number."""
    return key in bad or ("", *key[1:]) in bad


def _name(key: Key) -> str:
    """
    >>> _name(("99.100/O-A", "PO-1", "2"))
    'PO-1 2'
    """
    return " ".join(key[1:])


def _says(facts: Facts, name: Field) -> bool:
    return facts.worth is not None if name in worth_fields else facts.says(name)


def _wording(facts: Facts) -> str:
    said = (facts.texts.get("item_name", ""), facts.texts.get("specification", ""))
    return " ".join(part for part in said if part)[:400]


def _used(facts: Facts) -> Json:
    said, told = facts.texts, facts.quantities
    line: Json = {"order": said["order_number"], "quantity": _decimal(told["quantity"])}
    if "order_line" in said:
        line["order_line"] = int(said["order_line"])
    line |= {"seller_item": said.get("item_code", ""), "wording": _wording(facts)}
    line |= {"unit": said.get("unit", ""), "device": said.get("device", "")}
    meters: tuple[Field, ...] = ("meter_from", "meter_until")
    return line | {name: _decimal(told[name]) for name in meters if name in told}


def _decimal(number: Quantity) -> str:
    """
    >>> _decimal(Quantity(130000, 4)), _decimal(Quantity(5, 2)), _decimal(Quantity(7, 0))
    ('13.0000', '0.05', '7')
    """
    whole, rest = divmod(number.value, 10**number.scale)
    return f"{whole}.{rest:0{number.scale}d}" if number.scale else str(whole)
