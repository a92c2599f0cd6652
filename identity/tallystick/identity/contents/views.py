"""Digital things as readers get them: by record, or by the digest of a file that somebody holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tallystick.identity import names
from tallystick.identity.saying import content_types, said_by
from tallystick.ledger import Reader, Thing, View

contents_shown_max = 100
contents_page, contents_pages_max = 1000, 5


@dataclass(frozen=True, slots=True)
class Content:
    """A version of a digital thing: it existed when the entry `since` was taken in, at ledger time `time`.

    `licence`: {spdx} or {text, url?}. `readers`: empty if public.
    """

    handle: str
    owner: str
    what: str
    sha256: str
    size: int
    media_type: str
    licence: Mapping[str, str]
    since: int
    time: str
    digests: Mapping[str, str]
    readers: tuple[str, ...] = ()


def contents_of(view: View, handle: str, *, at: int | None = None) -> tuple[Content, ...]:
    """Every version of a record's content, the newest first. `at`: after the entry of this index."""
    rows = view.group("content-version", names.fold(handle)).values()
    found = (_content(cast(Mapping[str, Any], row)) for row in rows)
    return tuple(reversed([one for one in found if at is None or one.since <= at]))


def records_with(view: View, sha256: str) -> tuple[Content, ...]:
    """Who registered this content, the earliest first; at most `contents_shown_max` of the first thousands."""
    told: list[Content] = []
    after: tuple[str, str] | None = None
    for _ in range(contents_pages_max):
        page = view.find("content-by-sha256", sha256, after=after, limit=contents_page)
        told += [_content(cast(Mapping[str, Any], one.value)) for one in page]
        if len(page) < contents_page:
            break
        after = page[-1].name, page[-1].part
    return tuple(sorted(told, key=lambda one: one.since)[:contents_shown_max])


def contents_for(reader: Reader, found: Iterable[Content]) -> tuple[Content, ...]:
    """Those that the reader may see."""
    return tuple(one for one in found if _readable(reader, one))


def _readable(reader: Reader, content: Content) -> bool:
    if not content.readers:
        return reader.may_read("public")
    thing = Thing("contents", said=said_by(content_types, content.owner))
    return reader.may_read("parties", (content.owner, *content.readers), thing=thing)


def _content(row: Mapping[str, Any]) -> Content:
    return Content(
        row["handle"], row["owner"], row["what"], row["sha256"], row["size"], row["media_type"],
        row["licence"], row["since"], row["time"], row.get("digests", {}), tuple(row.get("readers", ())),
    )  # fmt: skip
