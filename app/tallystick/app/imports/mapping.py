"""A mapping file (TOML): which column of a company's table feeds which field.

Everything the file does not say is declared here and nowhere else: constants, the currency, date
formats, words that mean "nothing", and derivations, each with a note that is shown wherever a derived
fact is. A map is checked against the header before any row is read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator
from pydantic import Field as Limit

from tallystick.app.imports.cells.dates import DateFormat
from tallystick.app.imports.cells.values import minor_decimals
from tallystick.app.imports.errors import ColumnsMissing, MapRefused
from tallystick.app.imports.fields import (
    Field,
    Kind,
    Later,
    date_fields,
    header_key,
    kinds,
    later_kinds,
    required,
)
from tallystick.app.imports.files.table import Table, open_table

map_bytes_max = 1 << 20
#: The constant that stands for the organisation that imports.
importer = "@importer"

Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Column(_Part):
    """A column by its header, or the first present of several; `template` says how the text is told:
    `Client of {}`."""

    header: tuple[Word, ...]
    template: Annotated[str, StringConstraints(pattern=r"\{\}", max_length=200)] = "{}"
    #: Words that mean "nothing" in this column only.
    absent: tuple[Word, ...] = ()
    #: Whether the column must be in the file, even if no kind of document needs it.
    required: bool = False

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        said = value if isinstance(value, dict) else {"header": value}
        told = {key: _tuple(item) for key, item in said.items()}
        if isinstance(told.get("header"), str):
            told["header"] = (told["header"],)
        return told


class Derivation(_Part):
    """A field that the file does not hold, or not in every row, from one that it does."""

    from_: Annotated[Field, Limit(alias="from")]
    template: Annotated[str, StringConstraints(pattern=r"\{\}", max_length=200)] = "{}"
    add_days: Annotated[int, Limit(ge=0, le=3650)] = 0
    note: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Mapping(_Part):
    """A mapping file. `kinds` are the documents that its rows become: goods from order to invoice, or one kind
    of those that refer to another document."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    notes: tuple[str, ...] = ()
    kinds: Annotated[tuple[Kind | Later, ...], Limit(min_length=1)]
    currency: str
    encoding: Literal["auto", "utf-8", "fields", "gb18030", "utf-16"] = "auto"
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    sheet: str = ""
    header_line: Annotated[int, Limit(ge=1)] | None = None
    date_formats: tuple[DateFormat, ...] = ()
    absent: tuple[Word, ...] = ()
    #: Rows that begin so are sums of others, and skipped.
    total_words: tuple[Word, ...] = (
        "合计",
        "总计",
        "小计",
        "本页小计",
        "Total",
        "Grand total",
        "Sum",
    )
    #: Fields whose blank cells mean "as above" (merged cells).
    fill_down: tuple[Field, ...] = ()
    #: Units that the built-in table does not know: name = UN/CEFACT code.
    units: dict[Word, Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,3}$")]] = {}
    columns: dict[Field, Column]
    constants: dict[Field, Word] = {}
    derive: dict[Field, Derivation] = {}

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, value: object) -> object:
        if isinstance(value, dict):
            return {key: _tuple(item) for key, item in value.items()}
        return value

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.currency not in minor_decimals:
            raise ValueError(f"currency {self.currency} is not one of {', '.join(minor_decimals)}")
        for field in self.constants.keys() & self.columns.keys():
            raise ValueError(f"{field} is fed by a column and by a constant")
        for field, derivation in self.derive.items():
            self._derivable(field, derivation)
        if self.later is not None and len(self.kinds) > 1:
            raise ValueError(f"{self.later} are alone in their file")
        for kind in self.kinds:
            for choice in required[kind]:
                if not any(self.feeds(field) for field in choice):
                    raise ValueError(f"{kind} need {' or '.join(choice)}")
        goods = self.later is None and "orders" not in self.kinds
        if goods and not self.feeds("order_line"):
            raise ValueError("without orders in the same file, rows need order_line")
        return self

    @property
    def goods(self) -> tuple[Kind, ...]:
        """The kinds that one file may hold together."""
        return tuple(kind for kind in kinds if kind in self.kinds)

    @property
    def later(self) -> Later | None:
        """The kind of documents that refer to another, where the map is for one."""
        return next((kind for kind in later_kinds if kind in self.kinds), None)

    def feeds(self, field: Field) -> bool:
        """Whether a column, a constant or a derivation says the field."""
        return field in self.columns or field in self.constants or field in self.derive

    def _derivable(self, field: Field, derivation: Derivation) -> None:
        seen = {field}
        source: Field = derivation.from_
        while source not in self.columns and source not in self.constants:
            if source in seen or source not in self.derive:
                raise ValueError(f"derive.{field} rests on {source}, which nothing feeds")
            seen.add(source)
            source = self.derive[source].from_
        dates = (field in date_fields, derivation.from_ in date_fields)
        if derivation.add_days and dates != (True, True):
            raise ValueError(f"derive.{field}: days are added to a date only")
        if dates[0] != dates[1] or (dates[0] and derivation.template != "{}"):
            raise ValueError(f"derive.{field}: a date comes from a date, and takes no template")


def parse_mapping(text: str) -> Mapping:
    """A map from its TOML text; raises `MapRefused` with every finding."""
    try:
        return Mapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise MapRefused(f"not TOML: {error}") from None
    except RecursionError:
        raise MapRefused("not TOML of a map: it is nested too deep") from None
    except ValidationError as error:
        raise MapRefused("; ".join(_finding(dict(found)) for found in error.errors())) from None
    except ValueError:
        raise MapRefused("not TOML of a map: a number has thousands of digits") from None


def load_mapping(path: Path) -> Mapping:
    """A map from a file, or the shipped one of that name (`scms`) where no such file exists."""
    if not path.exists() and str(path) in shipped_maps():
        return parse_mapping(_shipped(str(path)))
    try:
        data = path.read_bytes()
    except OSError as error:
        shipped = ", ".join(shipped_maps())
        raise MapRefused(f"{path}: {error.strerror}; shipped maps: {shipped}") from None
    if len(data) > map_bytes_max:
        raise MapRefused(f"{path.name} has more than {map_bytes_max} bytes")
    try:
        return parse_mapping(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise MapRefused(f"{path.name} is not UTF-8") from None


def shipped_maps() -> tuple[str, ...]:
    """Names of the maps that come with the product."""
    folder = resources.files("tallystick.app.imports") / "maps"
    names = (item.name for item in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def open_mapped(path: Path, mapping: Mapping) -> Table:
    """The table in a file, opened as the map says; raises `TableRefused`."""
    return open_table(
        path,
        encoding=None if mapping.encoding == "auto" else mapping.encoding,
        delimiter=mapping.delimiter,
        sheet=mapping.sheet,
        header_line=mapping.header_line,
    )


def bind(
    mapping: Mapping, headers: Sequence[str], duplicates: frozenset[str] = frozenset()
) -> dict[Field, str]:
    """The header that feeds each field; raises `ColumnsMissing` naming all that are not there.

    A header is found by its exact text, else by its `header_key`.
    """
    bound: dict[Field, str] = {}
    missing: list[str] = []
    for field, column in mapping.columns.items():
        header = _find(column, headers)
        if header is None:
            if column.required:
                missing.append(_wanted(mapping, field))
        elif header in duplicates:
            missing.append(f"{field}: two columns are headed {header}")
        else:
            bound[field] = header
    for kind in mapping.kinds:
        for choice in required[kind]:
            if not any(_said(mapping, field, bound) for field in choice):
                missing.append(" or ".join(_wanted(mapping, field) for field in choice))
    if missing:
        said = "; ".join(dict.fromkeys(missing))
        raise ColumnsMissing(f"{said}. The file has: {', '.join(headers)}")
    return bound


def _said(mapping: Mapping, field: Field, bound: dict[Field, str]) -> bool:
    """Whether the file or the map says the field, be it by derivation."""
    if field in bound or field in mapping.constants:
        return True
    return field in mapping.derive and _said(mapping, mapping.derive[field].from_, bound)


def _wanted(mapping: Mapping, field: Field) -> str:
    column = mapping.columns.get(field)
    return f"{field} ({' / '.join(column.header)})" if column else field


def _find(column: Column, headers: Sequence[str]) -> str | None:
    exact = next((header for header in column.header if header in headers), None)
    if exact is not None:
        return exact
    for wanted in map(header_key, column.header):
        for header in headers:
            if header and header_key(header) == wanted:
                return header
    return None


def _shipped(name: str) -> str:
    folder = resources.files("tallystick.app.imports") / "maps"
    return (folder / f"{name}.toml").read_text(encoding="utf-8")


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _finding(found: dict[str, object]) -> str:
    where = found["loc"]
    place = ".".join(str(step) for step in where) if isinstance(where, tuple) else ""
    said = str(found["msg"]).removeprefix("Value error, ")
    return f"{place}: {said}" if place else said
