"""The page of a prefix: who holds it, how it stands, its records, and how often they are asked for.

Which records there are is for its holder and for auditors: a list of serials tells how much somebody makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from tallystick.app.access import Reading
from tallystick.app.pages import links
from tallystick.app.pages.handle import behind
from tallystick.app.pages.language import choose
from tallystick.app.pages.log import speaks_for
from tallystick.app.pages.records import firm_names, title
from tallystick.app.pages.render import Pages
from tallystick.identity import (
    PrefixNotFound,
    codes,
    find_record,
    names,
    prefix_data,
    resolve,
    templates,
    version_at,
)
from tallystick.ledger import View

records_per_page = 25
days_shown = 14
batches_shown = 100
first_day, last_day = "0000-01-01", "9999-12-31"
Statistics = Callable[[str, str, str], Mapping[str, Mapping[str, int]]]
_before = Annotated[int | None, Query(ge=0, le=2**53)]
_text = Annotated[str, Query(max_length=300)]


@dataclass(frozen=True, slots=True)
class Row:
    """A record in the list: `handle` as registered, what it publicly calls its thing."""

    handle: str
    title: str
    deleted: bool
    since: int


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of records; `next`: after which name the next one begins."""

    rows: Sequence[Row]
    next: str | None


def add(
    routes: APIRouter, pages: Pages, reader: Callable[..., Any], statistics: Statistics
) -> None:
    """`statistics`: how often handles of a prefix were asked for, by day."""

    @routes.get("/p/{prefix}")
    def prefix(
        request: Request,
        prefix: Annotated[str, Path(max_length=100)],
        reading: Reading = Depends(reader),
        q: _text = "",
        after: _text = "",
        before: _before = None,
    ) -> Response:
        about = prefix_data(reading.view, prefix)
        if about is None:
            raise PrefixNotFound(prefix)
        inside = reading.reader.may_read("parties", (about["holder"],))
        if q.strip() and not inside:
            return RedirectResponse(links.item_url(f"{prefix}/{q.strip()}"), 303)
        language = choose(request)
        record = version_at(reading.view, f"0.NA/{prefix}", None)
        firm = firm_names(reading.view, language)

        def name_of(handle: str) -> str:
            return title(resolve(reading.view, handle), language)

        return pages.page(
            request,
            "prefix.html",
            prefix=prefix,
            handle=record.handle,
            about=about,
            inside=inside,
            listed=_listed(reading.view, prefix, q.strip(), after, name_of) if inside else None,
            q=q,
            days=_days(statistics, prefix) if inside else (),
            templates=_templates(reading.view, prefix),
            batches=_batches(reading.view, prefix) if inside else (),
            behind=behind(reading, record, None, before),
            firm=firm,
            name_of=name_of,
            who=lambda author: speaks_for(reading.view, author),
            scheme_title=lambda name: codes.schemes[name].title[language],
        )


def _listed(view: View, prefix: str, q: str, after: str, name_of: Callable[[str], str]) -> Listed:
    """Records whose suffix begins with `q`, without regard to ASCII case."""
    start = names.fold(f"{prefix}/{q}")
    found = list(_names(view, start, after))[: records_per_page + 1]
    rows = [_row(view, name, name_of) for name in found[:records_per_page]]
    return Listed(rows, found[records_per_page - 1] if len(found) > records_per_page else None)


def _names(view: View, start: str, after: str) -> Iterator[str]:
    """Names that begin so, in order; one that is no more than the beginning comes first."""
    if not after and find_record(view, start) is not None:
        yield start
    later = max(start, after)
    for name in view.names("handle", after=later, limit=records_per_page + 1):
        if not name.startswith(start):
            return
        yield name


def _row(view: View, name: str, name_of: Callable[[str], str]) -> Row:
    found = cast(Mapping[str, Any], find_record(view, name))
    return Row(found["handle"], name_of(found["handle"]), "deleted" in found, found["since"])


def _templates(view: View, prefix: str) -> Sequence[Mapping[str, Any]]:
    """The newest version of each, which are public."""
    newest = {str(row["template"]): row for row in templates.templates_of(view, prefix)}
    return [row for row in newest.values() if "withdrawn" not in row]


def _batches(view: View, prefix: str) -> Sequence[Mapping[str, Any]]:
    """Serials that were issued at once: how many is for the holder."""
    found = view.find("batch-by-prefix", prefix, limit=batches_shown)
    return [cast(Mapping[str, Any], one.value) for one in found]


def _days(statistics: Statistics, prefix: str) -> Sequence[tuple[str, int, int]]:
    """(day, found, missing), the newest first."""
    days = statistics(prefix, first_day, last_day)
    newest = sorted(days, reverse=True)[:days_shown]
    return [(day, days[day].get("found", 0), days[day].get("missing", 0)) for day in newest]
