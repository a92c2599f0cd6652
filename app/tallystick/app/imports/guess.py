"""Proposes a map from a table's header and its first rows.

Headers are compared with the usual ones of each field; what only resembles one, or often means
something else, is proposed with a comment that says so. The proposal is text for a person to read and
correct; where nothing essential is missing it is also a valid map.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

from tallystick.app.imports.cells import dates
from tallystick.app.imports.errors import BadValue
from tallystick.app.imports.fields import (
    Field,
    Kind,
    Later,
    amount_fields,
    date_fields,
    fields,
    header_key,
    kinds,
    later_fields,
    later_kinds,
    price_fields,
    required,
    synonyms,
    uncertain_synonyms,
)
from tallystick.app.imports.files.encoding import unreadable
from tallystick.app.imports.files.table import Row, Table
from tallystick.app.imports.mapping import importer

sample_rows = 500
_party_fields: tuple[Field, ...] = ("buyer", "seller")
_currencies = {
    "¥": "CNY",
    "￥": "CNY",
    "CNY": "CNY",
    "RMB": "CNY",
    "元": "CNY",
    "$": "USD",
    "USD": "USD",
}


def guess(table: Table) -> str:
    """TOML text of a map for this table; lines to look at hold the word CHECK."""
    rows = list(itertools.islice(table, sample_rows))
    found, doubts = _columns(table)
    return "\n".join([*_head(table, rows, found), "", *_body(table, found, doubts), ""])


def _columns(table: Table) -> tuple[dict[Field, str], dict[Field, str]]:
    """(header of each field, doubts about it). Certain matches take a header before similar ones."""
    keys = {header_key(header): header for header in reversed(table.headers) if header}
    found: dict[Field, str] = {}
    doubts: dict[Field, str] = {}
    wanted = _wanted(keys)
    for field in wanted:
        for synonym in synonyms[field]:
            header = keys.get(header_key(synonym))
            if header is not None and header not in found.values():
                found[field] = header
                if synonym in uncertain_synonyms:
                    doubts[field] = "this header is used for other things too"
                break
    for field, header in _similar(wanted, found, keys):
        found[field] = header
        doubts[field] = "the header only resembles a usual one"
    for field, header in found.items():
        if header in table.duplicates():
            doubts[field] = "two columns have this header; rename one in the file"
    return found, doubts


def _wanted(keys: dict[str, str]) -> tuple[Field, ...]:
    """Fields of documents that refer to another are looked for where a header surely numbers such a one."""
    numbered = any(header_key(said) in keys for field in later_fields for said in synonyms[field])
    later = fields[fields.index("change_number") :]
    return (*later, *fields[: -len(later)]) if numbered else fields[: -len(later)]


def _similar(
    among: tuple[Field, ...], found: dict[Field, str], keys: dict[str, str]
) -> Iterator[tuple[Field, str]]:
    taken = set(found.values())
    for field in among:
        if field in found:
            continue
        wanted = [header_key(said) for said in synonyms[field] if said not in uncertain_synonyms]
        for key, header in keys.items():
            if header not in taken and any(len(w) >= 3 and w in key for w in wanted):
                taken.add(header)
                yield field, header
                break


def _head(table: Table, rows: list[Row], found: dict[Field, str]) -> Iterator[str]:
    currency, certain = _currency(table, rows, found)
    yield f"title = {_quoted(table.path.stem)}"
    later = next((kind for kind in later_kinds if not _lacking(kind, found)), None)
    whole = [kind for kind in kinds if not _lacking(kind, found)]
    yield f"kinds = {_list(whole if later is None else [later])}"
    for kind in kinds if later is None else ():
        if lacking := _lacking(kind, found):
            yield f"# {kind}: not proposed, the file has no {', '.join(lacking)}"
    check = "" if certain else "  # CHECK: no cell names a currency"
    yield f"currency = {_quoted(currency)}{check}"
    if table.encoding not in (None, "utf-8"):
        yield f"encoding = {_quoted(str(table.encoding))}"
    if table.header_line != 1:
        yield f"header_line = {table.header_line}"
    yield from _date_lines(rows, found)


def _body(table: Table, found: dict[Field, str], doubts: dict[Field, str]) -> Iterator[str]:
    yield "[columns]"
    for field in fields:
        if field in found:
            check = f"  # CHECK: {doubts[field]}" if field in doubts else ""
            yield f"{field} = {_quoted(found[field])}{check}"
    unused = [header for header in table.headers if header and header not in found.values()]
    if unused:
        yield f"# not used: {_list(unused)}"
    party = _own_side(found)
    if party is not None:
        yield from ("", "[constants]")
        yield f"{party} = {_quoted(importer)}  # CHECK: the file has no {party}; is it the importing firm?"
    for field, source, note in _derivations(found):
        yield from ("", f"[derive.{field}]", f'from = "{source}"')
        yield f"note = {_quoted(note)}  # CHECK"


def _lacking(kind: Kind | Later, found: dict[Field, str]) -> list[str]:
    """What the file would have to say for this kind; a party may be the importer itself."""
    said: set[Field] = {*found, *(field for field, _, _ in _derivations(found))}
    own = _own_side(found)
    if own is not None:
        said.add(own)
    lacking = [" or ".join(choice) for choice in required[kind] if said.isdisjoint(choice)]
    if (
        kind in kinds
        and kind != "orders"
        and "order_line" not in said
        and _lacking("orders", found)
    ):
        lacking.append("order_line (or whole orders)")
    return lacking


def _own_side(found: dict[Field, str]) -> Field | None:
    missing: list[Field] = [field for field in _party_fields if field not in found]
    return missing[0] if len(missing) == 1 else None


def _derivations(found: dict[Field, str]) -> Iterator[tuple[Field, Field, str]]:
    """Dates that a document needs and the file lacks: (field, source, note)."""
    wanted: tuple[tuple[Field, tuple[Field, ...]], ...] = (
        ("order_date", ("scheduled_date", "despatch_date", "delivery_date", "invoice_date")),
        ("despatch_date", ("delivery_date",)),
        ("invoice_date", ("delivery_date",)),
    )
    for field, sources in wanted:
        source: Field | None = next((source for source in sources if source in found), None)
        needless = field == "invoice_date" and "invoice_number" not in found
        if field not in found and source is not None and not needless:
            yield field, source, f"The file has no {field}; its {source} stands for it."


def _currency(table: Table, rows: list[Row], found: dict[Field, str]) -> tuple[str, bool]:
    money = [found[field] for field in (*amount_fields, *price_fields) if field in found]
    texts = [row.text(header) for row in rows for header in money]
    if "currency" in found:
        texts += [row.text(found["currency"]) for row in rows]
    for sign, currency in _currencies.items():
        if any(sign in text for text in (*texts, *money)):
            return currency, True
    chinese = any("\u4e00" <= letter <= "\u9fff" for header in table.headers for letter in header)
    return ("CNY" if chinese else "USD"), False


def _date_lines(rows: list[Row], found: dict[Field, str]) -> Iterator[str]:
    """Date formats that only a map can declare, and words that stand where a date should."""
    texts = [
        text
        for field in date_fields
        if field in found
        for row in rows
        if (text := row.text(found[field]))
    ]
    unread = [text for text in texts if not _is_date(text, ())]
    fitting: list[dates.DateFormat] = [
        form
        for form in dates.date_formats
        if any(_is_date(text, (form,)) for text in unread)
        and not any("no day" in _why(text, form) for text in unread)
    ]
    if fitting:
        check = "  # CHECK: both are possible" if len(fitting) > 1 else ""
        yield f"date_formats = {_list(fitting[:1])}{check}"
    words = sorted({text for text in unread if not any(_is_date(text, (f,)) for f in fitting)})
    words = [word for word in words if not any(letter.isdigit() for letter in word)]
    if words:
        yield f"absent = {_list(words[:20])}  # CHECK: words found in columns of dates"


def _is_date(text: str, formats: tuple[dates.DateFormat, ...]) -> bool:
    try:
        dates.date(text, formats)
    except BadValue:
        return False
    return True


def _why(text: str, form: dates.DateFormat) -> str:
    try:
        dates.date(text, (form,))
    except BadValue as reason:
        return str(reason)
    return ""


def _list(texts: list[str] | list[Kind] | list[Later] | list[dates.DateFormat]) -> str:
    return "[" + ", ".join(_quoted(text) for text in texts) + "]"


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's, but that U+007F is escaped too."""
    clean = "".join(letter for letter in text if letter != unreadable)
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007F")
