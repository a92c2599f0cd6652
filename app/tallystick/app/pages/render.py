"""Rendering: one environment per language, the frame of every page, and its headers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import partial
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

import tallystick.finance as finance
from tallystick.app.login import member_of
from tallystick.app.pages import links, sentences, words
from tallystick.app.pages.language import (
    Language,
    choose,
    language_cookie,
    language_tags,
    languages,
    translate,
)
from tallystick.app.played import Playbill
from tallystick.ledger import RuleSet, simulated_suffix

_year_s = 31_536_000
_headers = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
    "Vary": "Accept-Language, Cookie",
}


class Pages:
    """Renders templates in the language of the request."""

    def __init__(self, origin: str, bill: Playbill | None, rules: RuleSet) -> None:
        self.origin = origin
        self.bill = bill
        self.rules = rules
        self._environments = {language: _environment(language) for language in languages}

    def page(
        self, request: Request, template: str, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """The page, with the frame that all pages have."""
        language = choose(request)
        text = (
            self._environments[language]
            .get_template(template)
            .render(**self._frame(request, language), **context)
        )
        response = HTMLResponse(text, status, headers=_headers)
        response.headers["Content-Language"] = language_tags[language]
        if request.query_params.get("lang") in languages:
            response.set_cookie(
                language_cookie, language, max_age=_year_s, httponly=True, samesite="lax"
            )
        return response

    def error(self, request: Request, status: int, code: str) -> HTMLResponse:
        """What happened and what to do, without detail that the reader may not have."""
        title, advice = sentences.problems.get(code, sentences.problem_otherwise)
        return self.page(request, "error.html", status, code=code, title=title, advice=advice)

    def _frame(self, request: Request, language: Language) -> Mapping[str, Any]:
        member = member_of(request)
        return {
            "origin": self.origin,
            "simulated": self.origin.endswith(simulated_suffix),
            "language_urls": {other: _with(request, lang=other) for other in languages},
            "here": _with(request),
            "path": request.url.path,
            "bill": self.bill,
            "played": self.bill.person(member.person) if self.bill and member else None,
            "member": member,
            "with_query": partial(_with, request),
        }


def _with(request: Request, **changed: object) -> str:
    """The path of this request, its query changed; None takes a parameter away."""
    query = {k: v for k, v in request.query_params.items() if k != "lang"}
    query.update({k: str(v) for k, v in changed.items() if v is not None})
    for name in (name for name, value in changed.items() if value is None):
        query.pop(name, None)
    path = request.scope.get("raw_path", b"").decode("ascii", "replace") or "/"
    return path + (f"?{urlencode(query)}" if query else "")


def _environment(language: Language) -> Environment:
    loader = PackageLoader("tallystick.app.pages", "templates")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    gettext = partial(translate, language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, lambda one, many, n: gettext(one if n == 1 else many), newstyle=True
    )
    environment.globals.update(
        language=language,
        language_tag=language_tags[language],
        words=words,
        links=links,
        capitals=finance.capitals,
        exponents=finance.exponents,
        static=_static,
    )
    environment.filters.update(
        amount=finance.format_amount,
        percent=percent,
        permille=permille,
        day=partial(day, language),
        moment=moment,
        named=partial(named, language),
        short=short,
        quantity=quantity,
        word=lambda code, table: translate(language, words.say(table, code)),
    )
    return environment


def percent(part: int, whole: int, decimals: int = 2) -> str:
    """
    >>> percent(42_000, 1_000_000), percent(1, 3, 1)
    ('4.20 %', '33.3 %')
    """
    scaled = (part * 100 * 10**decimals * 2 + whole) // (2 * whole) if whole else 0
    units, rest = divmod(scaled, 10**decimals)
    return f"{units}.{rest:0{decimals}d} %" if decimals else f"{units} %"


def permille(ppm: int) -> str:
    """Parts per million as parts per thousand, without a sign.

    >>> permille(5_000), permille(1)
    ('5.000', '0.001')
    """
    units, rest = divmod(ppm, 1000)
    return f"{units}.{rest:03d}"


def day(language: Language, text: str) -> str:
    """A date, or the date of an instant, in words; what is no date stays as it is."""
    try:
        return format_date(
            date.fromisoformat(text[:10]), "long", locale="zh" if language == "zh" else "en_GB"
        )
    except ValueError:
        return text


def moment(text: str) -> str:
    """
    >>> moment("2026-03-05T08:00:00.000Z"), moment("2026-03-05")
    ('2026-03-05 08:00:00 UTC', '2026-03-05')
    """
    return f"{text[:10]} {text[11:19]} UTC" if len(text) > 10 else text


def named(language: Language, names: Mapping[str, str]) -> str:
    """A name in the reader's language, else in any; empty if there is none."""
    return names.get(language) or next(iter(names.values()), "")


def short(digest: str, size: int = 12) -> str:
    return digest if len(digest) <= size else f"{digest[:size]}…"


def quantity(value: int, scale: int = 0) -> str:
    """
    >>> quantity(12345, 2), quantity(5)
    ('123.45', '5')
    >>> quantity(-15, 1)
    '-1.5'
    """
    if not scale:
        return f"{value:,}"
    whole, rest = divmod(abs(value), 10**scale)
    return f"{'-' if value < 0 else ''}{whole:,}.{rest:0{scale}d}"


def _static(name: str) -> str:
    """The address of a static file, with a part that changes when its bytes do."""
    data = (files("tallystick.app.pages") / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(data).hexdigest()[:10]}"
