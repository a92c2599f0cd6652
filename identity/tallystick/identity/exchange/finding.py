"""Pages of records: of a value, of a prefix, of a template, each as far as the reader may read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tallystick.identity import names, records, searching
from tallystick.identity.exchange.exporting import Exported, readable
from tallystick.identity.searching import Term
from tallystick.identity.templates import by_template
from tallystick.ledger import Reader, TallystickError, View

page_max = 500
rows_at_once = 500
#: Records that the reader may not read are passed over; no more of them in one page.
looked_at_max = 20_000


class SearchForNothing(TallystickError):
    code = "search-for-nothing"
    status = 400
    title = "Say what records are searched for"
    advice = "Name a type with a value (`*` stands for any characters), a prefix or a template."


@dataclass(frozen=True, slots=True)
class Sought:
    """What records are searched for; empty members say nothing. `template`: as `version:handle`."""

    type: str = ""
    value: str = ""
    prefix: str = ""
    template: str = ""

    def sane(self) -> bool:
        return bool(self.type and self.value) or (
            not self.type and not self.value and bool(self.prefix or self.template)
        )


@dataclass(frozen=True, slots=True)
class Page:
    """`go_on`: the handle behind which the next page begins; None after the last one."""

    found: tuple[Exported, ...]
    go_on: str | None


def page(view: View, reader: Reader, sought: Sought, *, after: str = "", limit: int = 100) -> Page:
    """Records by handle; raises `SearchForNothing` or `SearchWide`."""
    if not sought.sane():
        raise SearchForNothing("a type and its value, a prefix or a template is missing")
    found: list[Exported] = []
    for count, row in enumerate(_rows(view, reader, sought, after), 1):
        one = readable(view, reader, row) if _fits(row, sought) else None
        found += [one] if one else []
        if len(found) == limit or count == looked_at_max:
            return Page(tuple(found), row["handle"])
    return Page(tuple(found), None)


def _rows(view: View, reader: Reader, sought: Sought, after: str) -> Iterator[Mapping[str, Any]]:
    if sought.type:
        terms = [Term(sought.type, sought.value)]
        found = searching.find(view, reader, terms, prefix=sought.prefix, after=after)
        for record in islice(found, looked_at_max):
            row = records.find(view, record.handle)
            if row is not None:
                yield row
        return
    if sought.template:
        index, key = by_template, names.fold(sought.template)
    else:
        index, key = searching.by_prefix_index, names.fold(sought.prefix)
    # A handle's document has no part.
    begin = (names.fold(after), "") if after else None
    while documents := view.find(index, key, after=begin, limit=rows_at_once):
        for one in documents:
            yield one.value
        begin = (documents[-1].name, documents[-1].part)


def _fits(row: Mapping[str, Any], sought: Sought) -> bool:
    prefix = not sought.prefix or names.fold(row["handle"]).startswith(
        f"{names.fold(sought.prefix)}/"
    )
    wanted = names.fold(sought.template)
    return prefix and (not wanted or names.fold(str(row.get("template", ""))) == wanted)
