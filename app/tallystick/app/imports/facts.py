"""One row of the file as facts: typed, exact, and each either said by the file or derived.

A row whose cells cannot all be read yields its errors instead, every one of them; nothing is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from tallystick.app.imports.cells import dates, values
from tallystick.app.imports.cells.units import unit_code
from tallystick.app.imports.cells.values import Price, Quantity, plain
from tallystick.app.imports.errors import BadValue, RowError
from tallystick.app.imports.fields import (
    Field,
    Kind,
    amount_fields,
    date_fields,
    line_fields,
    number_fields,
    price_fields,
    quantity_fields,
)
from tallystick.app.imports.files.table import Row, Table
from tallystick.app.imports.mapping import Column, Mapping, bind, importer
from tallystick.app.imports.worth import Worth, line_worth

_numbers: dict[Kind, tuple[Field, ...]] = {
    "orders": ("order_number",),
    "despatches": ("despatch_number",),
    "deliveries": ("receipt_number", "despatch_number"),
    "invoices": ("invoice_number",),
}
_tax_rate: frozenset[Field] = frozenset({"tax_rate"})
_numeric: frozenset[Field] = quantity_fields | price_fields | amount_fields | _tax_rate


@dataclass(frozen=True, slots=True)
class Facts:
    """What one row says. Texts and quantities by field; `derived` names fields the file does not say."""

    row: Row
    texts: dict[Field, str]
    quantities: dict[Field, Quantity]
    worth: Worth | None
    derived: frozenset[Field]

    def says(self, field: Field) -> bool:
        return field in self.texts or field in self.quantities

    def text(self, field: Field) -> str | None:
        return self.texts.get(field)

    def quantity(self, field: Field) -> Quantity | None:
        """The quantity of that kind, or the row's only one."""
        return self.quantities.get(field) or self.quantities.get("quantity")


@dataclass(frozen=True, slots=True)
class Refused:
    """All that is wrong with a row, the documents that it names, and the texts that can be read."""

    errors: tuple[RowError, ...]
    numbers: dict[Kind, str]
    texts: dict[Field, str]


def numbers_of(texts: dict[Field, str]) -> dict[Kind, str]:
    """The documents that a row names."""
    found: dict[Kind, str] = {}
    for kind, fields in _numbers.items():
        text = next((texts[field] for field in fields if field in texts), "")
        try:
            number = values.document_number(text)
        except BadValue:
            continue
        if number:
            found[kind] = number
    return found


class RowReader:
    """Reads rows of one table by one map. Raises `ColumnsMissing` when made."""

    def __init__(self, mapping: Mapping, table: Table) -> None:
        self._mapping = mapping
        self._table = table
        self._headers = bind(mapping, table.headers, table.duplicates())
        self._absent = {_word(word) for word in mapping.absent}
        self._totals = tuple(_word(word) for word in mapping.total_words)
        self._above: dict[Field, str] = {}
        self._units = {_word(name): code for name, code in mapping.units.items()}

    def is_total(self, row: Row) -> bool:
        """Whether the row sums up others (合计) instead of saying something."""
        first = _word(row.first()).rstrip(":")
        return first in self._totals

    def read(self, row: Row) -> Facts | Refused:
        """The facts of a row, or all that is wrong with it."""
        errors: list[RowError] = []
        if surplus := self._table.surplus(row):
            reason = "the row has more cells than the header: is a delimiter not quoted?"
            errors.append(RowError(row.line, "", surplus, reason))
        texts: dict[Field, str] = {
            field: text for field in self._headers if (text := self._said(field, row))
        }
        self._fill(texts)
        texts.update(self._mapping.constants)
        derived = self._derive(texts)
        if self._mapping.later == "credits":
            self._unsign(texts, row, errors)
        quantities = self._quantities(texts, row, errors)
        checked = self._texts(texts, row, errors)
        worth = None if errors else self._worth(texts, quantities, row, errors)
        if errors:
            return Refused(tuple(dict.fromkeys(errors)), numbers_of(texts), checked)
        return Facts(row, checked, quantities, worth, frozenset(derived))

    def error(self, row: Row, field: Field, reason: str) -> RowError:
        """An error about that field of the row, or about the one that it is derived from."""
        while field not in self._headers and field in self._mapping.derive:
            field = self._mapping.derive[field].from_
        header = self._headers.get(field)
        return RowError(row.line, header or field, row.text(header) if header else "", reason)

    def _said(self, field: Field, row: Row) -> str:
        text = row.text(self._headers[field])
        if not text:
            return ""
        word = _word(text)
        column = self._mapping.columns[field]
        absent = word in self._absent or word in {_word(said) for said in column.absent}
        return "" if absent else _told(column, text)

    def _fill(self, texts: dict[Field, str]) -> None:
        """Blank cells of columns that are filled down take the text of the row above."""
        for field in self._mapping.fill_down:
            if field in texts:
                self._above[field] = texts[field]
            elif field in self._above:
                texts[field] = self._above[field]

    def _derive(self, texts: dict[Field, str]) -> set[Field]:
        derived: set[Field] = set()
        todo: list[Field] = [field for field in self._mapping.derive if field not in texts]
        while todo:
            ready: list[Field] = [
                field for field in todo if self._mapping.derive[field].from_ not in todo
            ]
            for field in ready:
                todo.remove(field)
                if self._derive_one(field, texts):
                    derived.add(field)
        return derived

    def _derive_one(self, field: Field, texts: dict[Field, str]) -> bool:
        derivation = self._mapping.derive[field]
        source = texts.get(derivation.from_)
        if source is None:
            return False
        if field not in date_fields:
            texts[field] = derivation.template.replace("{}", source)
            return True
        try:
            day = dates.date(source, self._mapping.date_formats)
        except BadValue:
            return False  # the source's own column is named as the error
        texts[field] = dates.add_days(day, derivation.add_days)
        return True

    def _unsign(self, texts: dict[Field, str], row: Row, errors: list[RowError]) -> None:
        """Systems write what is credited as above zero or as below; a row does it one way."""
        signs: dict[Field, bool] = {}
        for field in _among(texts, quantity_fields | amount_fields):
            try:
                negative, texts[field] = values.unsigned(texts[field])
            except BadValue as reason:
                errors.append(self.error(row, field, str(reason)))
                continue
            if any(letter in "123456789" for letter in texts[field]):
                signs[field] = negative
        first = next(iter(signs), None)
        for field, negative in signs.items():
            if first is not None and negative != signs[first]:
                errors.append(self.error(row, field, f"has another sign than {first}"))

    def _texts(self, texts: dict[Field, str], row: Row, errors: list[RowError]) -> dict[Field, str]:
        checked: dict[Field, str] = {}
        for field, text in texts.items():
            if field in _numeric:
                continue
            if text == importer:
                checked[field] = text
                continue
            try:
                checked[field] = self._parser(field)(text)
            except BadValue as reason:
                errors.append(self.error(row, field, str(reason)))
        if checked.get("currency", self._mapping.currency) != self._mapping.currency:
            errors.append(self.error(row, "currency", f"the map says {self._mapping.currency}"))
        return checked

    def _parser(self, field: Field) -> Callable[[str], str]:
        if field in number_fields:
            return values.document_number
        if field in line_fields:
            return values.line_number
        if field in date_fields:
            return lambda text: dates.date(text, self._mapping.date_formats)
        return {
            "unit": self._unit,
            "currency": _currency,
            "item_code": values.code,
            "buyer_code": values.code,
            "seller_code": values.code,
            "device": values.code,
        }.get(field, values.name)

    def _unit(self, text: str) -> str:
        code = self._units.get(_word(text)) or unit_code(text)
        if code is None:
            raise BadValue("is a unit unknown here; give its UN/CEFACT code in the map ([units])")
        return code

    def _quantities(
        self, texts: dict[Field, str], row: Row, errors: list[RowError]
    ) -> dict[Field, Quantity]:
        found: dict[Field, Quantity] = {}
        for field in _among(texts, quantity_fields):
            try:
                found[field] = values.quantity(texts[field])
                if found[field].value == 0 and field in ("quantity", "order_quantity"):
                    raise BadValue("is zero")
            except BadValue as reason:
                errors.append(self.error(row, field, str(reason)))
        return found

    def _worth(
        self,
        texts: dict[Field, str],
        quantities: dict[Field, Quantity],
        row: Row,
        errors: list[RowError],
    ) -> Worth | None:
        parsed: dict[Field, int] = {}
        prices: dict[Field, Price] = {}
        field: Field = "tax_rate"
        currency = self._mapping.currency
        try:
            ppm = values.rate_ppm(texts[field]) if field in texts else None
            for field in _among(texts, amount_fields):
                parsed[field] = _not_negative(values.amount(texts[field], currency))
            for field in _among(texts, price_fields):
                prices[field] = values.price(texts[field], currency)
            field = _worth_field(parsed, prices)
            return line_worth(parsed, prices, ppm, self._counted(quantities))
        except BadValue as reason:
            errors.append(self.error(row, field, str(reason)))
            return None

    def _counted(self, quantities: dict[Field, Quantity]) -> Quantity | None:
        """The quantity that the row's amounts are for; money may be credited without any."""
        names: tuple[Field, ...] = ("quantity", "invoice_quantity", "received_quantity")
        others: tuple[Field, ...] = ("despatch_quantity", "order_quantity")
        alone = Quantity(1, 0) if self._mapping.later == "credits" else None
        return next((quantities[name] for name in names + others if name in quantities), alone)


def _worth_field(amounts: dict[Field, int], prices: dict[Field, Price]) -> Field:
    order: tuple[Field, ...] = ("gross_amount", "net_amount", "tax_amount")
    for field in order:
        if field in amounts:
            return field
    return "gross_unit_price" if "gross_unit_price" in prices else "unit_price"


def _among(texts: dict[Field, str], wanted: frozenset[Field]) -> Iterator[Field]:
    """The fields of a kind, in the order of the row: errors come in one order in every run."""
    for field in texts:
        if field in wanted:
            yield field


def _not_negative(amount: int) -> int:
    if amount < 0:
        raise BadValue("is less than zero: credit notes have a map of their own")
    return amount


def _currency(text: str) -> str:
    said = plain(text).upper().replace(" ", "")
    return {"RMB": "CNY", "人民币": "CNY", "¥": "CNY", "元": "CNY", "美元": "USD"}.get(said, said)


def _told(column: Column, text: str) -> str:
    return text if column.template == "{}" else column.template.replace("{}", text)


@lru_cache(maxsize=8192)
def _word(text: str) -> str:
    try:
        return " ".join(plain(text).split()).casefold()
    except BadValue:
        return text
