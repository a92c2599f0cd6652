"""What a request wishes for: a type of link, a language, a media type (RFC 9110 §12, RFC 4647 §3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from tallystick.identity.digital_link import link_types
from tallystick.ledger import digits

ranges_max = 20
#: Browsers send the same few headers again and again; longer ones are nobody's.
remembered_chars_max = 300
linkset_media = "application/linkset+json"
_page_media = "text/html"
_data_media = (linkset_media, "application/json", "application/problem+json", "application/*")
_whole_quality = 1000


@dataclass(frozen=True, slots=True)
class Wishes:
    """`link_type`: as linksets name it; None for the default. `languages` and `media`: the best first.

    `locatt`: attribute and value of a location. `query`: the parameters to pass on, as they were written. `as_of`: an index or
    a time, as it was written. `page`: whether a page is wished for rather than data.
    """

    link_type: str | None = None
    linkset: bool = False
    context: str | None = None
    locatt: tuple[str, str] | None = None
    languages: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    query: str = ""
    as_of: str = ""
    page: bool = False

    @property
    def country(self) -> str:
        """Of the first language that names one; a guess, there is no register of addresses here."""
        regions = (part for tag in self.languages for part in tag.split("-")[1:] if len(part) == 2)
        return next(regions, "")


def wishes(
    query: str, others: Iterable[str], accept: str = "", accept_language: str = ""
) -> Wishes:
    """`others`: the parameters of the query that are not GS1's."""
    asked = dict(reversed([_parameter(part) for part in others]))
    told = asked.get("linktype")
    wanted = link_types.whole(told) if told else None
    short = (wanted or "").removeprefix(link_types.gs1_vocabulary)
    media = ranked(accept)
    attribute, _, value = asked.get("locatt", "").partition(":")
    return Wishes(
        None if wanted in link_types.defaults else wanted,
        short in link_types.every_link or linkset_media in media,
        asked.get("context"),
        (attribute, value) if attribute and value else None,
        tuple(tag for tag in ranked(accept_language) if tag != "*"),
        tuple(kind for kind in media if kind != "*/*"),
        query,
        asked.get("asof", ""),
        next((kind == _page_media for kind in media if kind in (_page_media, *_data_media)), False),
    )


def ranked(header: str) -> tuple[str, ...]:
    """
    >>> ranked("fr;q=0.5, zh-TW, en;q=0.8, de;q=0")
    ('zh-tw', 'en', 'fr')
    """
    return _ranked(header) if len(header) <= remembered_chars_max else _ranked.__wrapped__(header)


@lru_cache(maxsize=1_000)
def _ranked(header: str) -> tuple[str, ...]:
    found: list[tuple[int, int, str]] = []
    for at, part in enumerate(header.split(",")[:ranges_max]):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = _quality(parameters)
        if name and quality:
            found.append((-quality, at, name))
    return tuple(name for _, _, name in sorted(found))


def best_languages(
    wanted: Sequence[str], offered: Iterable[tuple[str, ...]]
) -> set[tuple[str, ...]]:
    """Those of the offered that suit the first wish that any of them suits, each wish made ever more general."""
    lists = set(offered)
    for wish in wanted:
        parts = wish.split("-")
        for length in range(len(parts), 0, -1):
            prefix = "-".join(parts[:length])
            found = {tags for tags in lists if any(_is_or_below(tag, prefix) for tag in tags)}
            if found:
                return found
    return {tags for tags in lists if not tags}


def best_media(wanted: Sequence[str], offered: Iterable[str | None]) -> set[str | None]:
    types = set(offered)
    for wish in wanted:
        kind, _, sub = wish.partition("/")
        found: set[str | None] = {
            t for t in types if t and (t == wish or (sub == "*" and t.startswith(f"{kind}/")))
        }
        if found:
            return found
    return set()


def _is_or_below(tag: str, prefix: str) -> bool:
    return tag.lower() == prefix or tag.lower().startswith(f"{prefix}-")


def _parameter(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return unquote(name).lower(), unquote(value)


def _quality(parameters: Sequence[str]) -> int:
    """In thousandths; 1 where it is missing, 0 where it is malformed."""
    told = next((p.removeprefix("q=") for p in parameters if p.startswith("q=")), "1")
    units, _, rest = told.partition(".")
    return digits.whole(f"{units}{rest[:3]:0<3}", _whole_quality) or 0
