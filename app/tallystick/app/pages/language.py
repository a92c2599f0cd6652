"""Which language a page speaks, and its catalogue of messages.

Messages are English text; `locale/zh/LC_MESSAGES/messages.po` says them in Chinese. The choice is the
query's `lang`, else the cookie's, else what the browser accepts best, else English.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from babel.messages.pofile import read_po
from fastapi import Request

from tallystick.ledger import digits

Language = Literal["en", "zh"]
languages: tuple[Language, ...] = ("en", "zh")
language_cookie = "tallystick_language"
language_tags: Mapping[Language, str] = {"en": "en", "zh": "zh-CN"}


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Translations by English message; empty for English."""
    path = files("tallystick.app.pages") / "locale" / language / "LC_MESSAGES" / "messages.po"
    if language == "en":
        return {}
    with path.open("rb") as file:
        found = read_po(file, locale=language)
    return {str(entry.id): str(entry.string) for entry in found if entry.id and entry.string}


def translate(language: Language, message: str) -> str:
    return catalogue(language).get(message, message)


def choose(request: Request) -> Language:
    """The language of a request."""
    for wish in (request.query_params.get("lang"), request.cookies.get(language_cookie)):
        if wish in languages:
            return wish
    return accepted(request.headers.get("accept-language", ""))


def accepted(header: str) -> Language:
    """
    >>> accepted("fr, zh-TW;q=0.8, en;q=0.7"), accepted("*"), accepted("zh;q=0, de")
    ('zh', 'en', 'en')
    """
    ranked: list[tuple[int, int, Language]] = []
    for position, part in enumerate(header.split(",")[:20]):
        tag, _, more = part.strip().partition(";")
        primary = tag.partition("-")[0].lower()
        quality = _quality(more)
        if primary in languages and quality > 0:
            ranked.append((-quality, position, primary))
    return min(ranked)[2] if ranked else "en"


def _quality(parameters: str) -> int:
    """`q` in thousandths (RFC 9110 §12.4.2); 1 where it is missing, 0 where it is malformed."""
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1000
    units, _, rest = value.strip().partition(".")
    return digits.whole(f"{units}{rest[:3]:0<3}", 1000) or 0


def message(text: str) -> str:
    """Marks a text for the catalogue."""
    return text
